/// Checks what only the whole shows: names, units, and parts that need each other.
struct ScenarioReview {
    private(set) var errors: [ConfigurationError] = []
    let tree: JSONNode

    init(tree: JSONNode) { self.tree = tree }

    mutating func fail(_ path: [String], _ cause: String, _ remedy: String) {
        errors.append(
            ConfigurationError(place: tree.place(of: path), path: path, cause: cause, remedy: remedy, kind: .meaning))
    }

    mutating func expect(_ name: String, in known: [String], _ path: [String], as what: String) {
        guard !known.contains(name) else { return }
        fail(path, "there is no \(what) \"\(name)\"", Suggestion.remedy(for: name, among: known))
    }

    /// Checks every part of the scenario that is right in itself, so that one wrong key hides no other error.
    mutating func checkScenario() {
        guard let topology = healedTopology() else { return }
        check(topology, at: ["topology"])
        if let subscribers = part(SubscriberSettings.self, of: tree["workload"]?["subscribers"]) {
            check(subscribers, in: topology, at: ["workload", "subscribers"])
        }
        for (index, node) in (tree["faults"]?.elements ?? []).enumerated() {
            guard let fault = part(Fault.self, of: node) else { continue }
            check(fault, in: topology, at: ["faults", String(index)])
        }
        if let schedule = part(Schedule.self, of: tree["schedule"]) { check(schedule, in: topology, at: ["schedule"]) }
        if let explore = part(ExploreSettings.self, of: tree["explore"]) {
            check(explore, in: topology, at: ["explore"])
        }
        if let faults = part(RandomFaults.self, of: tree["randomFaults"]) {
            check(faults, in: topology, at: ["randomFaults"])
        }
        let catalogue = MetricCatalogue(for: topology)
        for (index, node) in (tree["expect"]?.elements ?? []).enumerated() {
            guard let expectation = part(Expectation.self, of: node) else { continue }
            check(expectation, by: catalogue, at: ["expect", String(index)])
        }
    }

    /// A part of the tree, if it is right; its errors are reported by the decoding of the whole.
    func part<Value: ConfigurationValue>(_ type: Value.Type, of node: JSONNode?) -> Value? {
        var decoder = ConfigurationDecoder()
        return node.flatMap { Value.decode($0, in: &decoder) }
    }

    /// The topology without what is wrong in it, if it makes sense then: its names are needed to check the rest.
    private func healedTopology() -> SystemTopology? {
        guard var node = tree["topology"] else { return nil }
        for _ in 0..<4 {
            var decoder = ConfigurationDecoder()
            if let topology = SystemTopology.decode(node, in: &decoder) { return topology }
            // From the last to the first: taking an element away moves those behind it.
            for error in decoder.errors.reversed() where !node.remove(error.path[...]) { return nil }
        }
        return nil
    }

    // MARK: Topology

    mutating func check(_ topology: SystemTopology, at base: [String]) {
        checkNames(topology, at: base)
        let known = topology.selectableNames
        for (index, link) in topology.network.links.enumerated() {
            let path = base + ["network", "links", String(index)]
            expect(link.from, in: known, path + ["from"], as: "node or group")
            expect(link.to, in: known, path + ["to"], as: "node or group")
        }
        if let loadBalancer = topology.loadBalancer {
            for (index, server) in loadBalancer.servers.enumerated() {
                let path = base + ["loadBalancer", "servers", String(index), "name"]
                expect(server.name, in: topology.application.servers, path, as: "application server")
                if loadBalancer.servers[..<index].contains(where: { $0.name == server.name }) {
                    fail(path, "\"\(server.name)\" is listed twice", "give it one entry with a higher weight")
                }
            }
            if loadBalancer.nextUpstream.contains(.off), loadBalancer.nextUpstream.count > 1 {
                let path = base + ["loadBalancer", "nextUpstream"]
                fail(path, "\"off\" excludes every other condition", "write [\"off\"] alone, or remove it")
            }
        }
        checkNeeds(topology, at: base)
    }

    /// Every node has a name of its own, and none has a group's.
    private mutating func checkNames(_ topology: SystemTopology, at base: [String]) {
        var places: [(name: String, path: [String])] = []
        if let loadBalancer = topology.loadBalancer { places.append((loadBalancer.name, ["loadBalancer", "name"])) }
        func list(_ names: [String], _ path: [String]) {
            places += names.enumerated().map { ($1, path + [String($0)]) }
        }
        list(topology.application.servers, ["application", "servers"])
        if let redis = topology.redis {
            places.append((redis.master, ["redis", "master"]))
            list(redis.replicas, ["redis", "replicas"])
            list(redis.sentinels.names, ["redis", "sentinels", "names"])
        }
        if let mysql = topology.mysql {
            places.append((mysql.primary, ["mysql", "primary"]))
            list(mysql.replicas, ["mysql", "replicas"])
            if let failover = mysql.failover { places.append((failover.manager, ["mysql", "failover", "manager"])) }
        }
        var first: [String: [String]] = [:]
        for (name, path) in places {
            if name.isEmpty || name.contains(where: { $0.isWhitespace || $0 == "." }) {
                fail(base + path, "\(name.json.found) is no name of a node", "use letters, digits and hyphens")
            } else if name == "self" || NodeGroup(rawValue: name) != nil {
                fail(base + path, "\"\(name)\" means something else in faults and links", "give the node another name")
            } else if let other = first[name] {
                fail(
                    base + path, "\"\(name)\" is the name of \(other.joined(separator: ".")) too", "rename one of them")
            } else {
                first[name] = path
            }
        }
    }

    /// Policies name servers that must be there.
    private mutating func checkNeeds(_ topology: SystemTopology, at base: [String]) {
        let purchase = topology.purchase
        if topology.redis == nil {
            let users = [
                (purchase.lock.kind == .redis, ["lock", "kind"]),
                (purchase.cache.update != .none, ["cache", "update"]),
                (purchase.stockCheck == .cache || purchase.stockCheck == .decrementFirst, ["stockCheck"]),
                (purchase.publish != .none, ["publish"]),
                (purchase.deduplication.check != .none, ["deduplication", "check"]),
                (purchase.rewarm.when != .never, ["rewarm", "when"]),
            ]
            for (isUsed, path) in users where isUsed {
                fail(
                    base + ["purchase"] + path, "this needs Redis, which the topology lacks",
                    "add \"redis\", or choose \"none\"")
            }
        }
        if topology.mysql == nil {
            fail(
                base + ["mysql"], "products and orders need a database",
                "add \"mysql\": {\"primary\": \"mysql-primary\"}")
        }
        if topology.mysql?.replicas.isEmpty == true, purchase.stockCheck == .replica {
            fail(
                base + ["purchase", "stockCheck"], "there is no replica",
                "add one to mysql.replicas, or choose \"primary\"")
        }
        let transaction = purchase.transaction
        if transaction.read == .none, transaction.decrement == .absolute || transaction.version == .checked {
            let what = transaction.decrement == .absolute ? "decrement" : "version"
            fail(
                base + ["purchase", "transaction", what], "this needs the row's values, but \"read\" is \"none\"",
                "read the row \"plain\" or \"forUpdate\"")
        }
        if purchase.cache.update == .set, purchase.cache.at == .beforeCommit || transaction.read == .none {
            fail(
                base + ["purchase", "cache", "update"], "\"set\" needs the row as the transaction read it",
                "update \"afterCommit\" and read the row, or choose another update")
        }
        checkReservation(purchase, at: base + ["purchase"])
        checkPools(topology.application, at: base + ["application"])
    }

    /// What is said of reservations makes sense only where there are some.
    private mutating func checkReservation(_ purchase: PurchasePolicy, at base: [String]) {
        let reservation = purchase.reservation
        if purchase.stockCheck != .decrementFirst {
            let users = [
                (reservation != ReservationPolicy(), ["reservation"]),
                (purchase.rewarm.when == .onMissing, ["rewarm", "when"]),
                (purchase.deduplication.check == .withStock, ["deduplication", "check"]),
                (purchase.acknowledge == .afterReservation, ["acknowledge"]),
            ]
            for (isUsed, path) in users where isUsed {
                fail(base + path, "no units are reserved in Redis", "set \"stockCheck\": \"decrementFirst\"")
            }
        }
        if reservation.take != .script, reservation.record == .perKey || purchase.deduplication.check == .withStock {
            fail(base + ["reservation", "take"], "only a script can do that in one step", "set \"take\": \"script\"")
        }
        if reservation.reapEvery > .zero, purchase.transaction.idempotencyKey == .none {
            fail(
                base + ["reservation", "reapEvery"], "orders are looked up by their key, which they don't have",
                "set \"transaction\": {\"idempotencyKey\": \"unique\"}")
        }
        if purchase.rewarm.how == .setIfQuiet, purchase.rewarm.when != .never, reservation.record == .none {
            fail(
                base + ["rewarm", "how"], "nobody writes down what is reserved",
                "set \"reservation\": {\"record\": \"perKey\"}")
        }
    }

    private mutating func checkPools(_ application: ApplicationSettings, at base: [String]) {
        let pools = [("primaryPool", application.primaryPool), ("replicaPool", application.replicaPool)]
        for (name, pool) in pools where pool.connectionTimeout < .milliseconds(250) {
            fail(
                base + [name, "connectionTimeout"], "HikariCP refuses to start with less than 250ms",
                "write at least \"250ms\"")
        }
    }

    // MARK: Workload, faults, expectations

    private mutating func check(_ subscribers: SubscriberSettings, in topology: SystemTopology, at path: [String]) {
        guard subscribers.count > 0, topology.purchase.publish == .none else { return }
        fail(path, "nothing is published", "remove it, or set purchase.publish")
    }

    /// The unit of a metric; nil, and an error, when there is no such metric.
    @discardableResult
    mutating func check(metric: String, by catalogue: MetricCatalogue, at path: [String]) -> MetricCatalogue.Unit? {
        if let unit = catalogue.unit(of: metric) { return unit }
        let remedy =
            Suggestion.nearest(to: metric, among: catalogue.names).map { "did you mean \"\($0)\"?" }
            ?? "see the catalogue of metrics; for example \"purchase.success.p99\" or \"oversold\""
        fail(path, "unknown metric \"\(metric)\"", remedy)
        return nil
    }

    mutating func check(_ expectation: Expectation, by catalogue: MetricCatalogue, at path: [String]) {
        guard let unit = check(metric: expectation.metric, by: catalogue, at: path) else { return }
        let isRight =
            switch (unit, expectation.threshold) {
            case (.duration, .duration), (.count, .number), (.ratio, .percentage), (.ratio, .number), (.rate, .rate),
                (.rate, .number):
                true
            default: false
            }
        guard !isRight else { return }
        let example =
            switch unit {
            case .duration: "a duration such as 100ms"
            case .count: "a number such as 0"
            case .ratio: "a share such as 0.95 or 95%"
            case .rate: "a rate such as 500/s"
            }
        fail(
            path, "\(expectation.metric) is a \(unit.rawValue), \(expectation.threshold) is none",
            "compare it with \(example)")
    }
}
