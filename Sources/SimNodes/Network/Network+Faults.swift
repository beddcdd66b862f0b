import Topology

extension Network {
    /// Cuts the direction from one process to another; cuts add up, each is healed by one `heal`.
    public func cut(from source: NodeProcess, to target: NodeProcess) { link(from: source, to: target).cuts += 1 }

    /// Takes one cut back; with the last one, what was held goes out. Without a cut nothing happens.
    public func heal(from source: NodeProcess, to target: NodeProcess) {
        let link = link(from: source, to: target)
        guard link.isCut else { return }
        link.cuts -= 1
        if link.cuts == 0 { link.release(now: universe.now, retransmission: retransmission) }
    }

    /// How many messages of one direction a fault has delayed, lost or held so far.
    public func affectedMessages(from source: NodeProcess, to target: NodeProcess) -> Int {
        link(from: source, to: target).affected
    }

    /// Breaks connections between two processes, as a middlebox that forgets them does: both ends get a reset, and so
    /// does whoever waits for an answer over one. Whatever a server has begun goes on.
    ///
    /// - Parameter isMeant: asked for each connection, in the order of their opening, then for each call that has one
    ///   of its own.
    /// - Returns: how many were broken.
    func resetConnections(between a: NodeProcess, and b: NodeProcess, where isMeant: () -> Bool) -> Int {
        let connections = ends[place(of: a)].connections.values.filter { connection in
            connection.client === b || connection.server === b
        }
        var count = 0
        for connection in connections.sorted(by: { $0.id < $1.id }) where connection.isOpen && isMeant() {
            connection.breakInTransit()
            count += 1
        }
        for (client, server) in [(a, b), (b, a)] {
            let calls = takeCalls(at: server) { $0.connection == nil && $0.client === client && isMeant() }
            for call in calls { universe.wake(call.waiter, reason: .reset) }
            count += calls.count
        }
        return count
    }
}
