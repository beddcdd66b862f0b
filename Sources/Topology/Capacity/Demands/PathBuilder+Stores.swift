/// Commands to Redis, and connections and statements to MySQL.
extension PathBuilder {
    // MARK: - Redis

    /// There and back, and between them the command on Redis's one thread.
    ///
    /// - Parameter effect: what the request holds from the moment on at which Redis has run it.
    mutating func redis(
        _ command: String, _ source: String, isRead: Bool = false, isScript: Bool = false,
        effect: (inout PathBuilder) -> Void = { _ in }
    ) {
        guard let redis = topology.redis, let reader = routing.redisReader else { return }
        let node = isRead ? reader : redis.master
        let law = isScript ? redis.scriptServiceTime ?? redis.serviceTime : redis.serviceTime
        let time = isScript && redis.scriptServiceTime != nil ? "redis.scriptServiceTime" : "redis.serviceTime"
        hop(node, "application → \(node)")
        work(node == redis.master ? .redisCommand : .redisReplicaCommand, law, command, "\(source); \(time)")
        effect(&self)
        hop(node, "\(node) → application")
    }

    /// WAIT: answered when so many replicas have what was written; they are asked at once.
    mutating func waitForRedisReplicas(_ count: Int, _ source: String) {
        guard let redis = topology.redis, count > 0, count <= redis.replicas.count else { return }
        let distances = redis.replicas.map { distance(redis.master, $0) }.sorted()
        let (redisNode, law) = (redis.master, redis.serviceTime)
        hop(redisNode, "application → \(redisNode)")
        work(.redisCommand, law, "WAIT \(count)", "\(source); redis.serviceTime")
        pause(
            2 * distances[count - 1] + law.mean, "replicas acknowledge",
            "network: there and back between the Redis nodes; redis.serviceTime")
        hop(redisNode, "\(redisNode) → application")
    }

    // MARK: - MySQL

    /// Borrows a connection, does something with it, and gives it back.
    mutating func database(_ role: ViewSource, _ body: (inout PathBuilder, DatabaseEnd) -> Void) {
        guard let mysql = topology.mysql else { return }
        let usesReplica = role == .replica && !routing.replicas.isEmpty
        let end = usesReplica ? DatabaseEnd.replica : .primary(mysql.primary)
        let connection: Holding = usesReplica ? .replicaConnection : .primaryConnection
        hold(connection)
        let pool = usesReplica ? "replicaPool" : "primaryPool"
        let span = distance(to: end)
        let source =
            "application.\(pool).aliveBypassWindow: a connection that was idle for longer is asked for a sign of life"
        pause(2 * span, "ping", source, onlyWhenIdle: true)
        body(&self, end)
        letGo(connection)
    }

    /// The server at the other end of a connection.
    enum DatabaseEnd {
        case primary(String)
        case replica
    }

    private func distance(to end: DatabaseEnd) -> Double {
        switch end {
        case .primary(let name): distance(to: name)
        case .replica:
            // Each application server reads from its own.
            zip(topology.application.servers, 0...).reduce(0) { sum, server in
                let share = routing.servers.first { $0.name == server.0 }?.share ?? 0
                let names = topology.mysql?.replicas ?? []
                return sum + share * distance(server.0, names[server.1 % names.count])
            }
        }
    }

    /// One statement: there, a core, a storage channel, and back.
    ///
    /// - Parameter effect: what is held from the moment on at which the server has run it; locks are taken last.
    mutating func statement(
        _ text: String, _ cost: KeyPath<MySQLService, StatementCost>, _ name: String, at end: DatabaseEnd,
        effect: (inout PathBuilder) -> Void = { _ in }
    ) {
        guard let service = topology.mysql?.service else { return }
        sendStatement(to: end)
        charge(text, service[keyPath: cost], name, at: end)
        effect(&self)
        receiveResult(from: end)
    }

    private mutating func sendStatement(to end: DatabaseEnd) {
        pause(distance(to: end), "application → \(end.name)", "network: one way between application and \(end.name)")
    }

    private mutating func receiveResult(from end: DatabaseEnd) {
        pause(distance(to: end), "\(end.name) → application", "network: one way between application and \(end.name)")
    }

    private mutating func charge(_ text: String, _ cost: StatementCost, _ name: String, at end: DatabaseEnd) {
        work(end.cpu, cost.cpu, text, "mysql.service.\(name).cpu")
        work(end.storage, cost.io, text, "mysql.service.\(name).io")
    }

    /// A statement that changes something; without a transaction around it, it commits by itself.
    mutating func change(
        _ text: String, _ cost: KeyPath<MySQLService, StatementCost>, _ name: String, at end: DatabaseEnd,
        inTransaction: Bool
    ) {
        guard let service = topology.mysql?.service else { return }
        sendStatement(to: end)
        charge(text, service[keyPath: cost], name, at: end)
        if inTransaction {
            if cost == \.update, !holds(.rowLock) { hold(.rowLock) }
        } else {
            charge("implicit COMMIT", service.commit, "commit", at: end)
            makeDurable()
        }
        receiveResult(from: end)
    }

    /// COMMIT: its own work, the flush, the wait for a replica where that comes first, and the end of all row locks.
    mutating func commit(at end: DatabaseEnd) {
        guard let service = topology.mysql?.service else { return }
        sendStatement(to: end)
        charge("COMMIT", service.commit, "commit", at: end)
        makeDurable()
        receiveResult(from: end)
    }

    private mutating func makeDurable() {
        guard let mysql = topology.mysql else { return }
        work(.primaryFlush, mysql.flush, visits: flushesPerCommit, "flush of the logs", "mysql.flush")
        let isAfterSync =
            (mysql.replication.waitPoint ?? (mysql.flavor == .mysql8 ? .afterSync : .afterCommit)) == .afterSync
        if isAfterSync { awaitReplica(mysql) }
        letGoOfRows()
        if !isAfterSync { awaitReplica(mysql) }
    }

    private mutating func awaitReplica(_ mysql: MySQLSettings) {
        guard mysql.replication.mode == .semiSynchronous,
            let nearest = mysql.replicas.map({ distance(mysql.primary, $0) }).min()
        else { return }
        pause(
            2 * nearest, "a replica acknowledges",
            "mysql.replication.mode semiSynchronous: there and back to the nearest one")
    }

    /// How many flushes a commit waits for when it comes alone: less than one where not every commit is synced.
    private var flushesPerCommit: Double {
        guard let mysql = topology.mysql else { return 0 }
        if mysql.flushLogAtTrxCommit == 1 { return 1 }
        let groups = mysql.syncBinlog ?? (mysql.flavor == .mysql8 ? 1 : 0)
        return groups > 0 ? 1 / Double(groups) : 0
    }
}

extension PathBuilder.DatabaseEnd {
    fileprivate var cpu: Tier { if case .replica = self { .replicaCPU } else { .primaryCPU } }
    fileprivate var storage: Tier { if case .replica = self { .replicaStorage } else { .primaryStorage } }
    fileprivate var name: String { if case .primary(let name) = self { name } else { "replica" } }
}
