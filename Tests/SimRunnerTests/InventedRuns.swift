import Topology

@testable import SimNodes

/// Runs that never happened, with every kind of thing that a report shows.
enum InventedRuns {
    static func scenario() throws -> Scenario {
        var scenario = try ScenarioLoader.load(
            text: """
                {
                  "title": "The primary dies in the middle of the sale",
                  "topology": {
                    "limits": {"connectionsPerDatabase": 300},
                    "application": {"servers": ["app1", "app2"], "primaryPool": {"size": 160}},
                    "redis": {"master": "redis-master"},
                    "mysql": {"primary": "mysql-primary", "replicas": ["mysql-replica"], "maxConnections": 300}
                  },
                  "workload": {"users": 6000, "mix": {"view": 4, "purchase": 1}},
                  "expect": ["oversold == 0", "lostOrders == 0", "purchase.success.p99 < 100ms", "cache.hitRate > 80%"]
                }
                """)
        scenario.about = nil
        return scenario
    }

    static func latencies(_ milliseconds: ClosedRange<Int64>, times: Int = 1) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for value in milliseconds { histogram.record(.milliseconds(value), times: times) }
        return histogram
    }

    static func outcome(_ name: String, _ milliseconds: ClosedRange<Int64>, times: Int = 1) -> OutcomeResult {
        let latency = latencies(milliseconds, times: times)
        return OutcomeResult(name: name, isSuccess: name == "success", count: latency.count, latency: latency)
    }

    static func milestone(
        _ milliseconds: Int64, _ kind: Milestone.Kind, _ node: String, _ text: String
    ) -> Milestone {
        Milestone(at: .zero + .milliseconds(milliseconds), kind: kind, node: node, text: text)
    }

    static func resource(
        _ name: String, capacity: Int, utilisation: Double = 0, queue: Double = 0, maximumQueue: Int = 0,
        inUse: Int = 0, waits: ClosedRange<Int64>? = nil, rejections: Int = 0, timeouts: Int = 0
    ) -> ResourceResult {
        ResourceResult(
            name: name, capacity: capacity, utilisation: utilisation, meanQueue: queue, maximumQueue: maximumQueue,
            maximumInUse: inUse, waits: waits.map { latencies($0) } ?? LatencyHistogram(), rejections: rejections,
            timeouts: timeouts)
    }

    /// Everything goes wrong that can.
    static func breaking() throws -> RunResult {
        let scenario = try scenario()
        let values: [Double?] = [0, 2, 0.2, nil]
        let margins: [Double?] = [nil, nil, -1, nil]
        return RunResult(
            scenario: scenario, seed: 7, digest: digest(7), events: 1_652_197, simulated: .milliseconds(62_345),
            duration: .milliseconds(61_200), verdict: Verdict(.breaks, "2 acknowledged orders were lost"),
            milestones: milestones, flows: flows, resources: resources,
            cache: CacheResult(hits: 3984, misses: 816), failovers: [mysqlFailover, redisFailover], faults: faults,
            series: OutcomeSeries(
                width: .milliseconds(500), successes: [4800, 900, 0, 0, 0, 0, 12, 300], failures: [0, 100, 250, 240]),
            invariants: invariants,
            expectations: zip(scenario.expect, zip(values, margins)).map { expectation, found in
                ExpectationResult(
                    expectation: expectation, value: found.0, passed: found.0 == 0, margin: found.1)
            },
            metrics: ["oversold": 0, "lostOrders": 2, "purchase.success.p99": 0.2], programFaults: [])
    }

    private static let milestones = [
        milestone(412, .fault, "mysql-primary", "crashed (process), at the 200th mysql.commit"),
        milestone(412, .breakage, "mysql-primary", "its connections were reset"),
        milestone(413, .breakage, "app1", "a purchase failed: the connection to mysql-primary was reset"),
        milestone(414, .breakage, "app2", "a purchase failed: the connection to mysql-primary was reset"),
        milestone(1414, .breakage, "app1", "a purchase waited 1000 ms for a connection"),
        milestone(2415, .breakage, "app1", "a purchase waited 2001 ms for a connection"),
        milestone(5000, .reaction, "orchestrator", "found mysql-primary dead"),
        milestone(5250, .reaction, "mysql-replica", "became the primary"),
        milestone(5500, .reaction, "app1", "reached the new primary"),
    ]

    private static var flows: [FlowResult] {
        [
            FlowResult(
                name: "view", outcomes: [outcome("success", 1...48, times: 100)],
                cached: [outcome("hit", 1...24, times: 166), outcome("miss", 25...48, times: 34)]),
            FlowResult(
                name: "purchase",
                outcomes: [
                    outcome("success", 1...200, times: 4), outcome("insufficientStock", 10...12),
                    outcome("lockNotAcquired", 5...104, times: 3), outcome("timedOut", 60_000...60_096),
                ], cached: []),
        ]
    }

    private static var resources: [ResourceResult] {
        [
            resource(
                "app1.cpu", capacity: 4, utilisation: 0.35, queue: 1.25, maximumQueue: 40, inUse: 4, waits: 0...99),
            resource("app1.thread", capacity: .max, inUse: 3000),
            resource(
                "app1.primaryPool", capacity: 160, utilisation: 0.97, queue: 88.5, maximumQueue: 440, inUse: 160,
                waits: 0...999, timeouts: 97),
            resource("app2.primaryPool", capacity: 160, utilisation: 0.61, queue: 12, inUse: 160, waits: 0...99),
            resource("mysql-primary.connections", capacity: 300, utilisation: 0.9, inUse: 300, rejections: 20),
            resource("mysql-replica.connections", capacity: 300, utilisation: 0.2, inUse: 144),
            resource("redis-master.command", capacity: 1, utilisation: 0.004, inUse: 1),
        ]
    }

    private static let mysqlFailover = FailoverResult(
        store: "mysql", faultAt: .zero + .milliseconds(412), detected: .milliseconds(4588),
        promoted: .milliseconds(4838), writesResumed: .milliseconds(5100), readsResumed: .milliseconds(1),
        requestsAffected: 590, lostOrders: 2)

    private static let redisFailover = FailoverResult(
        store: "redis", faultAt: .zero + .seconds(2), detected: nil, promoted: nil, writesResumed: nil,
        readsResumed: nil, requestsAffected: 1, lostOrders: nil)

    private static let faults = [
        FaultResult(
            description: "crash mysql-primary on the 200th mysql.commit", appliedAt: .zero + .milliseconds(412),
            requestsAffected: 590, hadEffect: true),
        FaultResult(description: "pause app1 at 3600s", appliedAt: nil, requestsAffected: 0, hadEffect: false),
    ]

    private static let invariants = [
        InvariantResult(id: "I1", title: "nothing oversold", holds: true, detail: "1,198 of 20,000 sold", evidence: []),
        InvariantResult(
            id: "I3", title: "acknowledged orders survive", holds: false, detail: "2 orders (3 units) are gone",
            evidence: [
                "request 311: product 4, acknowledged at 410 ms", "request 902: product 17, acknowledged at 411 ms",
                "request 903: product 1, acknowledged at 411 ms", "request 904: product 1, acknowledged at 412 ms",
            ]),
    ]

    /// Everything is well, and nothing much happened.
    static func holding(seed: UInt64 = 1) throws -> RunResult {
        let scenario = try scenario()
        let values = [0, 0, 0.05, 0.83]
        let margins: [Double?] = [nil, nil, 0.5, 0.0375]
        return RunResult(
            scenario: scenario, seed: seed, digest: digest(seed), events: 4000, simulated: .milliseconds(900),
            duration: .milliseconds(800), verdict: Verdict(.holds, "4 expectations and 5 invariants hold"),
            milestones: [],
            flows: [FlowResult(name: "view", outcomes: [outcome("success", 5...5, times: 100)], cached: [])],
            resources: [resource("app1.cpu", capacity: 4, utilisation: 0.001, inUse: 1)],
            cache: CacheResult(hits: 0, misses: 0), failovers: [], faults: [],
            series: OutcomeSeries(width: .milliseconds(100), successes: [50, 50], failures: []),
            invariants: [
                InvariantResult(
                    id: "I1", title: "nothing oversold", holds: true, detail: "100 of 100 sold", evidence: [])
            ],
            expectations: zip(scenario.expect, zip(values, margins)).map { expectation, found in
                ExpectationResult(expectation: expectation, value: found.0, passed: true, margin: found.1)
            },
            metrics: ["oversold": 0], programFaults: [])
    }

    static func digest(_ word: UInt64) -> TraceDigest {
        var digest = TraceDigest()
        digest.mix(word)
        return digest
    }
}

extension InventedRuns {
    /// A run in which nothing happened, to be given the figures that a test needs.
    struct Plain {
        let scenario: Scenario
        let seed: UInt64
        var metrics: [String: Double] = [:]
        var resources: [ResourceResult] = []

        var result: RunResult {
            RunResult(
                scenario: scenario, seed: seed, digest: InventedRuns.digest(seed), events: 1000,
                simulated: .seconds(1), duration: .seconds(1), verdict: Verdict(.holds, "it holds"), milestones: [],
                flows: [
                    FlowResult(name: "view", outcomes: [InventedRuns.outcome("success", 5...5, times: 10)], cached: [])
                ], resources: resources, cache: CacheResult(hits: 0, misses: 0), failovers: [], faults: [],
                series: OutcomeSeries(width: .seconds(1), successes: [10], failures: []), invariants: [],
                expectations: Judgement.evaluate(scenario.expect, metrics), metrics: metrics, programFaults: [])
        }
    }

    static func plain(_ scenario: Scenario, seed: UInt64) -> Plain { Plain(scenario: scenario, seed: seed) }
}
