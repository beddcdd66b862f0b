import Glibc
import Topology

/// What a node is to do when its moment has come: a message that arrives, the work of a timer.
///
/// Until then it lies in the event wheel as an object, without a task: most of what is on its way at any moment is
/// waiting for that moment. Neither generic nor isolated, so that it runs where its worker does: a hop costs even where it
/// leads nowhere.
class Errand: @unchecked Sendable {
    /// Does the work; what it throws is what a task may throw.
    nonisolated(nonsending) func run() async throws { preconditionFailure("an errand of no kind") }
}

extension Errand {
    /// The errand as the payload of an event: jobs and objects lie at even addresses, so an odd one is an errand. It is held
    /// on to until `take` is called.
    var payload: UInt { UInt(bitPattern: Unmanaged.passRetained(self).toOpaque()) | 1 }

    static func isErrand(_ payload: UInt) -> Bool { payload & 1 == 1 }

    static func take(_ payload: UInt) -> Errand {
        Unmanaged<Errand>.fromOpaque(UnsafeRawPointer(bitPattern: payload & ~1).unsafelyUnwrapped).takeRetainedValue()
    }
}

/// An errand that runs a closure at its node.
private final class NodeErrand<Owner: Node>: Errand, @unchecked Sendable {
    typealias Work = @Sendable (isolated Owner) async throws -> Void

    private let node: Owner
    private let work: Work

    init(_ node: Owner, _ work: @escaping Work) { (self.node, self.work) = (node, work) }

    override nonisolated(nonsending) func run() async throws { try await work(node) }
}

/// An errand that takes along what a task-local value was where it was sent off.
private final class LadenErrand: Errand, @unchecked Sendable {
    private let errand: Errand
    private let baggage: TaskLocal<Int?>
    private let value: Int?
    private let crew: Crew

    init(_ errand: Errand, _ baggage: TaskLocal<Int?>, _ crew: Crew) {
        (self.errand, self.baggage, self.crew) = (errand, baggage, crew)
        value = baggage.get()
    }

    override nonisolated(nonsending) func run() async throws { try await crew.run(errand, baggage, value) }
}

extension Node {
    /// Starts a task of this node, now or after a delay; it ends with the incarnation that it was started in.
    public nonisolated func spawn(
        after delay: TimeSpan = .zero, _ body: @escaping @Sendable (isolated Self) async throws -> Void
    ) {
        process.send(NodeErrand(self, body), after: delay)
    }
}

extension NodeProcess {
    /// Has an errand run as a task of this process after a delay; it ends with the incarnation that it was sent in.
    @inline(__always)
    func send(_ errand: Errand, after delay: TimeSpan) {
        if core.pointee.thread != pthread_self() { Trap.foreignEnqueue() }
        if core.pointee.phase == .unwinding { return }
        let payload = universe.baggage.map { LadenErrand(errand, $0, universe.crew).payload } ?? errand.payload
        core.pointee.insert(
            job: payload, time: core.pointee.now &+ max(0, delay.nanoseconds), owner: number, incarnation: life)
    }
}

/// A task that takes up one errand after another, of whichever process.
///
/// To create and to destroy a task costs about 3,000 instructions and its stack two allocations, to resume one 300.
final class Worker: @unchecked Sendable {
    /// The suspended task, while it is at rest.
    var job: UInt = 0
    /// What it is to do next: set from when it is called until it begins, so that a worker at rest holds on to nothing.
    private var errand: Errand?
    /// For which process it works.
    private(set) var owner: UInt32 = 0

    @inline(__always)
    func hand(_ errand: Errand, owner: UInt32) { (self.errand, self.owner) = (errand, owner) }

    /// What it was handed.
    @inline(__always)
    func takeErrand() -> Errand {
        defer { errand = nil }
        return errand.unsafelyUnwrapped
    }
}

extension Universe {
    /// Suspends a worker until it is handed work; false when it is to end instead.
    @inline(__always)
    fileprivate nonisolated(nonsending) func rest(_ worker: Worker) async -> Bool {
        if hasEnded || core.pointee.idle.count >= workersKept { return false }
        core.pointee.idle.append(worker)
        core.pointee.request = .rest
        core.pointee.requestWorker = Unmanaged.passUnretained(worker)
        await wire.cross()
        return !hasEnded
    }
}

/// To whom the workers' tasks belong, since a task needs an actor on whose executor it begins.
actor Crew {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private unowned(unsafe) let universe: Universe

    init(_ universe: Universe) {
        self.universe = universe
        unownedExecutor = universe.executorReference
    }

    /// Runs an errand under a task-local value.
    fileprivate func run(_ errand: Errand, _ local: TaskLocal<Int?>, _ value: Int?) async throws {
        try await local.withValue(value) {
            // Isolated to the crew by this use: a closure that is not would run elsewhere.
            _ = universe
            try await errand.run()
        }
    }

    /// Makes the task of a new worker, which has been handed its first errand. It begins within the present event.
    @inline(never)
    nonisolated func hire(_ worker: Worker) {
        assumeIsolated { crew in
            _ = Task {
                // Using the crew makes the closure isolated to it, so the task starts on its executor.
                let universe = crew.universe
                // At the end of the universe, a task that has not begun must not begin.
                if universe.hasEnded { return }
                repeat {
                    do {
                        try await worker.takeErrand().run()
                    } catch is Halted {
                        // The end of the universe, not a fault.
                    } catch {
                        universe.fail("a task of \(universe.processes[Int(worker.owner)].name) ended with \(error)")
                    }
                } while await universe.rest(worker)
                universe.core.pointee.finished &+= 1
            }
        }
    }
}
