import Topology

/// InnoDB's record, gap and insert-intention locks, with their queues.
///
/// A transaction is named by the slot of its session. A record of an index has one queue, for itself and the gap before it
/// (the supremum stands for the gap at the end). Lists run through the pools by index, so that locking, granting and
/// releasing allocate nothing.
/// Source: MySQL 8.0 and MariaDB 10.11 `storage/innobase/lock/lock0lock.cc`, `lock0wait.cc`.
struct LockManager: Sendable {
    /// Who is next when a lock becomes free.
    enum Scheduling: Hashable, Sendable {
        /// Contention-aware: who blocks most others first, then who waits longest (MySQL ≥ 8.0.20).
        case contentionAware
        /// First come, first served.
        case firstComeFirstServed
    }

    /// A record of an index; `slot` is the row's place in its table, or `LockManager.supremum`.
    struct Resource: Sendable {
        var index: Int
        var slot: Int32
    }

    enum Grant: Sendable {
        /// Held now; `isNew` tells whether by this request.
        case granted(lock: Int32, isNew: Bool)
        case blocked
        /// Refused at once, because the caller does not want to wait.
        case refused
    }

    struct Lock: Sendable {
        var session: Int32
        var queue: Int32
        var kind: Kind
        var isWaiting: Bool
        var next: Int32 = -1
        var previous: Int32 = -1
        var nextOwned: Int32 = -1
        var previousOwned: Int32 = -1
        /// When its struct was made: the order of a queue. See `structTickets`.
        var ticket: UInt64
    }

    struct Queue: Sendable {
        var resource: Resource
        var grantedHead: Int32 = -1
        var grantedCount: Int32 = 0
        var waitHead: Int32 = -1
        var waitTail: Int32 = -1
        var waitCount: Int32 = 0
        /// Waiters that ask for the record exclusively, as nearly all do: none of them passes another.
        var waitingExclusive: Int32 = 0
        /// Waiters that block others themselves.
        var heavyCount: Int32 = 0
    }

    /// What the lock system knows of a transaction.
    struct Owner: Sendable {
        /// Newest lock; the list goes back in time.
        var firstLock: Int32 = -1
        var waitingLock: Int32 = -1
        var deadline = Instant.distantFuture
        var nextWaiter: Int32 = -1
        var previousWaiter: Int32 = -1
        /// Granted locks that others wait for.
        var contended: Int32 = 0
        /// Undo records, which count for the weight.
        var changedRows: Int32 = 0
        /// One bit for the first lock struct of each index and kind, one for each table.
        var structs: UInt64 = 0
        /// Further lock structs: those that wait or have waited, and those that were made beside waiting ones.
        var moreStructs: Int32 = 0
        /// When its wait began, counted in waits.
        var waitNumber: UInt64 = 0
        var readCommitted = false
        /// Place of its transaction object in memory: the lowest that was free when the session first needed one.
        var address: Int32 = -1
        var mark: UInt32 = 0
    }

    static let supremum: Int32 = -1
    /// Five indexes, eight kinds.
    static let structsPerSession = 40
    /// For how many sessions there is room before anything has to grow.
    static let usualSessions = 32
    /// Leaves room for tickets in between.
    static let ticketStep: UInt64 = 1_024

    let scheduling: Scheduling
    var locks: [Lock] = []
    var queues: [Queue] = []
    var owners: [Owner] = []
    /// Sessions whose wait has ended, in order; the engine resumes them.
    var runnable: [Int32] = []
    var runnableHead = 0
    /// Session whose statement is being executed; its own grant needs no resuming.
    var running: Int32 = -1
    /// Locks of each index that cover a gap, waiting ones included.
    var gapCount: [Int32]
    var heads: [[Int32]]
    var freeLock: Int32 = -1
    var freeQueue: Int32 = -1
    var nextTicket: UInt64 = 0
    var nextWaitNumber: UInt64 = 0
    /// Ticket of each session's first granted lock struct of an index and a kind; valid where `Owner.structs` has its bit.
    ///
    /// The real lock system has one struct for all records of a page that a transaction has locked in the same way, and
    /// a queue is in the order in which the structs were made.
    var structTickets: [UInt64] = []
    /// Free places for transaction objects, the highest first, and the first that was never taken.
    var freeAddresses: [Int32] = []
    var nextAddress: Int32 = 0
    /// Transactions that waiters have begun to wait for when another let go, and that wait themselves.
    var suspects: [Int32] = []
    var waiterHead: Int32 = -1
    var waiterTail: Int32 = -1
    var waitingSessions = 0
    /// Waiting transactions that block others: without any there is no deadlock.
    var heavyWaiters = 0
    var markStamp: UInt32 = 0
    /// Locks that exist, waiting ones included.
    var lockCount = 0
    var scratch: [(weight: UInt64, lock: Int32)] = []
    var stack: [Int32] = []

    init(indexCount: Int, scheduling: Scheduling) {
        self.scheduling = scheduling
        gapCount = Array(repeating: 0, count: indexCount)
        heads = Array(repeating: [], count: indexCount)
        owners.reserveCapacity(Self.usualSessions)
        structTickets.reserveCapacity(Self.usualSessions * Self.structsPerSession)
    }

    /// When the longest waiting session's wait is over.
    var nextDeadline: Instant? { waiterHead >= 0 ? owners[Int(waiterHead)].deadline : nil }

    /// Makes room for a session.
    mutating func register(_ session: Int32) {
        while owners.count <= Int(session) {
            owners.append(Owner())
            structTickets.append(contentsOf: repeatElement(0, count: Self.structsPerSession))
        }
    }

    /// A session that has never had a transaction object gets one.
    mutating func takeAddress(_ session: Int32) {
        guard owners[Int(session)].address < 0 else { return }
        if let free = freeAddresses.popLast() {
            owners[Int(session)].address = free
        } else {
            owners[Int(session)].address = nextAddress
            nextAddress += 1
        }
    }

    /// The session has ended; its place for a transaction object is free.
    mutating func giveAddressBack(_ session: Int32) {
        let address = owners[Int(session)].address
        guard address >= 0 else { return }
        owners[Int(session)].address = -1
        let place = freeAddresses.firstIndex { $0 < address } ?? freeAddresses.count
        freeAddresses.insert(address, at: place)
    }

    /// Starts the account of a transaction.
    mutating func beginTransaction(_ session: Int32, readCommitted: Bool) {
        owners[Int(session)].readCommitted = readCommitted
        owners[Int(session)].changedRows = 0
        owners[Int(session)].structs = 0
        owners[Int(session)].moreStructs = 0
    }

    /// Notes the intention lock on a table, which only counts for the weight.
    mutating func touchTable(_ table: Int, session: Int32) {
        owners[Int(session)].structs |= 1 << UInt64(60 + table)
    }

    /// Takes a lock, waits for it, or (with `mayWait` false) leaves it.
    ///
    /// - Parameter isImplicit: only waits for others; the row's own mark is the lock then.
    mutating func acquire(
        _ requested: Kind, _ resource: Resource, session: Int32, mayWait: Bool = true, isImplicit: Bool = false,
        deadline: Instant
    ) -> Grant {
        let existing = queueIndex(resource)
        guard existing >= 0 else {
            if isImplicit { return .granted(lock: -1, isNew: false) }
            return .granted(lock: addGranted(requested, makeQueue(resource), session), isNew: true)
        }
        var kind = requested
        var isBlocked = false
        var holdsRecord = false
        var next = queues[Int(existing)].grantedHead
        while next >= 0 {
            let lock = locks[Int(next)]
            if lock.session == session {
                if lock.kind.suffices(for: kind) { return .granted(lock: next, isNew: false) }
                if lock.kind.coversRecord {
                    holdsRecord = true
                    // Only the gap is missing, and that nobody can refuse (`lock_reuse_for_next_key_lock`).
                    if kind.coversGap, lock.kind.suffices(for: kind.recordPart) { kind = kind.gapPart }
                }
            } else if kind.conflicts(with: lock.kind) {
                isBlocked = true
            }
            next = lock.next
        }
        if !kind.coversRecord, requested.coversRecord {
            let held = ownLock(thatSufficesFor: kind, existing, session)
            if held >= 0 { return .granted(lock: held, isNew: false) }
            return .granted(lock: inherit(kind, resource, session: session), isNew: true)
        }
        var bypassed: Int32 = -1
        if !isBlocked, queues[Int(existing)].waitCount > 0 {
            bypassed = firstWaiting(inTheWayOf: kind, existing)
            // Who holds the record with a shared lock passes those that wait for it (`Conflict::CAN_BYPASS`,
            // MySQL ≥ 8.0.41).
            isBlocked = bypassed >= 0 && !(holdsRecord && scheduling == .contentionAware)
        }
        if isBlocked {
            if !mayWait { return .refused }
            _ = enqueue(kind, existing, session, deadline: deadline)
            return .blocked
        }
        if isImplicit { return .granted(lock: -1, isNew: false) }
        return .granted(lock: addGranted(kind, existing, session, before: bypassed), isNew: true)
    }

    private func firstWaiting(inTheWayOf kind: Kind, _ queue: Int32) -> Int32 {
        var next = queues[Int(queue)].waitHead
        while next >= 0, !kind.conflicts(with: locks[Int(next)].kind) { next = locks[Int(next)].next }
        return next
    }

    /// Turns the implicit lock of an uncommitted change into an explicit one, because somebody asks for the record.
    mutating func makeExplicit(_ resource: Resource, owner: Int32) {
        var queue = queueIndex(resource)
        if queue < 0 { queue = makeQueue(resource) }
        if ownLock(thatSufficesFor: .exclusiveRecord, queue, owner) >= 0 { return }
        _ = addGranted(.exclusiveRecord, queue, owner)
    }

    /// Waits if another transaction has locked the gap before `resource`, or waits for a lock that covers it.
    ///
    /// - Returns: whether the insert has to wait.
    mutating func intendInsert(before resource: Resource, session: Int32, deadline: Instant) -> Bool {
        let queue = queueIndex(resource)
        guard queue >= 0 else { return false }
        var next = queues[Int(queue)].grantedHead
        while next >= 0, locks[Int(next)].session == session || !locks[Int(next)].kind.coversGap {
            next = locks[Int(next)].next
        }
        if next < 0 { next = firstWaiting(inTheWayOf: .insertIntention, queue) }
        guard next >= 0 else { return false }
        _ = enqueue(.insertIntention, queue, session, deadline: deadline)
        return true
    }

    /// Next session whose wait has ended.
    mutating func takeRunnable() -> Int32? {
        guard runnableHead < runnable.count else {
            runnable.removeAll(keepingCapacity: true)
            runnableHead = 0
            return nil
        }
        runnableHead += 1
        return runnable[runnableHead - 1]
    }

    /// Whether the session is to be resumed after others; if it is the next, it may just go on, and is taken out.
    mutating func yieldsToOthers(_ session: Int32) -> Bool {
        guard runnableHead < runnable.count else { return false }
        guard runnable[runnableHead] == session else { return runnable[runnableHead...].contains(session) }
        runnableHead += 1
        return false
    }
}
