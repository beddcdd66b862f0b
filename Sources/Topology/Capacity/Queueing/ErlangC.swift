/// Erlang's waiting formula for M/M/c (Erlang 1917): who finds all servers busy waits.
package enum ErlangC {
    /// The probability of having to wait, under a load in erlangs.
    ///
    /// From Erlang B: C = B / (1 − ρ (1 − B)) (Cooper, "Introduction to Queueing Theory", 2nd ed., eq. 3.4.9).
    /// - Throws: `unstable` when the load is not below the number of servers.
    package static func waitProbability(load: Double, servers: Int) throws(QueueingError) -> Double {
        try QueueingError.check(servers, "the number of servers")
        try QueueingError.check(load, "the load")
        let utilisation = load / Double(servers)
        guard utilisation < 1, let blocked = ErlangB.blocking(load: load, servers: servers) else {
            throw .unstable(utilisation: utilisation)
        }
        return blocked / (1 - utilisation * (1 - blocked))
    }

    /// The fewest servers with which at most this share waits longer than `time`; nil where no number can do it.
    package static func servers(
        arrivalRate: Double, serviceTime: Double, waitingAtMost share: Double, longerThan time: Double
    ) -> Int? {
        let load = arrivalRate * serviceTime
        guard load.isFinite, load >= 0, load < 1e9, serviceTime > 0, share > 0, time >= 0 else { return nil }
        var servers = max(1, Int(load) + 1)
        while true {
            guard let queue = try? MMcQueue(arrivalRate: arrivalRate, serviceTime: serviceTime, servers: servers) else {
                return nil
            }
            if queue.waitTail(time) <= share { return servers }
            servers += 1
        }
    }
}
