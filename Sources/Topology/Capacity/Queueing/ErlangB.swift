/// Erlang's loss formula for M/G/c/c: who finds all servers busy is turned away (Erlang 1917).
package enum ErlangB {
    /// The probability of being turned away, under a load in erlangs (arrival rate × service time, any number ≥ 0).
    ///
    /// By the recurrence B(c) = a B(c−1) / (c + a B(c−1)), which only adds and divides positive numbers, so that
    /// thousands of servers lose no digits (Cooper, "Introduction to Queueing Theory", 2nd ed., exercise 3.1).
    /// - Returns: nil for a negative or infinite load, or a negative number of servers.
    package static func blocking(load: Double, servers: Int) -> Double? {
        guard load.isFinite, load >= 0, servers >= 0 else { return nil }
        var blocked = 1.0
        for count in 0..<servers { blocked = load * blocked / (Double(count + 1) + load * blocked) }
        return blocked
    }

    /// The fewest servers that turn away at most this share; nil for a share that isn't above zero, or a load that isn't
    /// a number of at least zero.
    package static func servers(load: Double, blockingAtMost share: Double) -> Int? {
        guard load.isFinite, load >= 0, share > 0 else { return nil }
        var (blocked, servers) = (1.0, 0)
        while blocked > share {
            servers += 1
            blocked = load * blocked / (Double(servers) + load * blocked)
        }
        return servers
    }
}
