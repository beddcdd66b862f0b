import Topology

extension RedisReplay {
    func perform(_ fault: RecordedRedisStep.Fault) {
        switch fault {
        case .kill(let name): server(name)?.process.crash()
        case .start(let name): server(name)?.process.start()
        case .pause(let name): server(name)?.process.pause()
        case .resume(let name): server(name)?.process.resume()
        case .promote(let name): order(name, .replicaOf(nil))
        case .replicate(let name, let master): order(name, .replicaOf(RedisAddress(master)))
        case .cut(let left, let right):
            cuts.insert([left, right])
            breakReplication(between: left, and: right)
        case .heal(let left, let right): cuts.remove([left, right])
        }
        pass()
    }

    /// Gives a server an order that belongs to no connection of the recording.
    private func order(_ name: String, _ command: RedisCommand) {
        guard let server = server(name) else { return }
        let operatorProcess = world.universe.makeProcess("operator")
        let connection = world.network.establish(from: operatorProcess, to: server)
        server.spawn { server in
            _ = try await server.execute(command, over: connection)
            connection.close()
        }
    }

    /// Closes the connections between the two, as a firewall that sends resets does.
    private func breakReplication(between left: String, and right: String) {
        for server in servers {
            server.assumeIsolated { master in
                for (id, link) in master.replicaLinks.sorted(by: { $0.key < $1.key })
                where Set([master.process.name, link.replica.process.name]) == [left, right] {
                    link.connection.closeFromServer()
                    master.connectionClosed(Connection.ID(number: UInt64(id.number)))
                }
            }
        }
    }

    /// Lets time pass until a replica is online with its master and has all its writes; false: that never comes.
    func awaitCaughtUp(_ name: String) -> Bool {
        for _ in 0..<20 where !hasCaughtUp(name) { pass() }
        for _ in 0..<300 where !hasCaughtUp(name) { pass(.milliseconds(100)) }
        // Whether a replica is good enough for `min-replicas-to-write` is found out once a second.
        let master = server(name)?.masterName.flatMap { server($0) }
        if master?.assumeIsolated({ $0.server.configuration.minReplicasToWrite }) ?? 0 > 0 { pass(.seconds(1)) }
        return hasCaughtUp(name)
    }

    private func hasCaughtUp(_ name: String) -> Bool {
        guard let replica = server(name), replica.isUpToDate,
            let master = replica.masterName.flatMap({ server($0) })
        else { return false }
        return master.assumeIsolated { $0.server.acknowledgedOffset(of: replica.address) != nil }
    }
}
