/// Granting: who gets a lock that has become free.
extension LockManager {
    /// Grants what can be granted in a queue.
    mutating func grantWaiters(of queue: Int32) {
        guard queues[Int(queue)].waitCount > 0 else { return }
        if scheduling == .contentionAware, queues[Int(queue)].heavyCount > 0 {
            grantByWeight(queue)
            return
        }
        while true {
            let head = queues[Int(queue)].waitHead
            guard head >= 0 else { return }
            guard isCompatible(head) else { break }
            grant(head)
        }
        // Since 8.0.20 only granted locks stand in the way: a shared request passes a waiting exclusive one.
        let state = queues[Int(queue)]
        guard scheduling == .contentionAware, state.waitingShared > 0, state.exclusiveCount == 0 else { return }
        var next = state.waitHead
        while next >= 0 {
            let following = locks[Int(next)].next
            if isCompatible(next) { grant(next) }
            next = following
        }
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
        for candidate in candidates where isCompatible(candidate.lock) { grant(candidate.lock) }
        scratch = candidates
    }

    /// Whether no granted lock of another transaction stands in the way.
    private func isCompatible(_ lock: Int32) -> Bool {
        let entry = locks[Int(lock)]
        let queue = queues[Int(entry.queue)]
        switch entry.kind {
        case .insertIntention: return !gapIsForeign(entry.queue, entry.session)
        case .gap: return true
        case .shared where queue.exclusiveCount == 0: return true
        case .shared, .exclusive:
            var next = queue.grantedHead
            while next >= 0 {
                let granted = locks[Int(next)]
                if granted.session != entry.session, entry.kind == .exclusive || granted.kind == .exclusive {
                    return false
                }
                next = granted.next
            }
            return true
        }
    }

    private mutating func grant(_ lock: Int32) {
        let session = locks[Int(lock)].session
        if locks[Int(lock)].kind == .insertIntention {
            endWait(session)
        } else {
            unlinkWaiting(lock)
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
        guard locks[Int(waiting)].ticket + 2 * waiters < nextTicket else { return 1 }
        return min(1_000_000_000 / waiters, 1_000_000)
    }
}
