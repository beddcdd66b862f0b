import Topology

/// How much each input of a scenario matters: what a fifth more or less of it does.
package struct Tornado: Sendable {
    /// By how much inputs are changed.
    package static let change = 0.2

    /// One input.
    package struct Input: Sendable {
        package let name: String
        /// With less and with more of it; nil where the configuration allows no such value.
        package let less: Effect?
        package let more: Effect?

        /// The larger of the two changes of the latency.
        package var latencySwing: Double { max(abs(less?.latency ?? 0), abs(more?.latency ?? 0)) }
        package var throughputSwing: Double { max(abs(less?.throughput ?? 0), abs(more?.throughput ?? 0)) }
    }

    /// What a change of an input changes, in proportion to what was there before.
    package struct Effect: Sendable {
        package let settings: [String]
        package let latency: Double
        package let throughput: Double
    }

    package let flow: Flow
    /// Seconds, mean over the seeds.
    package let latency: Double
    /// Successful requests a second, mean over the seeds.
    package let throughput: Double
    /// Those that matter most first; none that no change of changes anything.
    package let inputs: [Input]
    /// Inputs that were not tried, as there may be no more runs.
    package let untried: [String]
    /// How many runs each figure is the mean of.
    package let runs: Int

    /// Changes one input after the other, each with the same seeds.
    ///
    /// - Parameters:
    ///   - seeds: only the first of them counts where all would cost more than there may be.
    ///   - binding: the kind of resource that binds, as in `cpu`; what has to do with it comes first.
    ///   - allowance: how many events the laboratory may have seen when the last input begins.
    package static func measure(
        _ scenario: Scenario, seeds: Range<UInt64>, by laboratory: Laboratory, binding: String? = nil,
        allowance: UInt64 = .max
    ) throws(Laboratory.Interrupted) -> Tornado? {
        let flow = scenario.workload.mainFlow
        let choices = inputs(of: scenario, relieving: binding)
        guard laboratory.events < allowance else { return nil }
        let events = try laboratory.results(of: scenario, seeds: [seeds.lowerBound])[0].events
        let left = Double(allowance - min(allowance, laboratory.events))
        // Each of them less and more.
        let isTooDear = Double(events) * 2 * Double(choices.count * seeds.count) > left
        let seeds = isTooDear ? seeds.prefix(1) : seeds
        func figures(_ scenario: Scenario) throws(Laboratory.Interrupted) -> (latency: Double, throughput: Double)? {
            let runs = try laboratory.results(of: scenario, seeds: seeds)
            let latencies = runs.compactMap { $0.metrics["\(flow.rawValue).success.p99"] }
            let throughputs = runs.compactMap { $0.metrics["throughput"] }
            guard latencies.count == runs.count, throughputs.count == runs.count else { return nil }
            return (Tally(latencies).mean, Tally(throughputs).mean)
        }
        guard let base = try figures(scenario), base.latency > 0, base.throughput > 0 else { return nil }
        func effect(_ settings: [String]) throws(Laboratory.Interrupted) -> Effect? {
            guard !settings.isEmpty, let changed = try? ScenarioLoader.load(scenario, overrides: settings),
                let found = try figures(changed)
            else { return nil }
            return Effect(
                settings: settings, latency: found.latency / base.latency - 1,
                throughput: found.throughput / base.throughput - 1)
        }
        var inputs: [Input] = []
        var untried: [String] = []
        for (name, settings) in choices {
            guard laboratory.events < allowance else {
                untried.append(name)
                continue
            }
            let input = Input(
                name: name, less: try effect(settings(1 - change)), more: try effect(settings(1 + change)))
            if input.less != nil || input.more != nil { inputs.append(input) }
        }
        let ranked = inputs.enumerated().sorted { left, right in
            let (one, other) = (left.element, right.element)
            if one.latencySwing != other.latencySwing { return one.latencySwing > other.latencySwing }
            if one.throughputSwing != other.throughputSwing { return one.throughputSwing > other.throughputSwing }
            return left.offset < right.offset
        }
        return Tornado(
            flow: flow, latency: base.latency, throughput: base.throughput, inputs: ranked.map(\.element),
            untried: untried, runs: seeds.count)
    }

    /// Everything that a scenario lets be multiplied, with the settings that do so; what most designs suffer from first.
    /// What has to do with the resource that binds comes first, for there may not be runs enough for all.
    private static func inputs(
        of scenario: Scenario, relieving binding: String?
    ) -> [(name: String, settings: (Double) -> [String])] {
        let tree = scenario.json
        let links = scenario.topology.network.links.enumerated().map { index, link in
            ("latency \(link.from) – \(link.to)", ["network.links.\(index).latency"])
        }
        let pools = ["primaryPool", "replicaPool", "connections"]
        let lists: [(String, [String], [String])] =
            [
                ("users", ["workload.users"], binding.map { [$0] } ?? []),
                ("arrivals", arrivals(scenario), binding.map { [$0] } ?? []),
                (
                    "pools of connections",
                    ["application.primaryPool.size", "application.replicaPool.size", "mysql.maxConnections"], pools
                ),
                ("cores of an application server", ["application.cores"], ["cpu"]),
                (
                    "CPU time of a request", ApplicationDemand.fields.map { "application.cpu.\($0.key)" },
                    ["cpu", "productLock"]
                ),
                ("database: reading", costs(["select"]), ["storage"]),
                (
                    "database: locking and writing", costs(["selectForUpdate", "update", "insert", "delete"]),
                    ["storage", "rowLocks", "productLock"] + pools
                ),
                ("database: log flush", ["mysql.flush"], ["flush", "rowLocks", "productLock"] + pools),
                ("database: cores", ["mysql.cores"], []),
                ("database: storage channels", ["mysql.storageChannels"], ["storage"]),
                ("time of a Redis command", ["redis.serviceTime"], ["command"]),
                ("balancer: workers", ["loadBalancer.workers"], ["worker"]),
                ("balancer: time of a request", ["loadBalancer.serviceTime"], ["worker"]),
            ]
            + links.map {
                ($0.0, $0.1, $0.0.hasPrefix("latency application") ? ["productLock", "rowLocks"] + pools : [])
            } + [
                ("products", ["workload.products"], []), ("popularity", ["workload.popularity"], ["productLock"]),
                ("stock of a product", ["workload.stock"], []),
                ("share of purchases", ["workload.mix.purchase"], ["productLock", "rowLocks"]),
                ("products cached at the start", ["workload.warmCache"], []),
                ("TTL of a product's lock", ["purchase.lock.ttl"], []),
                (
                    "wait for a connection",
                    ["application.primaryPool.connectionTimeout", "application.replicaPool.connectionTimeout"], []
                ),
            ]
        func helps(_ kinds: [String]) -> Bool { binding.map(kinds.contains) ?? false }
        let ordered = lists.filter { helps($0.2) } + lists.filter { !helps($0.2) }
        return ordered.map { name, paths, _ in
            (name, { factor in paths.compactMap { ScaledSetting.text($0, by: factor, in: tree) } })
        }
    }

    private static func costs(_ statements: [String]) -> [String] {
        statements.flatMap { ["mysql.service.\($0).cpu", "mysql.service.\($0).io"] }
    }

    private static func arrivals(_ scenario: Scenario) -> [String] {
        switch scenario.workload.arrive {
        case .poisson, .constant: ["workload.arrive"]
        // At once there is no rate; of the others the durations would be multiplied as well.
        case .atOnce, .ramp, .spike, .stages, .trace: []
        }
    }
}
