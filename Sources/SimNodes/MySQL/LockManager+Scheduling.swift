/// Granting: who gets a lock that has become free.
extension LockManager {
    /// Grants what can be granted in a queue.
    mutating func grantWaiters(of queue: Int32) {
        guard queues[Int(queue)].waitCount > 0 else { return }
        if scheduling == .contentionAware, queues[Int(queue)].heavyCount > 0 {
            grantByWeight(queue)
            return
        }
        var next = queues[Int(queue)].waitHead
        while next >= 0 {
            let following = locks[Int(next)].next
            if isGrantable(next) {
                grant(next)
            } else if queues[Int(queue)].waitingExclusive == queues[Int(queue)].waitCount {
                break
            }
            next = following
        }
        noteSuspects(queue)
    }

    /// Who was let down by whom it waited for, and now waits for one that waits itself, may have closed a cycle.
    private mutating func noteSuspects(_ queue: Int32) {
        guard queues[Int(queue)].waitCount > 0, queues[Int(queue)].heavyCount > 0 else { return }
        var next = queues[Int(queue)].waitHead
        while next >= 0 {
            let other = blocker(of: next)
            if other >= 0, owners[Int(other)].waitingLock >= 0, !suspects.contains(other) { suspects.append(other) }
            next = locks[Int(next)].next
        }
    }

    /// The transaction that a waiting request waits for: the first in the queue that stands in its way; -1: nobody does.
    func blocker(of waiting: Int32) -> Int32 {
        let request = locks[Int(waiting)]
        let queue = queues[Int(request.queue)]
        var (found, first) = holder(inTheWayOf: request)
        if found >= 0, scheduling == .contentionAware { return found }
        var next = queue.waitHead
        while next >= 0, next != waiting, locks[Int(next)].ticket < first {
            if request.kind.conflicts(with: locks[Int(next)].kind) {
                found = locks[Int(next)].session
                first = locks[Int(next)].ticket
            }
            next = locks[Int(next)].next
        }
        return found
    }

    /// Since MySQL 8.0.20 requests that wait further ahead don't count once somebody lets go.
    private func isGrantable(_ waiting: Int32) -> Bool {
        scheduling == .contentionAware
            ? holder(inTheWayOf: locks[Int(waiting)]).session < 0 : blocker(of: waiting) < 0
    }

    private func holder(inTheWayOf request: Lock) -> (session: Int32, ticket: UInt64) {
        var found: Int32 = -1
        // First come, first served: what stands behind it in the queue is not in its way.
        var first = scheduling == .contentionAware ? UInt64.max : request.ticket
        var next = queues[Int(request.queue)].grantedHead
        while next >= 0 {
            let lock = locks[Int(next)]
            if lock.ticket < first, lock.session != request.session, request.kind.conflicts(with: lock.kind) {
                found = lock.session
                first = lock.ticket
            }
            next = lock.next
        }
        return (found, first)
    }

    /// Sorts the waiters by the number of transactions that they block, stable in the order of their waits.
    private mutating func grantByWeight(_ queue: Int32) {
        var candidates = scratch
        scratch = []
        candidates.removeAll(keepingCapacity: true)
        var next = queues[Int(queue)].waitHead
        while next >= 0 {
            candidates.append((weight: scheduleWeight(of: next), lock: next))
            next = locks[Int(next)].next
        }
        candidates.sort { left, right in
            left.weight != right.weight
                ? left.weight > right.weight : locks[Int(left.lock)].ticket < locks[Int(right.lock)].ticket
        }
        for candidate in candidates where isGrantable(candidate.lock) { grant(candidate.lock) }
        scratch = candidates
        noteSuspects(queue)
    }

    private mutating func grant(_ lock: Int32) {
        let session = locks[Int(lock)].session
        if locks[Int(lock)].kind.isInsertIntention {
            endWait(session)
        } else {
            unlinkWaiting(lock)
            noteGranted(lock)
            locks[Int(lock)].isWaiting = false
            own(lock)
            linkGranted(lock)
        }
        wake(session)
    }

    /// The waiter's own weight and that of all who wait for it, directly or not.
    ///
    /// Who was overtaken by twice as many waits as there are waiters is lifted above the rest, against starvation
    /// (`lock_wait_compute_initial_weights`).
    private mutating func scheduleWeight(of lock: Int32) -> UInt64 {
        markStamp &+= 1
        stack.removeAll(keepingCapacity: true)
        let root = locks[Int(lock)].session
        owners[Int(root)].mark = markStamp
        stack.append(root)
        var weight: UInt64 = 0
        while let session = stack.popLast() {
            weight += initialWeight(of: session)
            if owners[Int(session)].contended == 0 { continue }
            var held = owners[Int(session)].firstLock
            while held >= 0 {
                let entry = locks[Int(held)]
                held = entry.nextOwned
                // A waiter points at one blocking transaction only: the first holder.
                guard !entry.isWaiting, queues[Int(entry.queue)].grantedHead >= 0,
                    locks[Int(queues[Int(entry.queue)].grantedHead)].session == session
                else { continue }
                var waiter = queues[Int(entry.queue)].waitHead
                while waiter >= 0 {
                    let blocked = Int(locks[Int(waiter)].session)
                    if owners[blocked].mark != markStamp {
                        owners[blocked].mark = markStamp
                        stack.append(Int32(blocked))
                    }
                    waiter = locks[Int(waiter)].next
                }
            }
        }
        return max(weight, 1)
    }

    private func initialWeight(of session: Int32) -> UInt64 {
        let waiting = owners[Int(session)].waitingLock
        guard waiting >= 0 else { return 1 }
        let waiters = UInt64(max(waitingSessions, 1))
        guard owners[Int(session)].waitNumber + 2 * waiters < nextWaitNumber else { return 1 }
        return min(1_000_000_000 / waiters, 1_000_000)
    }
}
