/// A task of a node that takes up new work when it has done its old one.
///
/// To create and to destroy a task costs about 3,000 instructions and its stack two allocations, to resume one 300; nine
/// of ten messages find a worker at rest. One that begins or goes on is the same to everybody: an event at the same place
/// of the wheel.
class Worker {
    /// The suspended task, while it is at rest.
    var job: UInt = 0
    /// The node to which the task is isolated: only that one's work can it take up.
    let node: ObjectIdentifier

    init(node: ObjectIdentifier) { self.node = node }

    /// How many are kept at rest for each process; more than that work at once only while it is overloaded.
    static let kept = 64
}

/// Work that comes as an object instead of a closure: where what is sent for it has to be an object anyway.
///
/// Neither generic nor isolated, so that it runs where its worker does: a hop costs even where it leads nowhere, and
/// methods of a generic class ask the runtime for its types.
class Errand: @unchecked Sendable {
    /// Does the work; what it throws is what a task may throw.
    nonisolated(nonsending) func run() async throws { preconditionFailure("an errand of no kind") }
}

/// A worker with the work it is to take up next: a closure or an errand.
final class NodeWorker<Owner: Node>: Worker, @unchecked Sendable {
    typealias Work = @Sendable (isolated Owner) async throws -> Void

    /// One of the two is set from when it is sent off until it begins, so that what the work holds on to isn't held on to
    /// for longer.
    private var work: Work?
    private var errand: Errand?

    init(_ node: Owner) { super.init(node: ObjectIdentifier(node)) }

    @inline(__always)
    func hand(_ next: @escaping Work) { work = next }

    @inline(__always)
    func hand(_ next: Errand) { errand = next }

    /// Does the work; false where there is none.
    @inline(__always)
    func takeUp(at node: isolated Owner) async throws -> Bool {
        if let errand {
            self.errand = nil
            try await errand.run()
        } else if let work {
            self.work = nil
            try await work(node)
        } else {
            return false
        }
        return true
    }
}

extension NodeProcess {
    /// A worker of this node that has nothing to do; nil when there is none.
    @inline(__always)
    func idleWorker<Owner: Node>(of node: Owner) -> NodeWorker<Owner>? {
        guard let last = idle.last, last.node == ObjectIdentifier(node) else { return nil }
        idle.removeLast()
        return unsafeDowncast(last, to: NodeWorker<Owner>.self)
    }

    /// Suspends a worker until it is handed work; false when it is to end instead.
    @inline(__always)
    nonisolated(nonsending) func rest(_ worker: Worker) async -> Bool {
        if !universe.reusesTasks || core.pointee.phase == .unwinding || idle.count == Worker.kept { return false }
        idle.append(worker)
        core.pointee.request = .rest
        core.pointee.requestWorker = Unmanaged.passUnretained(worker)
        await wire.cross()
        return core.pointee.phase != .unwinding
    }

    /// Takes the suspended workers out, for the end of the universe.
    func takeIdleJobs() -> [UInt] {
        defer { idle = [] }
        return idle.map(\.job)
    }
}
