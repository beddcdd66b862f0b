import Topology

/// Sessions whose clients say nothing more.
///
/// A machine that died leaves only silence: its transaction and its row locks stay until `wait_timeout` ends the session.
/// Linux's keepalive probes (`tcp_keepalive_time`) would find it after more than two hours; they are left out.
extension MySQLNode {
    /// One timer is enough: who was silent first has been so for the longest.
    func armSilenceTimer(after span: TimeSpan) {
        guard !isSilenceTimerArmed else { return }
        isSilenceTimerArmed = true
        spawn(after: span) { node in
            node.isSilenceTimerArmed = false
            node.endSilentSessions()
        }
    }

    /// The server closes the connection (ER_CLIENT_INTERACTION_TIMEOUT); the client finds out when it next uses it.
    private func endSilentSessions() {
        let limit = settings.waitTimeout
        var first: Instant?
        // In the order of their connecting.
        for (connection, client) in clients.sorted(by: { $0.key < $1.key }) where !client.isBusy {
            guard now < client.silentSince + limit else {
                world.sometimes(.sessionTimedOut)
                if server.engine.hasChanges(client.session) {
                    note(.reaction, "rolls back a transaction whose client was silent for \(limit) (wait_timeout)")
                }
                clients[connection] = nil
                client.hasVanished = true
                endSession(of: client)
                continue
            }
            first = min(first ?? client.silentSince, client.silentSince)
        }
        if let first { armSilenceTimer(after: first + limit - now) }
    }
}
