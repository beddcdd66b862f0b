import Glibc

/// The executor that all nodes of a universe share: whoever is isolated to one of them may run here, one at a time.
final class NodeExecutor: SerialExecutor {
    private nonisolated(unsafe) let core: UnsafeMutablePointer<Core>

    init(core: UnsafeMutablePointer<Core>) { self.core = core }

    func enqueue(_ job: consuming ExecutorJob) {
        if core.pointee.thread != pthread_self() { Trap.foreignEnqueue() }
        core.pointee.ready.append(unsafeBitCast(UnownedJob(job), to: UInt.self))
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    func checkIsolated() {
        if core.pointee.thread != pthread_self() { Trap.foreignThread() }
    }
}

/// The executor of the wire. It never runs anything: a job that hops here is suspended, and the kernel runs it later
/// on the nodes' executor, so that coming home costs no second hop.
final class WireExecutor: SerialExecutor {
    private nonisolated(unsafe) let core: UnsafeMutablePointer<Core>

    init(core: UnsafeMutablePointer<Core>) { self.core = core }

    func enqueue(_ job: consuming ExecutorJob) {
        if core.pointee.thread != pthread_self() { Trap.foreignEnqueue() }
        core.pointee.suspend(job: unsafeBitCast(UnownedJob(job), to: UInt.self))
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}

/// Where suspended code waits: calling `cross` hops to the wire's executor, which is how a job gets into the heap.
actor Wire {
    private let executor: WireExecutor
    nonisolated let unownedExecutor: UnownedSerialExecutor
    /// Work for `cross` to do: the optimiser removes a hop to a body that does nothing.
    private var crossings: UInt64 = 0

    init(executor: WireExecutor) {
        self.executor = executor
        unownedExecutor = executor.asUnownedSerialExecutor()
    }

    @inline(never)
    func cross() { crossings &+= 1 }
}
