/// Finding a cycle of waits, and who has to give way.
///
/// Each waiting transaction waits for one other: the first in the queue that stands in its way. So a cycle through a second
/// one is found only when the first has let go.
extension LockManager {
    /// The victim of a cycle that the session's wait has closed, or nil if there is none.
    mutating func deadlockVictim(closedBy session: Int32) -> Int32? {
        // Nobody waits for it, so it closes nothing. This is the usual case: first lock of a transaction.
        guard owners[Int(session)].contended > 0 else { return nil }
        return deadlockVictim(behind: session)
    }

    /// The next victim of a cycle that came about when somebody let go.
    ///
    /// MariaDB keeps the suspects in the order of their transaction objects in memory (`Deadlock::to_check`).
    mutating func nextDeadlockVictim() -> Int32? {
        if scheduling == .firstComeFirstServed, suspects.count > 1 {
            suspects.sort { owners[Int($0)].address > owners[Int($1)].address }
        }
        while let suspect = suspects.popLast() {
            if let victim = deadlockVictim(behind: suspect) { return victim }
        }
        return nil
    }

    /// The indexes, as a set of bits, on whose pages the transaction has lock structs, empty ones included.
    func pagesWithStructs(of session: Int32) -> Int {
        let structs = owners[Int(session)].structs
        var pages = 0
        for index in gapCount.indices where structs >> UInt64(index * 8) & 0xff != 0 { pages |= 1 << index }
        return pages
    }

    /// MariaDB: when a lock struct goes, all who wait on its page look anew whom they wait for; each such transaction
    /// that waits itself is a suspect (`lock_rec_dequeue_from_page`).
    mutating func noteSuspects(onPages pages: Int) {
        guard scheduling == .firstComeFirstServed, heavyWaiters > 0 else { return }
        var session = waiterHead
        while session >= 0 {
            let waiting = owners[Int(session)].waitingLock
            session = owners[Int(session)].nextWaiter
            guard pages >> queues[Int(locks[Int(waiting)].queue)].resource.index & 1 != 0 else { continue }
            let other = blocker(of: waiting)
            if other >= 0, owners[Int(other)].waitingLock >= 0, !suspects.contains(other) { suspects.append(other) }
        }
    }

    private func deadlockVictim(behind session: Int32) -> Int32? {
        guard let meeting = findCycle(from: session) else { return nil }
        switch scheduling {
        case .firstComeFirstServed: return lightest(from: meeting, preferring: session)
        case .contentionAware: return lightestBackwards(in: meeting)
        }
    }

    /// Brent's algorithm, as `Deadlock::find_cycle` has it: a member of the cycle that the waits lead into.
    private func findCycle(from session: Int32) -> Int32? {
        var tortoise = session
        var hare = session
        var power = 1
        var length = 1
        while true {
            let waiting = owners[Int(hare)].waitingLock
            guard waiting >= 0 else { return nil }
            hare = blocker(of: waiting)
            guard hare >= 0 else { return nil }
            if hare == tortoise { return hare }
            if length == power {
                power *= 2
                length = 0
                tortoise = hare
            }
            length += 1
        }
    }

    private func next(after session: Int32) -> Int32 { blocker(of: owners[Int(session)].waitingLock) }

    /// MariaDB: the lightest; among equals the one that closed the cycle, else the first after the meeting point
    /// (`Deadlock::report`).
    private func lightest(from meeting: Int32, preferring session: Int32) -> Int32 {
        var victim = meeting
        var least = Int.max
        var isMember = false
        var member = meeting
        repeat {
            member = next(after: member)
            let candidate = weight(member)
            if candidate < least {
                victim = member
                least = candidate
            }
            if member == session { isMember = true }
        } while member != meeting
        return isMember && weight(session) == least ? session : victim
    }

    /// MySQL 8: the lightest; among equals the one whose wait is the youngest, then the one that waits for that one
    /// (`lock_wait_order_for_choosing_victim`).
    private func lightestBackwards(in meeting: Int32) -> Int32 {
        var members: [Int32] = []
        var member = meeting
        repeat {
            members.append(member)
            member = next(after: member)
        } while member != meeting
        var start = 0
        for place in members.indices
        where owners[Int(members[place])].waitNumber > owners[Int(members[start])].waitNumber { start = place }
        var victim = members[start]
        for step in 1..<max(members.count, 1) {
            let candidate = members[(start + members.count - step) % members.count]
            if weight(candidate) < weight(victim) { victim = candidate }
        }
        return victim
    }

    /// Rows changed + lock structs; the lightest transaction of a cycle is the victim (`TRX_WEIGHT`).
    func weight(_ session: Int32) -> Int {
        let owner = owners[Int(session)]
        return Int(owner.changedRows) + owner.structs.nonzeroBitCount + Int(owner.moreStructs)
    }
}
