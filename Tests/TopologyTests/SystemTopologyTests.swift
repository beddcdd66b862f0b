import Testing

@testable import Topology

struct SystemTopologyTests {
    private let topology: SystemTopology

    init() throws { topology = try ScenarioLoader.load(text: ReferenceText.scenario()).topology }

    @Test func namesStandForNodes() {
        #expect(topology.nodes(named: "application") == ["app1", "app2"])
        #expect(topology.nodes(named: "sentinels") == ["sentinel1", "sentinel2", "sentinel3"])
        #expect(topology.nodes(named: "users") == ["users"])
        #expect(topology.nodes(named: "app2") == ["app2"])
        #expect(topology.nodes(named: "nosuch").isEmpty)
        #expect(topology.group(of: "orchestrator") == .failoverManager)
    }

    @Test func theMostSpecificLinkWins() {
        var topology = topology
        let spans = (1...5).map { Distribution.constant(.milliseconds($0)) }
        topology.network.latency = spans[0]
        topology.network.links = [
            NetworkLink(from: "app1", to: "redis-master", latency: spans[3]),
            NetworkLink(from: "redis", to: "app1", latency: spans[2]),
            NetworkLink(from: "application", to: "redis", latency: spans[1]),
            NetworkLink(from: "users", to: "loadBalancer", latency: spans[0]),
            NetworkLink(from: "loadBalancer", to: "users", latency: spans[4]),
        ]
        let latencies = LatencyTable(topology)
        #expect(latencies.latency(from: "app1", to: "redis-master") == spans[3])
        #expect(latencies.latency(from: "redis-master", to: "app1") == spans[3], "symmetric")
        #expect(latencies.latency(from: "app1", to: "redis-slave") == spans[2], "node to group beats group to group")
        #expect(latencies.latency(from: "app2", to: "redis-slave") == spans[1])
        #expect(latencies.latency(from: "users", to: "nginx") == spans[4], "the later one among equals")
        #expect(latencies.latency(from: "app1", to: "mysql-primary") == spans[0])
    }

    @Test func metricsAreKnownByTheirNames() {
        let catalogue = MetricCatalogue(for: topology)
        for name in catalogue.names { #expect(catalogue.unit(of: name) != nil, "\(name)") }
        #expect(Set(catalogue.names).count > 1_000)
        #expect(catalogue.unit(of: "purchase.success.p99.9") == .duration)
        #expect(catalogue.unit(of: "view.hit.share") == .ratio)
        #expect(catalogue.unit(of: "all.failed.rate") == .rate)
        #expect(catalogue.unit(of: "resource.app1.primaryPool.waitP99") == .duration)
        #expect(catalogue.unit(of: "resource.mysql.connections.maxInUse") == .count)
        #expect(catalogue.unit(of: "failover.redis.promoted") == .duration)
        for name in [
            "", "purchase", "purchase.success", "purchase.hit.count", "purchase.success.p99.", "oversold.count",
            "load.app9.share",
        ] {
            #expect(catalogue.unit(of: name) == nil, "\(name)")
        }
    }

    @Test(arguments: [
        ("a==1", "a", "==", 1.0), (" a.b  >=  95% ", "a.b", ">=", 0.95), ("a<100ms", "a", "<", 0.1),
        ("a != -0.5", "a", "!=", -0.5), ("a <= 2/ms", "a", "<=", 2000),
    ])
    func expectationsAreRead(text: String, metric: String, comparison: String, value: Double) throws {
        let expectation = try Expectation.parse(text)
        #expect(expectation.source == text)
        #expect(expectation.metric == metric)
        #expect(expectation.comparison.rawValue == comparison)
        #expect(expectation.threshold.value == value)
        #expect(
            try Expectation.parse(Expectation(metric, expectation.comparison, expectation.threshold).source).threshold
                == expectation.threshold)
    }

    @Test(arguments: [
        "", "a", "a ==", "== 1", "a = 1", "a === 1", "a <> 1", "a b == 1", "a == 1 2", "a == x", "a == nan",
        "a == 5 ms", "a => 1", "a == 0x1p3",
    ])
    func otherTextsAreNoExpectations(text: String) {
        #expect(throws: TextError.self) { try Expectation.parse(text) }
    }

    @Test func comparisonsNeverHoldForWhatIsNoNumber() {
        for comparison in Expectation.Comparison.allCases { #expect(!comparison.holds(.nan, 0)) }
        #expect(Expectation.Comparison.lessOrEqual.holds(1, 1))
        #expect(!Expectation.Comparison.less.holds(1, 1))
    }
}
