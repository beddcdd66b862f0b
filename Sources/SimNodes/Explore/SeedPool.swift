/// Makes a run for each of many seeds on several threads, and hands the results over in the order of the seeds.
///
/// However it ends, what it has handed over is a whole prefix: a run that has begun is finished.
struct SeedPool<Result: Sendable>: Sendable {
    private let run: @Sendable (UInt64) -> Result

    init(_ run: @escaping @Sendable (UInt64) -> Result) { self.run = run }

    private struct State: Sendable {
        var next = 0
        var isStopped = false
        /// What has been made and not been handed over.
        var results: [Int: Result] = [:]

        mutating func take(of count: Int) -> Int? {
            guard next < count, !isStopped else { return nil }
            next += 1
            return next - 1
        }
    }

    private final class Shared: Sendable {
        let seeds: [UInt64]
        let run: @Sendable (UInt64) -> Result
        let monitor = Monitor(State())

        init(_ seeds: [UInt64], _ run: @escaping @Sendable (UInt64) -> Result) { (self.seeds, self.run) = (seeds, run) }

        func work() {
            while let index = monitor.updateQuietly({ (result: $0.take(of: seeds.count), isNews: false) }) {
                let result = run(seeds[index])
                monitor.updateQuietly {
                    $0.results[index] = result
                    // Small runs take a millisecond: to wake for each would cost more than it brings.
                    return (result: (), isNews: $0.results.count >= 64 || $0.next == seeds.count || $0.isStopped)
                }
            }
        }
    }

    /// Runs the seeds until all are done or `isEnough` says so.
    ///
    /// - Parameters:
    ///   - threads: runs at once.
    ///   - isEnough: asked a few times a second.
    ///   - deliver: gets the results in the order of the seeds, on the calling thread.
    func run(_ seeds: [UInt64], threads: Int, isEnough: () -> Bool, deliver: (Result) -> Void) {
        let shared = Shared(seeds, run)
        var started = 0
        for _ in 0..<min(threads, seeds.count) where WorkerThread.start({ shared.work() }) { started += 1 }
        // Without threads there is still this one.
        if started == 0 { shared.work() }
        var delivered = 0
        while true {
            let ready = shared.monitor.wait(milliseconds: 50) { state -> [Result]? in
                state.results.count < 64 && state.next < seeds.count && !state.isStopped
                    ? nil : Self.takePrefix(&state, from: delivered)
            }
            let batch = ready ?? shared.monitor.updateQuietly { (Self.takePrefix(&$0, from: delivered) ?? [], false) }
            for result in batch { deliver(result) }
            delivered += batch.count
            let (end, isOver) = shared.monitor.updateQuietly { state in
                ((state.next, state.next == seeds.count || state.isStopped), false)
            }
            if isOver, delivered == end { return }
            if !isOver, isEnough() { shared.monitor.update { $0.isStopped = true } }
        }
    }

    /// The results from an index on, up to the first that is missing; nil for none.
    private static func takePrefix(_ state: inout State, from index: Int) -> [Result]? {
        var batch: [Result] = []
        while let result = state.results.removeValue(forKey: index + batch.count) { batch.append(result) }
        return batch.isEmpty ? nil : batch
    }
}
