import Topology

/// The lists behind the lock manager's operations.
extension LockManager {
    func queueIndex(_ resource: Resource) -> Int32 {
        let place = Int(resource.slot) + 1
        return place < heads[resource.index].count ? heads[resource.index][place] : -1
    }

    mutating func makeQueue(_ resource: Resource) -> Int32 {
        let queue = Queue(resource: resource)
        let index: Int32
        if freeQueue >= 0 {
            index = freeQueue
            freeQueue = queues[Int(index)].grantedHead
            queues[Int(index)] = queue
        } else {
            index = Int32(queues.count)
            queues.append(queue)
        }
        let list = resource.index
        let place = Int(resource.slot) + 1
        if place >= heads[list].count {
            heads[list].append(contentsOf: repeatElement(-1, count: place + 1 - heads[list].count))
        }
        heads[list][place] = index
        return index
    }

    mutating func dropIfEmpty(_ index: Int32) {
        let queue = queues[Int(index)]
        guard queue.grantedCount == 0, queue.waitCount == 0 else { return }
        let list = queue.resource.index
        let place = Int(queue.resource.slot) + 1
        guard heads[list][place] == index else { return }
        heads[list][place] = -1
        queues[Int(index)].grantedHead = freeQueue
        freeQueue = index
    }

    /// Every lock of a queue in its order, those included that wait; `body` may add locks to other queues.
    mutating func forEachLock(of queue: Int32, _ body: (inout LockManager, Lock) -> Void) {
        var found: [Lock] = []
        for head in [queues[Int(queue)].grantedHead, queues[Int(queue)].waitHead] {
            var next = head
            while next >= 0 {
                found.append(locks[Int(next)])
                next = locks[Int(next)].next
            }
        }
        found.sort { $0.ticket < $1.ticket }
        for lock in found { body(&self, lock) }
    }

    // MARK: Lock structs

    private func structBit(_ kind: Kind, _ resource: Resource) -> Int {
        resource.index * 8 + (resource.slot == Self.supremum ? kind.supremumCode : kind.code)
    }

    mutating func drawTicket() -> UInt64 {
        nextTicket += Self.ticketStep
        return nextTicket
    }

    /// A lock that has waited is granted, or its record is gone: its struct can take further records from now on.
    mutating func noteGranted(_ lock: Int32) {
        let entry = locks[Int(lock)]
        guard !entry.kind.isInsertIntention else { return }
        let bit = structBit(entry.kind, queues[Int(entry.queue)].resource)
        let place = Int(entry.session) * Self.structsPerSession + bit
        if owners[Int(entry.session)].structs & 1 << UInt64(bit) == 0 {
            owners[Int(entry.session)].structs |= 1 << UInt64(bit)
            owners[Int(entry.session)].moreStructs -= 1
            structTickets[place] = entry.ticket
        } else if entry.ticket < structTickets[place] {
            structTickets[place] = entry.ticket
        }
    }

    // MARK: Granted locks

    /// The session's own lock on the queue's record that makes `kind` unnecessary; -1: none.
    func ownLock(thatSufficesFor kind: Kind, _ queue: Int32, _ session: Int32) -> Int32 {
        var next = queues[Int(queue)].grantedHead
        while next >= 0, locks[Int(next)].session != session || !locks[Int(next)].kind.suffices(for: kind) {
            next = locks[Int(next)].next
        }
        return next
    }

    /// - Parameter before: the waiting lock in front of which it gets its place; -1: at the end.
    mutating func addGranted(_ kind: Kind, _ queue: Int32, _ session: Int32, before: Int32 = -1) -> Int32 {
        let bit = structBit(kind, queues[Int(queue)].resource)
        let place = Int(session) * Self.structsPerSession + bit
        let isFirst = owners[Int(session)].structs & 1 << UInt64(bit) == 0
        let ticket: UInt64
        // A struct takes another record only while nobody waits for that.
        if !isFirst, queues[Int(queue)].waitCount == 0 {
            ticket = structTickets[place]
        } else {
            ticket = before >= 0 ? locks[Int(before)].ticket - 1 : drawTicket()
            if isFirst {
                owners[Int(session)].structs |= 1 << UInt64(bit)
                structTickets[place] = ticket
            } else {
                owners[Int(session)].moreStructs += 1
            }
        }
        let lock = makeLock(Lock(session: session, queue: queue, kind: kind, isWaiting: false, ticket: ticket))
        if kind.coversGap { gapCount[queues[Int(queue)].resource.index] += 1 }
        linkGranted(lock)
        return lock
    }

    mutating func linkGranted(_ lock: Int32) {
        let queue = Int(locks[Int(lock)].queue)
        let head = queues[queue].grantedHead
        locks[Int(lock)].next = head
        locks[Int(lock)].previous = -1
        if head >= 0 { locks[Int(head)].previous = lock }
        queues[queue].grantedHead = lock
        queues[queue].grantedCount += 1
        if queues[queue].waitCount > 0 { changeContended(locks[Int(lock)].session, by: 1) }
    }

    mutating func dropGranted(_ lock: Int32) {
        let entry = locks[Int(lock)]
        let queue = Int(entry.queue)
        if entry.previous >= 0 {
            locks[Int(entry.previous)].next = entry.next
        } else {
            queues[queue].grantedHead = entry.next
        }
        if entry.next >= 0 { locks[Int(entry.next)].previous = entry.previous }
        queues[queue].grantedCount -= 1
        if entry.kind.coversGap { gapCount[queues[queue].resource.index] -= 1 }
        if queues[queue].waitCount > 0 { changeContended(entry.session, by: -1) }
        freeLock(lock)
    }

    // MARK: Waiting locks

    mutating func enqueue(_ kind: Kind, _ queue: Int32, _ session: Int32, deadline: Instant) -> Int32 {
        let lock = makeLock(Lock(session: session, queue: queue, kind: kind, isWaiting: true, ticket: drawTicket()))
        if kind.coversGap { gapCount[queues[Int(queue)].resource.index] += 1 }
        let tail = queues[Int(queue)].waitTail
        locks[Int(lock)].previous = tail
        if tail >= 0 { locks[Int(tail)].next = lock } else { queues[Int(queue)].waitHead = lock }
        queues[Int(queue)].waitTail = lock
        queues[Int(queue)].waitCount += 1
        if kind.isExclusive, kind.coversRecord { queues[Int(queue)].waitingExclusive += 1 }
        if queues[Int(queue)].waitCount == 1 { changeContendedOfHolders(of: queue, by: 1) }
        let owner = Int(session)
        if owners[owner].contended > 0 { changeHeavy(queue, by: 1) }
        owners[owner].waitingLock = lock
        owners[owner].moreStructs += 1
        nextWaitNumber += 1
        owners[owner].waitNumber = nextWaitNumber
        owners[owner].deadline = deadline
        owners[owner].previousWaiter = waiterTail
        owners[owner].nextWaiter = -1
        if waiterTail >= 0 { owners[Int(waiterTail)].nextWaiter = session } else { waiterHead = session }
        waiterTail = session
        waitingSessions += 1
        return lock
    }

    /// Takes the session's waiting lock out of its queue and frees it.
    mutating func endWait(_ session: Int32) {
        let lock = owners[Int(session)].waitingLock
        unlinkWaiting(lock)
        let entry = locks[Int(lock)]
        if entry.kind.coversGap { gapCount[queues[Int(entry.queue)].resource.index] -= 1 }
        freeLock(lock)
    }

    mutating func unlinkWaiting(_ lock: Int32) {
        let entry = locks[Int(lock)]
        let queue = Int(entry.queue)
        if entry.previous >= 0 {
            locks[Int(entry.previous)].next = entry.next
        } else {
            queues[queue].waitHead = entry.next
        }
        if entry.next >= 0 {
            locks[Int(entry.next)].previous = entry.previous
        } else {
            queues[queue].waitTail = entry.previous
        }
        queues[queue].waitCount -= 1
        if entry.kind.isExclusive, entry.kind.coversRecord { queues[queue].waitingExclusive -= 1 }
        let owner = owners[Int(entry.session)]
        if owner.contended > 0 { changeHeavy(entry.queue, by: -1) }
        owners[Int(entry.session)].waitingLock = -1
        if owner.previousWaiter >= 0 {
            owners[Int(owner.previousWaiter)].nextWaiter = owner.nextWaiter
        } else {
            waiterHead = owner.nextWaiter
        }
        if owner.nextWaiter >= 0 {
            owners[Int(owner.nextWaiter)].previousWaiter = owner.previousWaiter
        } else {
            waiterTail = owner.previousWaiter
        }
        waitingSessions -= 1
        if queues[queue].waitCount == 0 { changeContendedOfHolders(of: entry.queue, by: -1) }
    }

    mutating func wake(_ session: Int32) {
        if session != running { runnable.append(session) }
    }

    // MARK: Who blocks others

    private mutating func changeContendedOfHolders(of queue: Int32, by delta: Int32) {
        var next = queues[Int(queue)].grantedHead
        while next >= 0 {
            changeContended(locks[Int(next)].session, by: delta)
            next = locks[Int(next)].next
        }
    }

    private mutating func changeContended(_ session: Int32, by delta: Int32) {
        let before = owners[Int(session)].contended
        owners[Int(session)].contended = before + delta
        let waiting = owners[Int(session)].waitingLock
        guard waiting >= 0 else { return }
        if before == 0 {
            changeHeavy(locks[Int(waiting)].queue, by: 1)
        } else if before + delta == 0 {
            changeHeavy(locks[Int(waiting)].queue, by: -1)
        }
    }

    private mutating func changeHeavy(_ queue: Int32, by delta: Int32) {
        queues[Int(queue)].heavyCount += delta
        heavyWaiters += Int(delta)
    }

    // MARK: The pool

    private mutating func makeLock(_ lock: Lock) -> Int32 {
        lockCount += 1
        var lock = lock
        let session = Int(lock.session)
        let head = owners[session].firstLock
        // A waiting lock is not on its owner's list before it is granted.
        if !lock.isWaiting { lock.nextOwned = head }
        let index: Int32
        if freeLock >= 0 {
            index = freeLock
            freeLock = locks[Int(index)].next
            locks[Int(index)] = lock
        } else {
            index = Int32(locks.count)
            locks.append(lock)
        }
        if !lock.isWaiting {
            if head >= 0 { locks[Int(head)].previousOwned = index }
            owners[session].firstLock = index
        }
        return index
    }

    /// Puts a granted lock, which waited until now, on its owner's list.
    mutating func own(_ lock: Int32) {
        let session = Int(locks[Int(lock)].session)
        let head = owners[session].firstLock
        locks[Int(lock)].nextOwned = head
        if head >= 0 { locks[Int(head)].previousOwned = lock }
        owners[session].firstLock = lock
    }

    private mutating func freeLock(_ lock: Int32) {
        let entry = locks[Int(lock)]
        if !entry.isWaiting {
            if entry.previousOwned >= 0 {
                locks[Int(entry.previousOwned)].nextOwned = entry.nextOwned
            } else {
                owners[Int(entry.session)].firstLock = entry.nextOwned
            }
            if entry.nextOwned >= 0 { locks[Int(entry.nextOwned)].previousOwned = entry.previousOwned }
        }
        lockCount -= 1
        locks[Int(lock)].next = freeLock
        freeLock = lock
    }
}
