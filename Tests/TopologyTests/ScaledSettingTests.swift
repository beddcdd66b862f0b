import Testing

@testable import Topology

@Suite struct ScaledSettingTests {
    private static let tree = try? JSONParser.parse(
        Array(
            """
            {"workload": {"users": 6000, "warmCache": 0.83, "popularity": {"zipf": 1.0}, "mix": {"view": 0.8},
                          "arrive": {"poisson": "200/s"}},
             "topology": {"mysql": {"flush": {"logNormal": {"median": "5ms", "sigma": 0.5}}, "cores": 1,
                                    "service": {"select": {"cpu": {"empirical": {"values": ["1ms", "9ms"], "weights": [9, 1]}}}}},
                          "network": {"links": [{"latency": "0.5ms"}], "latency": {"uniform": ["1ms", "2ms"]}},
                          "purchase": {"lock": {"release": "delete"}}, "view": {"cacheTTL": "0s"}}}
            """.utf8), file: "")

    @Test(arguments: [
        ("workload.users", 1.2, "workload.users=7200"),
        ("workload.warmCache", 1.2, "workload.warmCache=0.996"),
        ("workload.popularity", 0.8, #"workload.popularity={"zipf":0.8}"#),
        ("workload.arrive", 1.2, #"workload.arrive={"poisson":"240/s"}"#),
        ("mysql.flush", 0.8, #"mysql.flush={"logNormal":{"median":"4ms","sigma":0.5}}"#),
        (
            "mysql.service.select.cpu", 2,
            #"mysql.service.select.cpu={"empirical":{"values":["2ms","18ms"],"weights":[9,1]}}"#
        ),
        ("network.latency", 2, #"network.latency={"uniform":["2ms","4ms"]}"#),
        ("network.links.0.latency", 0.8, "network.links.0.latency=400us"),
        ("mysql.cores", 2, "mysql.cores=2"),
    ])
    func whatStandsThereIsMultiplied(path: String, factor: Double, setting: String) throws {
        #expect(ScaledSetting.text(path, by: factor, in: try #require(Self.tree)) == setting)
    }

    @Test(arguments: [
        ("workload.stock", 2.0), ("mysql.cores", 0.8), ("purchase.lock.release", 2), ("view.cacheTTL", 2),
        ("network.links.7.latency", 2), ("workload.users", 1),
    ])
    func whatWouldNotChangeIsNoSetting(path: String, factor: Double) throws {
        #expect(ScaledSetting.text(path, by: factor, in: try #require(Self.tree)) == nil)
    }
}
