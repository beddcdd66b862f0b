import Glibc
import Topology

/// The kernel's state, kept behind a pointer: everything in it belongs to the universe's one thread, and class
/// properties would pay a dynamic exclusivity check at every event.
struct Core {
    var now: Int64 = 0
    var phase = Phase.running
    /// What the code that is about to suspend wants done with its job. It is set immediately before the hop that
    /// hands the job to an executor, so nothing comes between the two.
    var request = Request.none
    var requestTime: Int64 = 0
    var requestOwner: UInt32 = 0
    var requestIncarnation: UInt32 = 0
    var requestWorker: Unmanaged<Worker>?
    var isStopping = false
    var events = EventWheel()
    var waiters = WaiterTable()
    var timers = TimerLists()
    var ready = JobRing()
    /// Workers that have nothing to do; the last to rest is the first to be called.
    var idle: [Worker] = []
    var digest = TraceDigest()
    /// Events that ran, so far.
    var executed: UInt64 = 0
    /// How often a job was handed back to the kernel, and how many tasks came to their end: one or the other must
    /// happen to every job that runs, or it waits for something that the kernel knows nothing of.
    var suspended: UInt64 = 0
    var finished: UInt64 = 0
    /// Numbers the calls of `run(until:)`, so that the mark of one that was stopped early does not end another.
    var limit: UInt = 0
    /// For each process, by number: its incarnation while it runs, or `closedGate`.
    var gates: [UInt32] = []
    /// For each process what it is beyond its gate; looked at only when the gate is closed.
    var lives: [Life] = []
    /// Jobs of crashed incarnations. They never run again; when the universe ends they are unwound to free memory.
    var dead: [UInt] = []
    /// The thread that made the universe.
    let thread = pthread_self()

    static let closedGate = UInt32.max

    enum Phase: UInt8 { case running, unwinding }

    enum Request: UInt8 {
        case none
        /// Run the suspending job at `requestTime`.
        case sleep
        /// Keep the suspending job in the waiter whose index is `requestOwner`.
        case park
        /// Keep the suspending job in `requestWorker`.
        case rest
    }

    /// The state of one process.
    struct Life {
        var incarnation: UInt32 = 0
        var isDown = false
        var pausedSince: Int64?
        /// How long this incarnation has been paused so far.
        var frozen: Int64 = 0
        /// Its pauses that are over.
        var pauses: [(start: Int64, end: Int64)] = []
        /// What became due while it was paused, in order.
        var deferred = JobRing()
        /// Whether an event is under way that runs the first of those.
        var isDraining = false
    }

    @inline(__always)
    mutating func insert(job: UInt, time: Int64, owner: UInt32, incarnation: UInt32) {
        events.insert(Event(time: time, payload: job, owner: owner, incarnation: incarnation))
    }

    /// Takes over a job that hopped to the wire.
    @inline(__always)
    mutating func suspend(job: UInt) {
        suspended &+= 1
        switch request {
        case .sleep: insert(job: job, time: requestTime, owner: requestOwner, incarnation: requestIncarnation)
        case .park: waiters.park(job: job, at: requestOwner)
        case .rest: requestWorker?._withUnsafeGuaranteedRef { $0.job = job }
        case .none: Trap.strayHop()
        }
        request = .none
    }

    @inline(__always)
    mutating func wake(_ waiter: Waiter, reason: UInt8, time: Int64) {
        guard waiters.isWaiting(waiter) else { return }
        events.insert(
            Event(
                time: time,
                payload: UInt(waiter.index) << 32 | UInt(waiter.generation) << 8 | UInt(reason),
                owner: Event.wake, incarnation: 0))
    }

    /// Ends the life of a ticket that was woken before its task came to wait.
    @inline(never)
    mutating func collect(_ waiter: Waiter) -> WakeReason {
        if waiters[waiter.index].generation != waiter.generation { Trap.usedTicket() }
        return waiters.release(waiter.index)
    }

    /// A job or errand whose process does not run: it waits for the process to go on, or for the end of the universe.
    @inline(never)
    mutating func holdBack(job: UInt, owner: UInt32, incarnation: UInt32) {
        let isPaused = lives[Int(owner)].incarnation == incarnation && !lives[Int(owner)].isDown
        if isPaused { lives[Int(owner)].deferred.append(job) } else { dead.append(job) }
    }
}
