import Topology

/// The lists behind the lock manager's operations.
extension LockManager {
    func queueIndex(_ resource: Resource, isGap: Bool) -> Int32 {
        let list = resource.index * 2 + (isGap ? 1 : 0)
        let place = Int(resource.slot) + 1
        return place < heads[list].count ? heads[list][place] : -1
    }

    mutating func makeQueue(_ resource: Resource, isGap: Bool) -> Int32 {
        let queue = Queue(resource: resource, isGap: isGap)
        let index: Int32
        if freeQueue >= 0 {
            index = freeQueue
            freeQueue = queues[Int(index)].grantedHead
            queues[Int(index)] = queue
        } else {
            index = Int32(queues.count)
            queues.append(queue)
        }
        let list = resource.index * 2 + (isGap ? 1 : 0)
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
        let list = queue.resource.index * 2 + (queue.isGap ? 1 : 0)
        let place = Int(queue.resource.slot) + 1
        guard heads[list][place] == index else { return }
        heads[list][place] = -1
        queues[Int(index)].grantedHead = freeQueue
        freeQueue = index
    }

    func holds(_ queue: Int32, _ session: Int32) -> Bool {
        var next = queues[Int(queue)].grantedHead
        while next >= 0 {
            if locks[Int(next)].session == session { return true }
            next = locks[Int(next)].next
        }
        return false
    }

    /// A session has at most one gap lock on a gap, so two locks mean a foreign one.
    func gapIsForeign(_ queue: Int32, _ session: Int32) -> Bool {
        let queue = queues[Int(queue)]
        if queue.grantedCount != 1 { return queue.grantedCount > 1 }
        return locks[Int(queue.grantedHead)].session != session
    }

    // MARK: Granted locks

    mutating func addGranted(_ kind: Kind, _ queue: Int32, _ session: Int32) -> Int32 {
        let lock = makeLock(Lock(session: session, queue: queue, kind: kind, isWaiting: false, ticket: nextTicket))
        let bit = queues[Int(queue)].resource.index * 4 + Int(kind.rawValue)
        owners[Int(session)].structs |= 1 << UInt64(bit)
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
        switch locks[Int(lock)].kind {
        case .exclusive: queues[queue].exclusiveCount += 1
        case .gap: gapCount[queues[queue].resource.index] += 1
        case .shared, .insertIntention: break
        }
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
        switch entry.kind {
        case .exclusive: queues[queue].exclusiveCount -= 1
        case .gap: gapCount[queues[queue].resource.index] -= 1
        case .shared, .insertIntention: break
        }
        if queues[queue].waitCount > 0 { changeContended(entry.session, by: -1) }
        freeLock(lock)
    }

    // MARK: Waiting locks

    mutating func enqueue(_ kind: Kind, _ queue: Int32, _ session: Int32, deadline: Instant) -> Int32 {
        nextTicket += 1
        let lock = makeLock(Lock(session: session, queue: queue, kind: kind, isWaiting: true, ticket: nextTicket))
        let tail = queues[Int(queue)].waitTail
        locks[Int(lock)].previous = tail
        if tail >= 0 { locks[Int(tail)].next = lock } else { queues[Int(queue)].waitHead = lock }
        queues[Int(queue)].waitTail = lock
        queues[Int(queue)].waitCount += 1
        if kind == .shared { queues[Int(queue)].waitingShared += 1 }
        if queues[Int(queue)].waitCount == 1 { changeContendedOfHolders(of: queue, by: 1) }
        let owner = Int(session)
        if owners[owner].contended > 0 { queues[Int(queue)].heavyCount += 1 }
        owners[owner].waitingLock = lock
        owners[owner].waits += 1
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
        if entry.kind == .shared { queues[queue].waitingShared -= 1 }
        let owner = owners[Int(entry.session)]
        if owner.contended > 0 { queues[queue].heavyCount -= 1 }
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
            queues[Int(locks[Int(waiting)].queue)].heavyCount += 1
        } else if before + delta == 0 {
            queues[Int(locks[Int(waiting)].queue)].heavyCount -= 1
        }
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
