import Glibc
import Topology

/// One run: virtual time, its events, and the actors that live in it.
///
/// A universe belongs to the thread that made it, and shares nothing with others. After the run, `end` it: tasks that
/// are still suspended keep memory until then.
public final class Universe: @unchecked Sendable {
    public let seed: UInt64
    let core: UnsafeMutablePointer<Core>
    private let executor: NodeExecutor
    private let wireExecutor: WireExecutor
    let wire: Wire
    let executorReference: UnownedSerialExecutor
    public private(set) var processes: [NodeProcess] = []
    private(set) var crew: Crew!
    /// How many workers without work are kept for the next errands; more than that work at once only under overload.
    var workersKept = 1_024
    /// What a task hands on to the errands that it sends, as a task hands it on to a task that it starts.
    var baggage: TaskLocal<Int?>?
    /// What went wrong in the program itself: errors that no code was there to catch.
    public private(set) var failures: [String] = []

    public init(seed: UInt64) {
        self.seed = seed
        core = .allocate(capacity: 1)
        core.initialize(to: Core())
        executor = NodeExecutor(core: core)
        executorReference = executor.asUnownedSerialExecutor()
        wireExecutor = WireExecutor(core: core)
        wire = Wire(executor: wireExecutor)
        crew = Crew(self)
    }

    deinit {
        core.pointee.events.deallocate()
        core.pointee.waiters.deallocate()
        core.deinitialize(count: 1)
        core.deallocate()
    }

    /// Virtual time.
    public var now: Instant { Instant(nanoseconds: core.pointee.now) }

    /// How many events have run.
    public var executedEvents: UInt64 { core.pointee.executed }

    /// The hash of everything that has run, and of all that was recorded with `record`.
    public var digest: TraceDigest { core.pointee.digest }

    /// How many tasks wait for somebody to wake them, those of crashed processes apart: stuck, once no event is left.
    public var suspendedTasks: Int { core.pointee.suspendedTasks }

    /// A new process; `name` also names its random streams.
    public func makeProcess(_ name: String) -> NodeProcess {
        let process = NodeProcess(name: name, universe: self)
        processes.append(process)
        return process
    }

    /// A stream of random numbers that depends on the seed and this name alone.
    public func randomStream(_ name: String) -> RandomStream { RandomStream(seed: seed, name: name) }

    /// From now on draws which of the events of one instant comes first.
    ///
    /// What has to keep its order must not stand at one instant then: see `orderGap`.
    func drawTies(from stream: RandomStream) { core.pointee.events.ties = stream }

    /// The least distance between two events that must keep their order: none, unless ties are drawn.
    var orderGap: TimeSpan { core.pointee.events.ties == nil ? .zero : .nanoseconds(1) }

    /// Runs events until none is left, `limit` is reached or somebody calls `stop`; nothing if `limit` has passed.
    ///
    /// Of the events at `limit` itself, those run that were scheduled before this call.
    public func run(until limit: Instant? = nil) {
        if core.pointee.thread != pthread_self() { Trap.foreignThread() }
        core.pointee.limit += 1
        if let limit {
            if limit < now { return }
            core.pointee.events.insert(
                Event(time: limit.nanoseconds, payload: core.pointee.limit, owner: Event.stop, incarnation: 0))
        }
        core.loop(on: executorReference, crew)
    }

    /// Lets `run` return after the current event.
    public func stop() { core.pointee.isStopping = true }

    /// Wakes a waiter now or after a delay; nothing happens if somebody else is first.
    @inline(__always)
    public func wake(_ waiter: Waiter, reason: WakeReason = .signalled, after delay: TimeSpan = .zero) {
        core.pointee.wake(waiter, reason: reason.rawValue, time: core.pointee.now &+ max(0, delay.nanoseconds))
    }

    /// Puts words that say what happened into the digest.
    public func record(_ word: UInt64) { core.pointee.digest.mix(word) }

    /// Whether the run is over and tasks are only unwinding: nothing they do counts any more.
    public var hasEnded: Bool { core.pointee.phase == .unwinding }

    func fail(_ message: String) { if !hasEnded { failures.append(message) } }

    /// Ends the universe: every task still suspended gets `Halted`, so that its memory is freed, as that of errands is.
    public func end() {
        if core.pointee.thread != pthread_self() { Trap.foreignThread() }
        core.pointee.phase = .unwinding
        var jobs = core.pointee.takeAllJobs()
        while !jobs.isEmpty {
            for job in jobs {
                if Errand.isErrand(job) {
                    _ = Errand.take(job)
                } else {
                    unsafeBitCast(job, to: UnownedJob.self).runSynchronously(on: executorReference)
                }
            }
            jobs = core.pointee.takeAllJobs()
        }
        for process in processes { process.forgetObservers() }
    }
}
