/// Someone who waits to be woken: a ticket that can stand in a queue while its task is suspended.
///
/// A ticket is good for one wake. Who comes second (the answer after the time-out, or the time-out after the answer)
/// finds another generation and does nothing.
public struct Waiter: Hashable, Sendable {
    let index: UInt32
    let generation: UInt32

    @inline(__always)
    init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// Nobody's ticket.
    static let none = Waiter(index: .max, generation: .max)
}

/// Why a waiter came back.
public struct WakeReason: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What it waited for has come.
    public static let signalled = WakeReason(rawValue: 1)
    /// Its deadline came first.
    public static let timedOut = WakeReason(rawValue: 2)
    /// The other end of the connection is gone.
    public static let reset = WakeReason(rawValue: 3)
    /// Nobody listens at the other end.
    public static let refused = WakeReason(rawValue: 4)
    /// The client for whom it waited is gone.
    static let hungUp = WakeReason(rawValue: 5)
}

/// All waiters of a universe: slots that are reused, each with a generation.
///
/// The slots stand in blocks that never move: growing copies nothing, so memory never peaks above what is in use.
struct WaiterTable {
    struct Slot {
        var job: UInt = 0
        var deadline: Int64 = 0
        var owner: UInt32 = 0
        var incarnation: UInt32 = 0
        var timerPrevious: UInt32 = .max
        var timerNext: UInt32 = .max
        /// 24 bits, so that a wake fits one word of an event: index, generation, reason.
        var generation: UInt32 = 0
        /// Which timer list it stands in, or `UInt16.max`.
        var timerList: UInt16 = .max
        /// Zero while nobody has woken it.
        var reason: UInt8 = 0
    }

    static let generationMask: UInt32 = 0xFF_FFFF
    private static let blockBits: UInt32 = 12
    private static let blockMask: UInt32 = (1 << blockBits) - 1

    private var blocks: [UnsafeMutablePointer<Slot>] = []
    private var count: UInt32 = 0
    /// The first of the free slots, each of which names the next in `timerNext`.
    private var firstFree = UInt32.max

    func deallocate() { for block in blocks { block.deallocate() } }

    @inline(__always)
    private func slot(_ index: UInt32) -> UnsafeMutablePointer<Slot> {
        blocks[Int(index >> Self.blockBits)] + Int(index & Self.blockMask)
    }

    subscript(index: UInt32) -> Slot {
        @inline(__always) get { slot(index).pointee }
        @inline(__always) nonmutating _modify { yield &slot(index).pointee }
    }

    @inline(__always)
    mutating func make(owner: UInt32, incarnation: UInt32) -> Waiter {
        if firstFree == .max { grow() }
        let index = firstFree
        let free = slot(index)
        firstFree = free.pointee.timerNext
        free.pointee.owner = owner
        free.pointee.incarnation = incarnation
        free.pointee.timerNext = .max
        return Waiter(index: index, generation: free.pointee.generation)
    }

    @inline(never)
    private mutating func grow() {
        if count & Self.blockMask == 0 {
            blocks.append(.allocate(capacity: Int(Self.blockMask) + 1))
        }
        // One at a time: a small run uses a few dozen slots, and would spend its time writing 200 KB of empty ones.
        (blocks[Int(count >> Self.blockBits)] + Int(count & Self.blockMask)).initialize(to: Slot())
        firstFree = count
        count += 1
    }

    @inline(__always)
    func park(job: UInt, at index: UInt32) { slot(index).pointee.job = job }

    /// Whether the ticket is still good and nobody has woken it.
    @inline(__always)
    func isWaiting(_ waiter: Waiter) -> Bool {
        slot(waiter.index).pointee.generation == waiter.generation && slot(waiter.index).pointee.reason == 0
    }

    /// Notes why a waiter comes back, and hands out its job; 0 if it has not suspended yet.
    @inline(__always)
    func wake(_ index: UInt32, reason: UInt8) -> (job: UInt, owner: UInt32, incarnation: UInt32) {
        let woken = slot(index)
        let job = woken.pointee.job
        woken.pointee.reason = reason
        woken.pointee.job = 0
        return (job, woken.pointee.owner, woken.pointee.incarnation)
    }

    /// Ends a ticket's life and says why its owner came back.
    @inline(__always)
    mutating func release(_ index: UInt32) -> WakeReason {
        let released = slot(index)
        let reason = released.pointee.reason
        released.pointee.reason = 0
        released.pointee.generation = (released.pointee.generation &+ 1) & Self.generationMask
        released.pointee.timerNext = firstFree
        firstFree = index
        return WakeReason(rawValue: reason)
    }

    /// Takes every suspended job out, for the end of the universe.
    func takeAllJobs() -> [UInt] {
        var jobs: [UInt] = []
        for index in 0..<count where slot(index).pointee.job != 0 {
            jobs.append(slot(index).pointee.job)
            slot(index).pointee.job = 0
        }
        return jobs
    }

    /// How many tasks are suspended here, of the owners and incarnations that are asked for.
    func count(where isCounted: (_ owner: UInt32, _ incarnation: UInt32) -> Bool) -> Int {
        (0..<count).count { index in
            slot(index).pointee.job != 0 && isCounted(slot(index).pointee.owner, slot(index).pointee.incarnation)
        }
    }
}
