import Topology

/// InnoDB's record, gap and insert-intention locks, with their queues.
///
/// A transaction is named by the slot of its session. A record of an index has two queues: one for the record itself, one
/// for the gap before it (the supremum stands for the gap at the end). Lists run through the pools by index, so that
/// locking, granting and releasing allocate nothing.
/// Source: MySQL 8.0 `storage/innobase/lock/lock0lock.cc`, `lock0wait.cc`.
struct LockManager: Sendable {
    /// Who is next when a lock becomes free.
    enum Scheduling: Hashable, Sendable {
        /// Contention-aware: who blocks most others first, then who waits longest (MySQL ≥ 8.0.20).
        case contentionAware
        /// First come, first served.
        case firstComeFirstServed
    }

    enum Kind: UInt8, Sendable {
        case shared, exclusive, gap, insertIntention
    }

    /// A record of an index; `slot` is the row's place in its table, or `LockManager.supremum`.
    struct Resource: Sendable {
        var index: Int
        var slot: Int32
    }

    enum Grant: Sendable {
        /// Held now; `isNew` tells whether by this request.
        case granted(lock: Int32, isNew: Bool)
        case blocked(lock: Int32)
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
        /// Counts requests that had to wait, so that it orders waits by their beginning.
        var ticket: UInt64
    }

    struct Queue: Sendable {
        var resource: Resource
        var isGap: Bool
        var grantedHead: Int32 = -1
        var grantedCount: Int32 = 0
        var exclusiveCount: Int32 = 0
        var waitHead: Int32 = -1
        var waitTail: Int32 = -1
        var waitCount: Int32 = 0
        var waitingShared: Int32 = 0
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
        /// One bit for every lock struct: index and kind; tables.
        var structs: UInt64 = 0
        var waits: Int32 = 0
        var readCommitted = false
        var mark: UInt32 = 0
        var visitedFrom: Int32 = -1
    }

    static let supremum: Int32 = -1

    let scheduling: Scheduling
    var locks: [Lock] = []
    var queues: [Queue] = []
    var owners: [Owner] = []
    /// Sessions whose wait has ended, in order; the engine resumes them.
    var runnable: [Int32] = []
    var runnableHead = 0
    /// Session whose statement is being executed; its own grant needs no resuming.
    var running: Int32 = -1
    /// Granted gap locks of each index.
    var gapCount: [Int32]
    var heads: [[Int32]]
    var freeLock: Int32 = -1
    var freeQueue: Int32 = -1
    var nextTicket: UInt64 = 0
    var waiterHead: Int32 = -1
    var waiterTail: Int32 = -1
    var waitingSessions = 0
    var markStamp: UInt32 = 0
    /// Locks that exist, waiting ones included.
    var lockCount = 0
    var scratch: [(weight: UInt64, lock: Int32)] = []
    var stack: [Int32] = []

    init(indexCount: Int, scheduling: Scheduling) {
        self.scheduling = scheduling
        gapCount = Array(repeating: 0, count: indexCount)
        heads = Array(repeating: [], count: indexCount * 2)
    }

    /// When the longest waiting session's wait is over.
    var nextDeadline: Instant? { waiterHead >= 0 ? owners[Int(waiterHead)].deadline : nil }

    /// Makes room for a session.
    mutating func register(_ session: Int32) {
        while owners.count <= Int(session) { owners.append(Owner()) }
    }

    /// Starts the account of a transaction.
    mutating func beginTransaction(_ session: Int32, readCommitted: Bool) {
        owners[Int(session)].readCommitted = readCommitted
        owners[Int(session)].changedRows = 0
        owners[Int(session)].structs = 0
        owners[Int(session)].waits = 0
    }

    /// Notes the intention lock on a table, which only counts for the weight.
    mutating func touchTable(_ table: Int, session: Int32) {
        owners[Int(session)].structs |= 1 << UInt64(60 + table)
    }

    /// Takes a record lock, waits for it, or (with `mayWait` false) leaves it.
    mutating func acquire(
        _ kind: Kind, _ resource: Resource, session: Int32, mayWait: Bool = true, deadline: Instant
    ) -> Grant {
        let existing = queueIndex(resource, isGap: false)
        guard existing >= 0 else {
            let queue = makeQueue(resource, isGap: false)
            return .granted(lock: addGranted(kind, queue, session), isNew: true)
        }
        var others: Int32 = 0
        var next = queues[Int(existing)].grantedHead
        var othersExclusive = false
        var holdsShared = false
        while next >= 0 {
            let lock = locks[Int(next)]
            if lock.session == session {
                if lock.kind == .exclusive || kind == .shared { return .granted(lock: next, isNew: false) }
                holdsShared = true
            } else {
                others += 1
                if lock.kind == .exclusive { othersExclusive = true }
            }
            next = lock.next
        }
        let queue = queues[Int(existing)]
        // Waiting requests count as well: a newcomer must not overtake the queue. But who holds the record with a shared
        // lock passes the exclusive requests that wait for it (`Conflict::CAN_BYPASS`, MySQL ≥ 8.0.41).
        let bypasses = holdsShared && queue.waitingShared == 0 && scheduling == .contentionAware
        let conflicts =
            kind == .exclusive
            ? others > 0 || (queue.waitCount > 0 && !bypasses)
            : othersExclusive || queue.waitCount > queue.waitingShared
        if !conflicts { return .granted(lock: addGranted(kind, existing, session), isNew: true) }
        if !mayWait { return .refused }
        return .blocked(lock: enqueue(kind, existing, session, deadline: deadline))
    }

    /// Turns the implicit lock of an uncommitted insert into an explicit one, because somebody asks for the record.
    mutating func makeExplicit(_ resource: Resource, owner: Int32) {
        var queue = queueIndex(resource, isGap: false)
        if queue < 0 { queue = makeQueue(resource, isGap: false) }
        var next = queues[Int(queue)].grantedHead
        while next >= 0 {
            if locks[Int(next)].session == owner, locks[Int(next)].kind == .exclusive { return }
            next = locks[Int(next)].next
        }
        _ = addGranted(.exclusive, queue, owner)
    }

    /// Locks the gap before a record; gap locks never wait.
    mutating func lockGap(_ resource: Resource, session: Int32) {
        var queue = queueIndex(resource, isGap: true)
        if queue < 0 { queue = makeQueue(resource, isGap: true) }
        if holds(queue, session) { return }
        _ = addGranted(.gap, queue, session)
    }

    /// Waits if another transaction has locked the gap before `resource`.
    ///
    /// - Returns: whether the insert has to wait.
    mutating func intendInsert(before resource: Resource, session: Int32, deadline: Instant) -> Bool {
        let queue = queueIndex(resource, isGap: true)
        guard queue >= 0, gapIsForeign(queue, session) else { return false }
        _ = enqueue(.insertIntention, queue, session, deadline: deadline)
        return true
    }

    /// A record has been inserted into a gap: whoever has locked the gap has locked both halves of it.
    mutating func recordInserted(_ resource: Resource, before successor: Resource) {
        let queue = queueIndex(successor, isGap: true)
        guard queue >= 0 else { return }
        var next = queues[Int(queue)].grantedHead
        while next >= 0 {
            lockGap(resource, session: locks[Int(next)].session)
            next = locks[Int(next)].next
        }
    }

    /// A record is removed by a rollback: its locks become gap locks of its successor, and who waits for it tries again.
    ///
    /// Exclusive locks of READ COMMITTED transactions are not inherited (`lock_rec_inherit_to_gap`).
    mutating func recordRemoved(_ resource: Resource, successor: Resource) {
        for isGap in [false, true] {
            let queue = queueIndex(resource, isGap: isGap)
            guard queue >= 0 else { continue }
            while queues[Int(queue)].waitHead >= 0 {
                let lock = queues[Int(queue)].waitHead
                inherit(lock, to: successor)
                let session = locks[Int(lock)].session
                endWait(session)
                wake(session)
            }
            while queues[Int(queue)].grantedHead >= 0 {
                let lock = queues[Int(queue)].grantedHead
                inherit(lock, to: successor)
                dropGranted(lock)
            }
            dropIfEmpty(queue)
        }
    }

    private mutating func inherit(_ lock: Int32, to successor: Resource) {
        let lock = locks[Int(lock)]
        if lock.kind == .insertIntention { return }
        if lock.kind == .exclusive, owners[Int(lock.session)].readCommitted { return }
        lockGap(successor, session: lock.session)
    }

    /// Gives one granted lock back before the transaction ends.
    mutating func release(_ lock: Int32) {
        let queue = locks[Int(lock)].queue
        dropGranted(lock)
        grantWaiters(of: queue)
        dropIfEmpty(queue)
    }

    /// Ends a transaction's wait and gives back all its locks, the newest first.
    mutating func releaseAll(_ session: Int32) {
        cancelWait(session)
        while owners[Int(session)].firstLock >= 0 { release(owners[Int(session)].firstLock) }
    }

    /// Takes a session out of the queue in which it waits.
    mutating func cancelWait(_ session: Int32) {
        let lock = owners[Int(session)].waitingLock
        guard lock >= 0 else { return }
        let queue = locks[Int(lock)].queue
        endWait(session)
        grantWaiters(of: queue)
        dropIfEmpty(queue)
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

    /// Rows changed + lock structs; the lightest transaction of a cycle is the victim (`TRX_WEIGHT`).
    func weight(_ session: Int32) -> Int {
        let owner = owners[Int(session)]
        return Int(owner.changedRows) + owner.structs.nonzeroBitCount + Int(owner.waits)
    }
}
