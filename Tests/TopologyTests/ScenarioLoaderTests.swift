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
}
