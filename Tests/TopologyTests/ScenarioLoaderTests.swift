import Testing

@testable import Topology

struct ScenarioLoaderTests {
    @Test func aFullScenarioIsRead() throws {
        let scenario = try ScenarioLoader.load(text: ReferenceText.scenario())
        #expect(scenario.seed == 42)
        #expect(scenario.topology.mysql?.maxConnections == 300)
        #expect(scenario.topology.mysql?.replication.mode == .asynchronous, "the overlay wins")
        #expect(scenario.topology.mysql?.replication.waitPoint == .afterSync, "the overlay leaves the rest")
        #expect(scenario.topology.application.threads == .virtual)
        #expect(scenario.topology.application.cpu.purchase == .erlang(shape: 4, mean: .milliseconds(2)))
        #expect(scenario.workload.popularity == .zipf(1))
        #expect(scenario.workload.quantity == .uniform(1...3))
        #expect(scenario.faults.count == 8)
        #expect(scenario.faults[0].action == .crash(CrashFault(.named("mysql-primary"))))
        #expect(scenario.faults[0].trigger == .on(EventTrigger(.mysqlCommit, nth: 200)))
        #expect(scenario.expect[2].metric == "failover.mysql.writesResumed")
        #expect(scenario.expect[2].comparison == .less)
        #expect(scenario.expect[2].threshold == .duration(.seconds(60)))
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let scenario = try ScenarioLoader.load(text: ReferenceText.scenario())
        let again = try ScenarioLoader.load(text: scenario.json.prettyText)
        #expect(again == scenario)
        #expect(again.json.text == scenario.json.text)
    }

    /// The errors of loading a scenario after replacing pieces of its text.
    private func errors(replacing pieces: [(String, String)], overrides: [String] = []) -> [String] {
        var text = ReferenceText.scenario()
        for (old, new) in pieces {
            #expect(text.contains(old), "the test's own text has no \(old)")
            text = text.replacing(old, with: new)
        }
        do throws(ConfigurationErrors) {
            _ = try ScenarioLoader.load(text: text, file: "sale.json", overrides: overrides)
            return []
        } catch {
            return error.all.map(\.description)
        }
    }

    /// What nginx has no such directive for, or refuses itself, is refused here.
    @Test(arguments: [
        (#""policy": "roundRobin""#, #""policy": "ipHash""#, "loadBalancer.policy"),
        (#""readTimeout": "60s""#, #""sendTimeout": "60s""#, "loadBalancer.sendTimeout"),
        (#""failTimeout": "10s""#, #""failTimeout": "500ms""#, "loadBalancer.failTimeout"),
        (#""failTimeout": "5s""#, #""failTimeout": "1.5s""#, "loadBalancer.servers.1.failTimeout"),
        (#"["error", "timeout", "http502"]"#, #"["error", "http505"]"#, "loadBalancer.nextUpstream"),
        (#"["error", "timeout", "http502"]"#, #"["error", "off"]"#, "loadBalancer.nextUpstream"),
        (#""jitter": "1s""#, #""uri": "/health""#, "loadBalancer.activeCheck.uri"),
    ])
    func whatNginxRefuses(_ old: String, _ new: String, _ path: String) throws {
        let errors = errors(replacing: [(old, new)])
        try #require(errors.count == 1, "\(errors)")
        #expect(errors[0].contains("topology.\(path)"), "\(errors[0])")
    }

    @Test func anUpstreamOfBackupsIsRefused() {
        let errors = errors(replacing: [
            (#"{"name": "app1", "weight": 1},"#, #"{"name": "app1", "backup": true},"#),
            (#""backup": false"#, #""backup": true"#),
        ])
        #expect(errors.count == 1 && errors[0].contains("no servers in upstream"), "\(errors)")
    }

    @Test func allErrorsComeAtOnce() {
        let errors = errors(replacing: [
            (#""arrive": "at once""#, #""arrive": "at onse""#), (#""stock": 40"#, #""stok": 40"#),
            (#""ttl": "5s""#, #""ttl": 5"#), (#""crash": "mysql-primary""#, #""crash": "mysql-primry""#),
            (#""oversold == 0""#, #""oversolld == 0""#),
        ])
        #expect(errors.count == 5)
        #expect(
            errors.contains {
                $0.contains(#": workload.arrive: expected "at once" or "#) && $0.hasSuffix(#"did you mean "at once"?"#)
            })
        #expect(errors.contains { $0.hasSuffix(#": workload.stok: unknown key "stok"; did you mean "stock"?"#) })
        #expect(
            errors.contains {
                $0.contains(#": topology.purchase.lock.ttl: expected a duration such as "250ms", found the number 5"#)
            })
        #expect(
            errors.contains {
                $0.hasSuffix(#": faults.0.crash: there is no node "mysql-primry"; did you mean "mysql-primary"?"#)
            })
        #expect(errors.contains { $0.hasSuffix(#": expect.0: unknown metric "oversolld"; did you mean "oversold"?"#) })
        #expect(errors.allSatisfy { $0.hasPrefix("sale.json:") })
    }

    @Test(arguments: [
        (
            #""pause": "self", "for": "6s", "on": "purchase.lockAcquired""#,
            #""pause": "self", "for": "6s", "at": "1s""#, "faults.3.pause", "\"self\""
        ),
        (#""restart": "nginx", "at": "2s""#, #""restart": "nginx""#, "faults.2", "no trigger"),
        (
            #""restart": "nginx", "at": "2s""#, #""restart": "nginx", "at": "2s", "on": "view.miss""#, "faults.2.on",
            "two triggers"
        ),
        (
            #""restart": "nginx", "at": "2s""#, #""restart": "nginx", "at": "2s", "nth": 3"#, "faults.2.nth",
            "belongs to"
        ),
        (
            #""restart": "nginx", "at": "2s""#, #""restart": "nginx", "crash": "nginx", "at": "2s""#, "faults.2",
            "found 2"
        ),
        (#""restart": "nginx", "at": "2s""#, #""restrt": "nginx", "at": "2s""#, "faults.2", "did you mean \"restart\""),
        (#""restart": "nginx", "at": "2s""#, #""restart": "users", "at": "2s""#, "faults.2.restart", "no node"),
        (#""nth": 200"#, #""nth": 0"#, "faults.0.nth", "from 1 to"),
        (#""node": "app1""#, #""node": "app9""#, "faults.1.node", "app1"),
        (#"["application", "mysql"]"#, #"["app1", "application"]"#, "faults.5.delay", "both sides"),
        (#"["application", "mysql"]"#, #"["application"]"#, "faults.5.delay", "two sides"),
        (#""probability": 0.01"#, #""probability": 1.5"#, "faults.6.probability", "from 0 to 1"),
        (#"{"view": 0.8, "purchase": 0.2}"#, #"{"view": 0}"#, "workload.mix", "nobody"),
        (#""from": "app1", "to""#, #""from": "app3", "to""#, "topology.network.links.1.from", "did you mean"),
        (
            #""replicas": ["redis-slave"]"#, #""replicas": ["redis-master"]"#, "topology.redis.replicas.0",
            "redis.master too"
        ),
        (
            #"{"name": "app2", "maxFails""#, #"{"name": "app3", "maxFails""#, "topology.loadBalancer.servers.1.name",
            "application server"
        ),
        (#""throughput > 500/s""#, #""throughput > 500ms""#, "expect.6", "rate"),
        (#""oversold == 0""#, #""oversold = 0""#, "expect.0", "=="),
        (#""oversold == 0""#, #""oversold == 0s""#, "expect.0", "count"),
        (#""purchase.success.p99.9 <= 100ms""#, #""purchase.success.p99.9 <= 100""#, "expect.3", "duration"),
        (#""ttl": "5s""#, #""ttl": "5 s""#, "topology.purchase.lock.ttl", "no unit"),
        (#""ttl": "5s""#, #""ttl": "-5s""#, "topology.purchase.lock.ttl", "negative"),
        (
            #""arrive": "at once", "think": {"exponential": "1s"}"#, #""arrive": {"poisson": "5/s"}, "think": "1s""#,
            "workload.think", "exclude"
        ),
        (
            #""arrive": "at once", "think": {"exponential": "1s"}, "requests": 3, "for": "30s""#,
            #""arrive": {"poisson": "5/s"}"#, "workload.arrive", "for ever"
        ),
        (#""override": {"#, #""override": {"nosuch": 1, "#, "topology.nosuch", "unknown key"),
        (#""override": {"#, #""override": 5, "about2": {"#, "override", "an object"),
        (#""seed": 42"#, #""seed": -1"#, "seed", "0 to"),
        (
            #""topologyRefresh": "onReconnect""#, #""topologyRefresh": "never""#,
            "topology.application.redisClient.masterCheck", "nobody else"
        ),
        (#""durabilityPolicy": "none""#, #""durabilityPolicy": "semiSync""#, "topology.mysql.failover", "acknowledged"),
    ])
    func contradictionsAreRefusedWhereTheyAre(old: String, new: String, path: String, cause: String) {
        let errors = errors(replacing: [(old, new)])
        #expect(errors.contains { $0.contains(": \(path): ") && $0.contains(cause) }, "\(errors)")
    }

    @Test func settingsWinAndTakeTheShortestPath() throws {
        let scenario = try ScenarioLoader.load(
            text: ReferenceText.scenario(),
            overrides: [
                "mysql.maxConnections=100", "workload.users=2000", "faults.2.at=3s", "topology.mysql.failover=null",
                "network.links.0.latency={\"exponential\": \"1ms\"}", "expect.0=drift == 0", "title=a=b", "seed=7",
                "mysql.flush.exponential=2ms", "application.threads=virtual", "mysql.replication.mode=semiSynchronous",
                "redis.sentinels.names=[\"s1\"]", "faults.8={\"crash\": \"s1\", \"at\": \"1s\"}",
                "expect.2=duration < 1h",
            ])
        #expect(scenario.topology.mysql?.maxConnections == 100)
        #expect(scenario.workload.users == 2_000)
        #expect(scenario.faults[2].trigger == .at(.seconds(3)))
        #expect(scenario.topology.mysql?.failover == nil)
        #expect(scenario.topology.network.links[0].latency == .exponential(mean: .milliseconds(1)))
        #expect(scenario.expect[0].metric == "drift")
        #expect(scenario.title == "a=b")
        #expect(scenario.seed == 7)
        #expect(scenario.topology.mysql?.flush == .exponential(mean: .milliseconds(2)))
        #expect(scenario.topology.mysql?.replication.mode == .semiSynchronous, "settings win over the overlay")
        #expect(scenario.faults.count == 9)
    }

    @Test(arguments: [
        ("faults.2.at=3x", "--set faults.2.at=3x: faults.2.at: "), ("nosuch.a=1", "write one of"),
        ("wokload.users=1", "did you mean \"workload\"?"), ("workload.usrs=1", "did you mean \"users\"?"),
        ("seed", "expected path=value"), ("=1", "expected path=value"), ("faults.99.at=1s", "no index"),
        ("faults.x.at=1s", "no index"), ("a..b=1", "expected path=value"), ("mysql=5", "expected an object"),
        ("topology=nosuch.json", "there is no file"),
        ("mysql.primary=app1", "is the name of application.servers.0 too"),
    ])
    func wrongSettingsAreNamed(setting: String, message: String) {
        let errors = errors(replacing: [], overrides: [setting])
        #expect(errors.contains { $0.contains(message) }, "\(errors)")
        #expect(errors.contains { $0.hasPrefix("--set \(setting): ") }, "\(errors)")
    }

    @Test func aTemplateIsAScenario() throws {
        let text = ScenarioTemplate.text(topology: "t.json").replacing("\"t.json\"", with: ReferenceText.topology)
        let scenario = try ScenarioLoader.load(text: text)
        #expect(scenario.topology.mysql?.lockWaitTimeout == .seconds(10))
        #expect(ScenarioTemplate.text(topology: "t.json").split(separator: "\n").count <= 22)
    }
}
