import Topology

/// Finds out whether users fare, after a disturbance, as they did before.
struct RecoverySearch {
    /// Something that made things worse for a while.
    struct Disturbance {
        let description: String
        let began: Instant
        let ended: Instant
    }

    private let requests: [RequestRecord]
    private let attempts: [AttemptRecord]

    /// Fewer requests say nothing about a share.
    private static let fewest = 50
    /// As good as before: the noise of a slot's share must not look like a relapse.
    private static let nearly = 0.8
    private static let slots = 30

    init(requests: [RequestRecord], attempts: [AttemptRecord]) { (self.requests, self.attempts) = (requests, attempts) }

    /// Nil where nothing came to its end, where too little happened before or after it, or where users fared badly from
    /// the beginning.
    func result(_ disturbances: [Disturbance], opening: Instant) -> RecoveryResult? {
        guard let began = disturbances.map(\.began).min(), let last = disturbances.max(by: { $0.ended < $1.ended }),
            let end = requests.map(\.intended).max()
        else { return nil }
        let before = window(opening, began)
        // Long after: as long as the disturbance itself at least.
        guard before.wanted >= Self.fewest, before.servedShare >= 0.5, end - last.ended >= last.ended - began else {
            return nil
        }
        let third = (end - last.ended) / 3
        let after = window(end - third, end)
        guard after.wanted >= Self.fewest else { return nil }
        let middle = window(end - third * 2, end - third)
        func since(_ window: RecoveryResult.Window) -> RecoveryResult.Window {
            RecoveryResult.Window(
                from: .zero + (window.from - opening), to: .zero + (window.to - opening), wanted: window.wanted,
                served: window.served, attempts: window.attempts, repetitions: window.repetitions)
        }
        return RecoveryResult(
            disturbance: last.description, began: .zero + (began - opening), ended: .zero + (last.ended - opening),
            before: since(before), after: since(after), outcome: outcome(before, middle, after),
            recoveredAfter: recovery(from: last.ended, to: end, asBefore: before.servedShare))
    }

    private func outcome(
        _ before: RecoveryResult.Window, _ middle: RecoveryResult.Window, _ after: RecoveryResult.Window
    ) -> RecoveryResult.Outcome {
        if after.servedShare >= Self.nearly * before.servedShare { return .recovered }
        if after.rate > 1.25 * before.rate { return .overloaded }
        // A backlog that drains shows in the second half of the time.
        if after.servedShare > middle.servedShare + 0.1 * before.servedShare { return .recovering }
        return .metastable
    }

    /// What users wanted, and what was attempted, in a span of time.
    private func window(_ from: Instant, _ to: Instant) -> RecoveryResult.Window {
        let wanted = requests.lazy.filter { $0.intended >= from && $0.intended < to }
        let sent = attempts.lazy.filter { $0.began >= from && $0.began < to }
        return RecoveryResult.Window(
            from: from, to: to, wanted: wanted.count { _ in true }, served: wanted.count { $0.wasServed },
            attempts: sent.count { _ in true }, repetitions: sent.count { $0.previous >= 0 })
    }

    /// Until the end of the last slot in which users fared clearly worse than before.
    private func recovery(from start: Instant, to end: Instant, asBefore share: Double) -> TimeSpan? {
        let width = max(TimeSpan(nanoseconds: 1), (end - start) / Self.slots)
        var wanted = [Int](repeating: 0, count: Self.slots)
        var served = wanted
        for request in requests where request.intended >= start && request.intended <= end {
            let slot = min(Self.slots - 1, Int((request.intended - start).nanoseconds / width.nanoseconds))
            wanted[slot] += 1
            if request.wasServed { served[slot] += 1 }
        }
        let bad = wanted.indices.last { Double(served[$0]) < Self.nearly * share * Double(wanted[$0]) }
        guard let bad else { return .zero }
        return bad == Self.slots - 1 ? nil : width * (bad + 1)
    }
}

extension RequestRecord {
    /// Done, or refused for a reason of the sale's own; its user waits no longer than patience lasts.
    fileprivate var wasServed: Bool {
        switch outcome {
        case .success, .insufficientStock, .alreadyOrdered: true
        case .lockNotAcquired, .rejected, .timedOut, .unknown, .failed, nil: false
        }
    }
}

extension Workload {
    /// The peak of arrivals that rise and fall again; nil where they don't.
    func peak(opening: Instant) -> RecoverySearch.Disturbance? {
        switch arrive {
        case .spike(let spike):
            return RecoverySearch.Disturbance(
                description: "the spike of arrivals", began: opening + spike.at, ended: opening + spike.at + spike.for)
        case .stages(let stages):
            guard let highest = stages.map(\.rate).max(), let first = stages.first, first.rate < highest,
                let start = stages.firstIndex(where: { $0.rate == highest }),
                let end = stages.lastIndex(where: { $0.rate == highest }), end < stages.count - 1
            else { return nil }
            func moment(before index: Int) -> Instant { opening + stages[..<index].reduce(.zero) { $0 + $1.for } }
            return RecoverySearch.Disturbance(
                description: "the peak of arrivals", began: moment(before: start), ended: moment(before: end + 1))
        case .atOnce, .poisson, .constant, .ramp, .trace: return nil
        }
    }
}
