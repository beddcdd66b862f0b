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

    private func deadlockVictim(behind session: Int32) -> Int32? {
        guard let meeting = findCycle(from: session) else { return nil }
        switch scheduling {
        case .firstComeFirstServed: return lightest(from: meeting, preferring: session)
        case .contentionAware: return lightestBackwards(from: session, in: meeting)
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

    /// MySQL 8: the lightest; among equals the one whose wait closed the cycle, then the one that waits for that one
    /// (`lock_wait_choose_victim`).
    private func lightestBackwards(from session: Int32, in meeting: Int32) -> Int32 {
        var members: [Int32] = []
        var member = meeting
        repeat {
            members.append(member)
            member = next(after: member)
        } while member != meeting
        let start = members.firstIndex(of: session) ?? 0
        var victim = members[start]
        for step in 1..<max(members.count, 1) {
            let candidate = members[(start + members.count - step) % members.count]
            if weight(candidate) < weight(victim) { victim = candidate }
        }
        return victim
    }
}
