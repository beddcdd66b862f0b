import Topology

extension Knob {
    /// Everything that can be turned in a scenario's design: first what relieves the resource that binds, then the rest,
    /// the cheapest first.
    ///
    /// - Parameter binding: the name of a resource, as in `app1.cpu`.
    package static func all(of scenario: Scenario, relieving binding: String? = nil) -> [Knob] {
        let topology = scenario.topology
        let tree = scenario.json
        let statements = MySQLService.fields.map(\.key).filter { $0 != "connect" }
        let costs = statements.flatMap { ["mysql.service.\($0).cpu", "mysql.service.\($0).io"] } + ["mysql.flush"]
        let demands = ApplicationDemand.fields.map { "application.cpu.\($0.key)" }
        let pools = ["primaryPool", "replicaPool", "connections"]
        let storage = ["storage", "flush", "rowLocks"]
        let (balancer, mysql) = (topology.loadBalancer, topology.mysql)
        let knobs: [(knob: Knob?, relieves: [String], group: NodeGroup)] = [
            (connections(topology), pools, .application), (poolTimeout(topology), pools, .application),
            (lockTTL(topology), [], .redis),
            (
                Knob("cores of an application server", topology.application.cores, "application.cores"), ["cpu"],
                .application
            ), (servers(topology), ["cpu", "thread"], .application),
            (scaled("CPU time of a request", demands, tree), ["cpu"], .application),
            (
                balancer.map { Knob("workers of \($0.name)", $0.workers, "loadBalancer.workers") }, ["worker"],
                .loadBalancer
            ),
            (redisTime(topology), ["command"], .redis),
            (scaled("time in the database", costs, tree), storage + pools + ["cpu", "productLock"], .mysql),
            (
                mysql.map {
                    Knob("requests that its storage serves at once", $0.storageChannels, "mysql.storageChannels")
                }, storage, .mysql
            ),
            (mysql.map { Knob("cores of a database", $0.cores, "mysql.cores") }, ["cpu"], .mysql),
            (replicas(topology), storage, .mysql),
        ]
        let group = binding.flatMap { topology.group(of: String($0[..<($0.lastIndex(of: ".") ?? $0.endIndex)])) }
        let kind = binding.flatMap { $0.split(separator: ".").last.map(String.init) } ?? ""
        func helps(_ entry: (knob: Knob?, relieves: [String], group: NodeGroup)) -> Bool {
            entry.relieves.contains(kind) && (entry.group == group || pools.contains(kind) || kind == "productLock")
        }
        return (knobs.filter(helps) + knobs.filter { !helps($0) }).compactMap(\.knob)
    }

    /// A number at one path of which more is better.
    private init(_ name: String, _ asked: Int, _ path: String) {
        self.init(name: name, unit: .count, asked: Int64(asked), isMoreBetter: true) { ["\(path)=\($0)"] }
    }

    /// C: the connections at one database, shared out among the servers' pools.
    static func connections(_ topology: SystemTopology) -> Knob? {
        guard let mysql = topology.mysql else { return nil }
        let asked = topology.limits?.connectionsPerDatabase ?? mysql.maxConnections
        let pools = (topology.application.primaryPool.size, topology.application.replicaPool.size)
        return Knob(name: "connections at a database (C)", unit: .count, asked: Int64(asked), isMoreBetter: true) {
            amount in
            func share(_ size: Int) -> Int64 { max(1, Int64(size) * amount / Int64(asked)) }
            return [
                "mysql.maxConnections=\(amount)", "application.primaryPool.size=\(share(pools.0))",
                "application.replicaPool.size=\(share(pools.1))",
            ]
        }
    }

    /// Application servers, which share the same connections.
    static func servers(_ topology: SystemTopology) -> Knob? {
        let application = topology.application
        // Servers that the balancer treats each in its own way can't be multiplied.
        guard topology.loadBalancer?.servers.isEmpty != false else { return nil }
        let names = application.servers
        return Knob(name: "application servers", unit: .count, asked: Int64(names.count), isMoreBetter: true) {
            amount in
            let known = topology.nodes.map(\.name)
            var all = names
            var number = 1
            while all.count < Int(amount) {
                if !all.contains("app\(number)"), !known.contains("app\(number)") { all.append("app\(number)") }
                number += 1
            }
            func share(_ size: Int) -> Int { max(1, size * names.count / Int(amount)) }
            return [
                "application.servers=\(all.prefix(Int(amount)).map { $0 }.json.text)",
                "application.primaryPool.size=\(share(application.primaryPool.size))",
                "application.replicaPool.size=\(share(application.replicaPool.size))",
            ]
        }
    }

    private static func replicas(_ topology: SystemTopology) -> Knob? {
        guard let mysql = topology.mysql, !mysql.replicas.isEmpty else { return nil }
        return Knob(
            name: "replicas of the database", unit: .count, asked: Int64(mysql.replicas.count), isMoreBetter: true
        ) { amount in
            let more = (0..<max(0, Int(amount) - mysql.replicas.count)).map { "mysql-replica-\($0 + 2)" }
            return ["mysql.replicas=\((mysql.replicas + more).prefix(Int(amount)).map { $0 }.json.text)"]
        }
    }

    private static func poolTimeout(_ topology: SystemTopology) -> Knob? {
        guard topology.mysql != nil else { return nil }
        let asked = topology.application.primaryPool.connectionTimeout
        return Knob(
            name: "wait for a connection at most", unit: .duration, asked: asked.nanoseconds, isMoreBetter: true
        ) { amount in
            let span = Knob.threeDigits(amount)
            return [
                "application.primaryPool.connectionTimeout=\(span)",
                "application.replicaPool.connectionTimeout=\(span)",
            ]
        }
    }

    private static func lockTTL(_ topology: SystemTopology) -> Knob? {
        guard topology.purchase.lock.kind == .redis else { return nil }
        let asked = topology.purchase.lock.ttl
        return Knob(name: "TTL of a product's lock", unit: .duration, asked: asked.nanoseconds, isMoreBetter: true) {
            ["purchase.lock.ttl=\(Knob.threeDigits($0))"]
        }
    }

    private static func redisTime(_ topology: SystemTopology) -> Knob? {
        guard case .constant(let asked)? = topology.redis?.serviceTime, asked > .zero else { return nil }
        return Knob(name: "time of a Redis command", unit: .duration, asked: asked.nanoseconds, isMoreBetter: false) {
            ["redis.serviceTime=\(Knob.threeDigits($0))"]
        }
    }

    /// Times at several paths that shrink together.
    private static func scaled(_ name: String, _ paths: [String], _ tree: JSONNode) -> Knob? {
        let present = paths.filter { ScaledSetting.text($0, by: 0.5, in: tree) != nil }
        guard !present.isEmpty else { return nil }
        return Knob(name: name, unit: .percent, asked: 100, isMoreBetter: false) { amount in
            present.compactMap { ScaledSetting.text($0, by: Double(amount) / 100, in: tree) }
        }
    }
}
