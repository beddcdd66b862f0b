/// Finding a cycle of waits, and who has to give way.
extension LockManager {
    /// The victim of a cycle that the session's wait has closed, or nil if there is none.
    ///
    /// The lightest transaction of the cycle; among equals the one whose wait closed it, then the one that waits for that
    /// one (`lock_wait_choose_victim`).
    mutating func deadlockVictim(closedBy session: Int32) -> Int32? {
        // Nobody waits for it, so it closes nothing. This is the usual case: first lock of a transaction.
        guard owners[Int(session)].contended > 0, owners[Int(session)].waitingLock >= 0 else { return nil }
        guard let last = findCycle(session) else { return nil }
        var victim = session
        var least = weight(session)
        var member = last
        while member != session {
            let candidate = weight(member)
            if candidate < least {
                victim = member
                least = candidate
            }
            member = owners[Int(member)].visitedFrom
        }
        return victim
    }

    /// Follows the waits from `session`; `visitedFrom` then leads back along the cycle.
    ///
    /// - Returns: the member of the cycle that waits for `session`.
    private mutating func findCycle(_ session: Int32) -> Int32? {
        markStamp &+= 1
        let stamp = markStamp
        var pending = stack
        stack = []
        defer { stack = pending }
        pending.removeAll(keepingCapacity: true)
        pending.append(session)
        while let current = pending.popLast() {
            let waiting = owners[Int(current)].waitingLock
            guard waiting >= 0 else { continue }
            let entry = locks[Int(waiting)]
            var foundHolder = false
            var next = queues[Int(entry.queue)].grantedHead
            while next >= 0 {
                let holder = locks[Int(next)]
                next = holder.next
                guard holder.session != current, conflicts(entry.kind, with: holder.kind) else { continue }
                foundHolder = true
                if holder.session == session { return current }
                visit(holder.session, from: current, stamp: stamp, pending: &pending)
            }
            // Only requests that wait in front stand in the way; who holds the record with a weaker lock meets this.
            guard !foundHolder, entry.kind != .insertIntention else { continue }
            var ahead = entry.previous
            while ahead >= 0 {
                let other = locks[Int(ahead)]
                ahead = other.previous
                guard other.session != current, conflicts(entry.kind, with: other.kind) else { continue }
                if other.session == session { return current }
                visit(other.session, from: current, stamp: stamp, pending: &pending)
            }
        }
        return nil
    }

    private mutating func visit(_ session: Int32, from: Int32, stamp: UInt32, pending: inout [Int32]) {
        guard owners[Int(session)].mark != stamp else { return }
        owners[Int(session)].mark = stamp
        owners[Int(session)].visitedFrom = from
        pending.append(session)
    }

    private func conflicts(_ request: Kind, with other: Kind) -> Bool {
        switch request {
        case .shared: other == .exclusive
        case .exclusive: other == .shared || other == .exclusive
        case .gap: false
        case .insertIntention: other == .gap
        }
    }
}
