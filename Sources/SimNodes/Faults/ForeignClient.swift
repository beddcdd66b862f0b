import Topology

/// Somebody who is not part of the system and connects to its servers: a report, a migration, a forgotten script.
package actor ForeignClient: Node {
    package nonisolated let process: NodeProcess
    private let world: World

    /// What a visit has come to.
    final class Visit: @unchecked Sendable {
        var opened = 0
        var refused = 0
        /// Whether others waited for the rows that it had locked.
        var hasBlocked = false
        /// Others whom the server turned away meanwhile.
        var turnedAway = 0
    }

    package init(process: NodeProcess, world: World) {
        self.process = process
        self.world = world
    }

    /// Takes connections, and row locks over the first one, for as long as the fault says.
    func visit(_ server: MySQLNode, _ fault: ForeignClientFault, _ visit: Visit) {
        let end = now + fault.for
        let before = server.rejectedConnections
        for number in 0..<fault.connections {
            let rows = number == 0 ? fault.rows : []
            spawn { try await $0.stay(at: server, until: end, rows: rows, visit) }
        }
        spawn(after: fault.for) { _ in visit.turnedAway = server.rejectedConnections - before - visit.refused }
    }

    func visit(_ server: RedisNode, _ fault: ForeignClientFault, _ visit: Visit) {
        let end = now + fault.for
        let before = server.rejectedConnections
        for _ in 0..<fault.connections { spawn { try await $0.stay(at: server, until: end, visit) } }
        spawn(after: fault.for) { _ in visit.turnedAway = server.rejectedConnections - before - visit.refused }
    }

    private func stay(at server: MySQLNode, until end: Instant, rows: [Int], _ visit: Visit) async throws {
        do {
            let connection = try await world.network.connect(from: process, to: server, timeout: end - now)
            defer { connection.close() }
            let refusal = try await world.network.call(from: process, to: server, over: connection) {
                try await $0.open(connection.id)
            }
            guard refusal == nil else {
                visit.refused += 1
                return
            }
            visit.opened += 1
            if !rows.isEmpty {
                try await run(.begin(), at: server, over: connection)
                try await run(.selectProductsForUpdate(rows.map { Int64($0) }), at: server, over: connection)
            }
            try await process.sleep(until: end)
            guard !rows.isEmpty else { return }
            let blocked = try await world.network.call(from: process, to: server, over: connection) {
                $0.isBlockingOthers(connection.id)
            }
            visit.hasBlocked = visit.hasBlocked || blocked
        } catch is NetworkError {
            // The server died, or threw everybody out: the visit is over.
        }
    }

    private func run(_ statement: Statement, at server: MySQLNode, over connection: Connection) async throws {
        _ = try await world.network.call(from: process, to: server, over: connection) {
            try await $0.execute(statement, over: connection.id)
        }
    }

    private func stay(at server: RedisNode, until end: Instant, _ visit: Visit) async throws {
        do {
            let connection = try await world.network.connect(from: process, to: server, timeout: end - now)
            defer { connection.close() }
            let reply = try await world.network.call(from: process, to: server, over: connection) {
                try await $0.execute(.ping(), over: connection)
            }
            guard reply != .error(.maxClients) else {
                visit.refused += 1
                return
            }
            visit.opened += 1
            try await process.sleep(until: end)
        } catch is NetworkError {
            // The server died: the visit is over.
        }
    }
}

extension Director {
    func connectForeignClient(_ fault: ForeignClientFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.foreignClient, at: place), let client = targets.foreignClient else { return }
        let visit = ForeignClient.Visit()
        ledger.apply(entry, node: target.name, "somebody else opens \(fault.connections) connections") {
            visit.turnedAway > 0 || visit.hasBlocked
        }
        client.assumeIsolated { client in
            if let server = targets.mysql(target) { client.visit(server, fault, visit) }
            if let server = targets.redis(target) { client.visit(server, fault, visit) }
        }
        spawn(after: fault.for) { director in
            let text = "the other client leaves (\(visit.opened) connections, \(visit.refused) refused)"
            director.end(entry, node: target.name, text)
        }
    }
}
