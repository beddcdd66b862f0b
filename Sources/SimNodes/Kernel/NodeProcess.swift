import Topology

/// The operating system process that a node runs in: what crashes, pauses, restarts and has a wall clock.
///
/// Every task of a node belongs to one life (*incarnation*) of its process. What a crashed incarnation had suspended
/// never runs again; what a paused one has due waits for it.
public final class NodeProcess: @unchecked Sendable {
    public let name: String
    public unowned(unsafe) let universe: Universe
    /// Its place in the order in which the universe's processes were made.
    public let number: UInt32
    let core: UnsafeMutablePointer<Core>
    let wire: Wire
    let executorReference: UnownedSerialExecutor
    /// Counts this process's lives, from 0; it changes at the crash, so that whoever noted it knows at once.
    public private(set) var incarnation: UInt32 = 0
    /// The life that what suspends now belongs to. It changes at the start only: a task that crashed its own process
    /// runs on until it suspends, and must not suspend as the next life.
    private(set) var life: UInt32 = 0
    /// How much longer than normal everything takes that this process computes; 1 is healthy.
    public var slowdown: Double = 1
    /// How much later everything arrives that this process sends; zero unless a schedule has it run last.
    var lateness = TimeSpan.zero
    /// What the wall clock shows more than virtual time.
    public var clockOffset: TimeSpan = .zero
    /// By which fraction the wall clock runs fast, from the moment it is set.
    public var clockDrift: Double = 0 {
        willSet {
            drifted = drift
            driftStart = core.pointee.now
        }
    }
    /// What earlier drifts have added to the wall clock, in nanoseconds.
    private var drifted: Int64 = 0
    /// How often the wall clock was read while it showed anything but virtual time.
    private(set) var wrongClockReads = 0
    private var driftStart: Int64 = 0
    /// Whether a crash took the whole machine, so that nobody is left to answer with a reset.
    public private(set) var isHostDown = false
    /// Whether its port is open; a process that starts up or drains runs, and refuses connections.
    public var isListening = true
    /// Whether its accept queue is full: Linux drops further attempts to connect, which the client sees as silence.
    public var isBacklogFull = false
    /// How many answers its tasks wait for.
    var openCalls = 0
    /// Told of the end and the beginning of each life, in the order of registration.
    private var observers: [any ProcessObserver] = []

    init(name: String, universe: Universe) {
        self.name = name
        self.universe = universe
        core = universe.core
        wire = universe.wire
        executorReference = universe.executorReference
        number = core.pointee.addProcess()
    }

    /// This node's own wall clock.
    public var wallClock: Instant {
        let error = clockOffset.nanoseconds + drift
        if error != 0 { wrongClockReads += 1 }
        return Instant(nanoseconds: core.pointee.now + error)
    }

    /// How long it takes, at the clock's present speed, until the wall clock shows a moment.
    func time(untilWallClock moment: Instant) -> TimeSpan {
        let span = moment - wallClock
        return clockDrift == 0 ? span : TimeSpan(seconds: span.seconds / (1 + clockDrift))
    }

    /// Steps the wall clock, and tells those who have set a timer by it.
    func stepClock(by step: TimeSpan) {
        clockOffset = clockOffset + step
        for observer in observers { observer.processClockChanged(self, step: step) }
    }

    /// Has the wall clock run at a multiple of its present speed; several faults together never stop it.
    func changeClockSpeed(by factor: Double) {
        clockDrift = (1 + clockDrift) * factor - 1
        for observer in observers { observer.processClockChanged(self, step: .zero) }
    }

    private var drift: Int64 {
        clockDrift == 0 ? drifted : drifted + Int64((Double(core.pointee.now - driftStart) * clockDrift).rounded())
    }

    public var isDown: Bool { core.pointee.lives[Int(number)].isDown }
    public var isPaused: Bool { core.pointee.lives[Int(number)].pausedSince != nil }
    public var isRunning: Bool { !isDown && !isPaused }

    /// A stream of random numbers of this node's own, for one purpose.
    public func randomStream(_ purpose: String) -> RandomStream { universe.randomStream("\(name)/\(purpose)") }

    public func observe(_ observer: any ProcessObserver) { observers.append(observer) }

    /// Breaks the reference cycles with observers, for the end of the universe.
    func forgetObservers() {
        for observer in observers { observer.universeEnded() }
        observers = []
    }

    // MARK: - Waiting

    /// Suspends the calling task for a length of virtual time.
    ///
    /// - Throws: `Halted` when the universe ends while the task sleeps.
    @inline(__always)
    public nonisolated(nonsending) func sleep(_ span: TimeSpan) async throws {
        if _slowPath(core.pointee.phase == .unwinding) { throw Halted() }
        core.pointee.request = .sleep
        core.pointee.requestTime = core.pointee.now &+ max(0, span.nanoseconds)
        core.pointee.requestOwner = number
        core.pointee.requestIncarnation = life
        await wire.cross()
        if _slowPath(core.pointee.phase == .unwinding) { throw Halted() }
    }

    /// Suspends the calling task until a moment of virtual time; at once over if that has passed.
    @inline(__always)
    public nonisolated(nonsending) func sleep(until moment: Instant) async throws {
        try await sleep(moment - Instant(nanoseconds: core.pointee.now))
    }

    /// A ticket for a task of this process, to be handed to whoever will wake it.
    @inline(__always)
    public func makeWaiter() -> Waiter { core.pointee.waiters.make(owner: number, incarnation: life) }

    /// Suspends the calling task until its ticket is woken, or the time-out has passed.
    ///
    /// - Throws: `Halted` when the universe ends first.
    @inline(__always)
    public nonisolated(nonsending) func wait(_ waiter: Waiter, timeout: TimeSpan? = nil) async throws -> WakeReason {
        if _slowPath(core.pointee.phase == .unwinding) { throw Halted() }
        // Woken between `makeWaiter` and here: to suspend now would be to wait for a wake that has been.
        if _slowPath(!core.pointee.waiters.isWaiting(waiter)) { return core.pointee.collect(waiter) }
        if let timeout { core.pointee.setDeadline(of: waiter.index, span: max(0, timeout.nanoseconds)) }
        core.pointee.request = .park
        core.pointee.requestOwner = waiter.index
        await wire.cross()
        if _slowPath(core.pointee.phase == .unwinding) { throw Halted() }
        return core.pointee.waiters.release(waiter.index)
    }

    /// Suspends the calling task for good: the process it belongs to has just crashed.
    public nonisolated(nonsending) func vanish() async throws {
        core.pointee.request = .sleep
        core.pointee.requestTime = core.pointee.now
        core.pointee.requestOwner = number
        core.pointee.requestIncarnation = Core.closedGate - 1
        await wire.cross()
        throw Halted()
    }

    // MARK: - Life and death

    /// Ends this process at once. Its tasks never run another statement.
    ///
    /// - Parameter takingHost: the machine is gone with it: peers get no reset, only silence.
    public func crash(takingHost: Bool = false) {
        if isDown {
            isHostDown = isHostDown || takingHost
            return
        }
        core.pointee.crash(number)
        incarnation += 1
        isHostDown = takingHost
        isBacklogFull = false
        openCalls = 0
        for observer in observers { observer.processCrashed(self) }
    }

    /// Starts a process that is down, as a new incarnation.
    public func start() {
        guard isDown else { return }
        isHostDown = false
        core.pointee.start(number)
        life = core.pointee.lives[Int(number)].incarnation
        assert(life == incarnation)
        for observer in observers { observer.processStarted(self) }
    }

    /// Stops everything this process does, as a stop-the-world collection or a frozen virtual machine would.
    public func pause() { if !isDown, !isPaused { core.pointee.pause(number) } }

    /// Ends a pause.
    public func resume() { core.pointee.resume(number) }

    /// How long this incarnation has been paused so far, pauses that are over; work that was under way takes that much longer.
    public var frozen: TimeSpan { TimeSpan(nanoseconds: core.pointee.lives[Int(number)].frozen) }
}

extension NodeProcess {
    /// The pauses of this incarnation that are over, in order.
    var pauses: [(start: Int64, end: Int64)] { core.pointee.lives[Int(number)].pauses }

    /// Until when this process has computed: now, or the beginning of the pause it is in.
    var lastActive: Instant {
        Instant(nanoseconds: core.pointee.lives[Int(number)].pausedSince ?? core.pointee.now)
    }
}

/// Who wants to know when a process dies and is born again: its node, the network.
public protocol ProcessObserver: AnyObject, Sendable {
    func processCrashed(_ process: NodeProcess)
    func processStarted(_ process: NodeProcess)
    /// The wall clock was stepped, or runs at another speed from now on.
    func processClockChanged(_ process: NodeProcess, step: TimeSpan)
    /// Nothing happens any more: lets go of what would keep the nodes in memory.
    func universeEnded()
}

extension ProcessObserver {
    public func processClockChanged(_ process: NodeProcess, step: TimeSpan) {}
    public func universeEnded() {}
}

/// The universe has ended: thrown into every task that is still suspended, so that it frees what it holds.
///
/// Whoever catches errors in a loop must let this one pass.
public struct Halted: Error {}
