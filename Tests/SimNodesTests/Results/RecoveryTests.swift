import Testing
import Topology

@testable import SimNodes

@Suite struct RecoveryTests {
    /// Ten requests a second for a minute, disturbed from second 10 to second 15; `isServed` says which are served.
    private static func result(
        requestsEach: Int = 10, ended: Int64 = 15, isServed: (_ second: Int) -> Bool
    ) -> RecoveryResult? {
        var requests: [RequestRecord] = []
        var attempts: [AttemptRecord] = []
        for second in 0..<60 {
            // What comes after the disturbance may be more than what came before.
            for index in 0..<(second < 15 ? 10 : requestsEach) {
                let moment = Instant.zero + .seconds(Int64(second)) + .milliseconds(Int64(1_000 * index / requestsEach))
                var request = RequestRecord(
                    number: requests.count, user: 1, flow: .view, product: 1, quantity: 1, intended: moment)
                request.outcome = isServed(second) ? .success : .timedOut
                let number = Int32(requests.count)
                attempts.append(AttemptRecord(request: number, key: 1, began: moment))
                if !isServed(second) {
                    let previous = Int32(attempts.count - 1)
                    attempts.append(AttemptRecord(request: number, previous: previous, key: 1, began: moment))
                }
                requests.append(request)
            }
        }
        let disturbance = RecoverySearch.Disturbance(
            description: "the pause", began: .zero + .seconds(10), ended: .zero + .seconds(ended))
        return RecoverySearch(requests: requests, attempts: attempts).result([disturbance], opening: .zero)
    }

    @Test func whoIsServedAgainHasRecovered() throws {
        let result = try #require(Self.result { $0 < 10 || $0 >= 20 })
        #expect(result.outcome == .recovered)
        // Until the end of the slot in which it happened: slots are a thirtieth of 44.9 s.
        #expect(result.recoveredAfter == TimeSpan(nanoseconds: 5_986_666_664))
        #expect(result.before.wanted == 100 && result.before.servedShare == 1 && result.after.servedShare == 1)
        #expect(Self.result { _ in true }?.recoveredAfter == .zero)
    }

    @Test func whoIsNotServedUnderTheSameLoadIsMetastable() throws {
        let result = try #require(Self.result { $0 < 10 })
        #expect(result.outcome == .metastable && result.recoveredAfter == nil)
        #expect(result.after.servedShare == 0 && result.after.repeatedShare == 0.5)
        #expect(
            result.sentence == """
                METASTABLE: 44.9 s after the pause was over, 0.0 % of the requests are served, 100.0 % before it; \
                50.0 % of all attempts are repetitions
                """)
    }

    @Test(
        "What is left standing follows from a system that stays down; what is lost does not",
        arguments: [
            (["I7"], "METASTABLE: "), (["I7", "I4"], "METASTABLE: "), (["I7", "I3"], "I3 "), ([], "METASTABLE: "),
        ])
    func metastabilityComesBeforeWhatFollowsFromIt(_ broken: [String], _ start: String) {
        let verdict = Judgement.verdict(
            invariants: broken.map { InvariantResult(id: $0, title: "t", holds: false, detail: "d", evidence: []) },
            expectations: [], faults: [], requests: 1, cause: nil, recovery: Self.result { $0 < 10 })
        #expect(verdict.kind == .breaks && verdict.reason.hasPrefix(start), "\(verdict.reason)")
        for id in broken { #expect(verdict.reason.contains(id)) }
    }

    @Test func aBacklogThatDrainsIsNotMetastable() {
        #expect(Self.result { $0 < 10 || ($0 >= 45 && $0 % 2 == 0) }?.outcome == .recovering)
    }

    @Test func moreLoadThanBeforeIsAnOverload() {
        #expect(Self.result(requestsEach: 20) { $0 < 10 }?.outcome == .overloaded)
    }

    @Test func withoutABeforeOrAnAfterNothingIsSaid() {
        #expect(Self.result { _ in false } == nil, "nobody was served before")
        #expect(Self.result(ended: 50) { _ in true } == nil, "ten seconds say nothing about a disturbance of forty")
        #expect(RecoverySearch(requests: [], attempts: []).result([], opening: .zero) == nil)
    }

    @Test func peaksAreDisturbances() throws {
        func peak(_ arrive: String) throws -> RecoverySearch.Disturbance? {
            let scenario = try ScenarioLoader.load(
                text: """
                    {"topology": {"application": {"servers": ["a"]}, "mysql": {"primary": "db"}, "redis": {"master": "r"}},
                     "workload": {"users": 1, "for": "60s", "arrive": \(arrive)}}
                    """)
            return scenario.workload.peak(opening: .zero)
        }
        let spike = try #require(
            try peak(#"{"spike": {"base": "10/s", "peak": "90/s", "at": "5s", "for": "2s"}}"#))
        #expect(spike.began == .zero + .seconds(5) && spike.ended == .zero + .seconds(7))
        let stages = try #require(
            try peak(
                #"{"stages": [{"rate": "1/s", "for": "5s"}, {"rate": "9/s", "for": "3s"}, {"rate": "1/s", "for": "9s"}]}"#
            ))
        #expect(stages.began == .zero + .seconds(5) && stages.ended == .zero + .seconds(8))
        #expect(try peak(#"{"stages": [{"rate": "1/s", "for": "5s"}, {"rate": "9/s", "for": "3s"}]}"#) == nil)
        #expect(try peak(#"{"poisson": "9/s"}"#) == nil)
    }

    /// The same pause, the same load: it is the repetitions that keep the database busy.
    @Test func aRetryStormOutlivesItsCauseAndABudgetEndsIt() throws {
        let short = [
            "workload.for=14s", "workload.giveUp=4s", "faults.0.at=3s", "faults.0.for=3s", "mysql.storageChannels=2",
            "workload.arrive={\"poisson\":\"45/s\"}",
        ]
        let path = "configs/scenarios/retry-storm.json"
        let storm = Simulation.run(try TestFiles.scenario(path, short), seed: 1)
        #expect(storm.recovery?.outcome == .metastable)
        #expect(storm.verdict.kind == .breaks && storm.verdict.reason.hasPrefix("METASTABLE: "))
        #expect(storm.metrics["recovery.share"].map { $0 < 0.2 } == true)
        #expect(storm.metrics["retries.share"].map { $0 > 0.5 } == true)

        let calm = ["workload.retry.policy=backoff", "workload.retry.jitter=full", "workload.retry.budget=0.1"]
        let twin = Simulation.run(try TestFiles.scenario(path, short + calm), seed: 1)
        #expect(twin.recovery?.outcome == .recovered, "\(String(describing: twin.recovery))")
        #expect(twin.verdict.kind == .holds, "\(twin.verdict.reason)")
        #expect(twin.metrics["recovery.time"] != nil)
    }
}
