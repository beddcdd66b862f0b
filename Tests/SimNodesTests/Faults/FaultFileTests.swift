import Testing
import Topology

@testable import SimNodes

@Suite("Faults in a scenario's file: what is read, and what is refused with a remedy")
struct FaultFileTests {
    private static func load(
        _ fault: String, more: String = ""
    ) -> Result<Scenario, ConfigurationErrors> {
        let text = """
            {"topology": {
               "application": {"servers": ["app1", "app2"]},
               "redis": {"master": "redis-master", "replicas": ["redis-slave"], "sentinels": {"names": ["sentinel1"]}},
               "mysql": {"primary": "mysql-primary", "replicas": ["mysql-replica"],
                         "failover": {"manager": "orchestrator"}}},
             "workload": {"users": 1, "products": 3}, "faults": [\(fault)]\(more)}
            """
        return Result { () throws(ConfigurationErrors) in try ScenarioLoader.load(text: text) }
    }

    private static func errors(_ fault: String, more: String = "") -> [String] {
        switch load(fault, more: more) {
        case .success: []
        case .failure(let errors): errors.all.map { "\($0.pathText): \($0.cause); \($0.remedy)" }
        }
    }

    /// One of each family, with all its fields.
    private static let all = [
        #"{"crash": "redis-master", "how": "host", "restartAfter": "1s", "disk": "lost", "at": "1s"}"#,
        #"{"restart": "redis-slave", "disk": "lost", "at": "1s"}"#,
        #"{"rollingRestart": ["application", "redis-slave"], "wait": "1s", "at": "1s"}"#,
        #"{"pause": "self", "for": "1s", "on": "mysql.commit"}"#,
        #"{"slow": "mysql-primary", "factor": 2, "resource": "disk", "for": "1s", "at": "1s"}"#,
        #"{"clockJump": "redis-master", "by": "5s", "direction": "back", "for": "1s", "at": "1s"}"#,
        #"{"clockDrift": "self", "rate": -0.5, "for": "1s", "on": "redis.write", "nth": 3}"#,
        #"{"delay": ["users", "application"], "by": "1ms", "for": "1s", "at": "1s"}"#,
        #"{"loss": ["users", "application"], "probability": 0.5, "for": "1s", "at": "1s"}"#,
        #"{"reorder": ["application", "redis"], "probability": 0.5, "by": "1ms", "for": "1s", "at": "1s"}"#,
        #"{"duplicate": ["application", "users"], "probability": 0.5, "by": "1ms", "for": "1s", "at": "1s"}"#,
        #"{"reset": ["application", "mysql"], "share": 0.5, "at": "1s"}"#,
        #"{"partition": ["redis-master", ["redis-slave", "app2"]], "direction": "forward", "for": "1s", "at": "1s"}"#,
        #"{"isolate": ["redis-master", "app1"], "for": "1s", "at": "1s"}"#,
        #"{"diskStall": "self", "for": "1s", "on": "mysql.prepare"}"#,
        #"{"diskFull": "redis-master", "for": "1s", "at": "1s"}"#,
        #"{"replicationStall": "mysql-replica", "part": "apply", "for": "1s", "at": "1s"}"#,
        #"{"applyLag": "mysql-replica", "by": "1ms", "for": "1s", "at": "1s"}"#,
        #"{"flushAll": "redis-master", "at": "1s"}"#,
        #"{"maxMemory": "redis-master", "limit": "1mb", "policy": "allkeys-lru", "for": "1s", "at": "1s"}"#,
        #"{"foreignClient": "mysql-primary", "connections": 9, "rows": [0, 1], "for": "1s", "at": "1s"}"#,
    ]

    /// 0.14 × 100 is 14.000000000000002 in binary fractions.
    @Test("Shares are told in percent as they were written")
    func percents() {
        for hundredths in 1...100 {
            let share = Double(hundredths) / 100
            let sides = FaultSides(["application"], ["mysql"])
            let loss = Fault(.loss(LossFault(sides, probability: share)), .at(.seconds(1)))
            #expect(loss.summary == "lose \(hundredths) % between application and mysql at 1.0 s")
            let reset = Fault(.reset(ResetFault(sides, share: share / 10)), .at(.seconds(1)))
            let tenths = hundredths % 10 == 0 ? "\(hundredths / 10)" : "\(hundredths / 10).\(hundredths % 10)"
            #expect(reset.summary.hasPrefix("reset \(tenths) % of"))
        }
    }

    @Test("Every family is read, and reads back what it is written as", arguments: all)
    func families(_ text: String) throws {
        let scenario = try Self.load(text).get()
        let again = try Self.load(scenario.faults[0].json.text).get()
        #expect(again.faults == scenario.faults)
        let written = scenario.faults[0].json.members.map(\.key)
        let keys = [
            "for", "by", "rate", "share", "part", "rows", "resource", "disk", "wait", "direction", "limit", "policy",
        ]
        for key in keys where text.contains("\"\(key)\":") {
            #expect(written.contains(key), "\(key) is not kept")
        }
    }

    @Test("None is missing in the list of this test")
    func complete() {
        #expect(Self.all.map { $0.split(separator: "\"")[1] }.map(String.init) == FaultAction.families)
    }

    @Test(
        "What makes no sense is refused, with the reason and what to write instead",
        arguments: [
            (
                #"{"clockJump": "app1", "by": "5s", "at": "1s"}"#,
                #"faults.0.clockJump: clockJump does nothing to "app1": only Redis, Sentinels and nginx decide anything by "#
                    + #"their wall clock; name one of "redis-master", "redis-slave", "sentinel1""#
            ),
            (
                #"{"clockDrift": "self", "rate": 1, "on": "purchase.begun"}"#,
                #"faults.0.clockDrift: "purchase.begun" happens where clockDrift does nothing: only Redis, Sentinels and "#
                    + "nginx decide anything by their wall clock; name a node, or use another event"
            ),
            (
                #"{"diskStall": "app1", "for": "1s", "at": "1s"}"#,
                #"faults.0.diskStall: diskStall does nothing to "app1": only Redis and MySQL write to a disk; name one of "#
                    + #""redis-master", "redis-slave", "mysql-primary", "mysql-replica""#
            ),
            (
                #"{"diskFull": "redis-mastr", "at": "1s"}"#,
                #"faults.0.diskFull: there is no node "redis-mastr"; did you mean "redis-master"?"#
            ),
            (
                #"{"duplicate": ["application", "mysql"], "probability": 1, "at": "1s"}"#,
                "faults.0.duplicate: only what users send can come twice: all others talk over connections, and within a "
                    + #"connection TCP drops what comes twice; write ["users", "application"]"#
            ),
            (
                #"{"crash": "mysql-primary", "disk": "lost", "at": "1s"}"#,
                "faults.0.disk: a MySQL without its files needs somebody to set it up again, which is not modelled; "
                    + "remove it, or name a Redis"
            ),
            (
                #"{"slow": "redis-master", "factor": 2, "resource": "disk", "at": "1s"}"#,
                #"faults.0.resource: only MySQL waits for its disk at every step; choose "cpu" or "network", or a diskStall"#
            ),
            (
                #"{"replicationStall": "redis-slave", "part": "apply", "for": "1s", "at": "1s"}"#,
                #"faults.0.part: Redis applies what it receives at once; choose "receive""#
            ),
            (
                #"{"applyLag": "redis-slave", "by": "1s", "at": "1s"}"#,
                #"faults.0.applyLag: applyLag does nothing to "redis-slave": Redis applies what it receives at once; "#
                    + #"name one of "mysql-primary", "mysql-replica""#
            ),
            (
                #"{"foreignClient": "redis-master", "rows": [1], "for": "1s", "at": "1s"}"#,
                "faults.0.rows: Redis has no rows to lock; remove it, or name a MySQL"
            ),
            (
                #"{"isolate": [], "at": "1s"}"#,
                #"faults.0.isolate: nobody is named; write for example ["users"]"#
            ),
            (
                #"{"rollingRestart": ["users"], "at": "1s"}"#,
                #"faults.0.rollingRestart.0: there is no node or group "users"; write one of "app1", "app2", "redis-master", "#
                    + #""redis-slave", "sentinel1", "mysql-primary", "mysql-replica", "orchestrator", "application", "redis", "#
                    + #""sentinels", "mysql", "failoverManager""#
            ),
            (
                #"{"flushAll": "mysql-primary", "at": "1s"}"#,
                #"faults.0.flushAll: flushAll does nothing to "mysql-primary": this is a command of Redis; "#
                    + #"name one of "redis-master", "redis-slave""#
            ),
            (
                #"{"diskStall": "redis-master", "at": "1s"}"#,
                #"faults.0.for: missing (How long they hang); add "for": "250ms""#
            ),
        ])
    func refused(_ text: String, _ expected: String) {
        #expect(Self.errors(text) == [expected])
    }

    @Test("Random faults are read, and refused where the system has no such node")
    func randomFaults() throws {
        let text =
            #", "randomFaults": {"enable": 1, "fire": 0.1, "sites": ["mysql.lostReply"], "limit": 3, "hang": "2s"}"#
        let luck = try #require(try Self.load("", more: text).get().randomFaults)
        #expect(luck.enable == 1 && luck.fire == 0.1 && luck.limit == 3 && luck.hang == .seconds(2))
        #expect(luck.sites == [.mysqlLostReply])
        let lonely = """
            {"topology": {"application": {"servers": ["app1"]}, "mysql": {"primary": "mysql-primary"},
               "purchase": {"lock": {"kind": "none"}, "stockCheck": "primary", "cache": {"update": "none"},
                            "publish": "none"}},
             "workload": {"users": 1, "products": 3},
             "randomFaults": {"sites": ["mysql.slowFlush", "redis.lostReply", "manager.lostPoll"]}}
            """
        do throws(ConfigurationErrors) {
            _ = try ScenarioLoader.load(text: lonely)
            Issue.record("sites that nothing passes were accepted")
        } catch {
            #expect(error.all.map(\.pathText) == ["randomFaults.sites.1", "randomFaults.sites.2"])
        }
    }
}
