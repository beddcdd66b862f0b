import Testing

@testable import SimNodes
@testable import Topology

/// The rule, and the rounds, over invented runs.
@Suite struct ClaimLedgerTests {
    /// What came out where a claim is made and elsewhere, and what that makes of it.
    struct Rule: Sendable {
        let stated: [ClaimMeasurement.Outcome]
        let variants: [ClaimMeasurement.Outcome]
        let verdict: ClaimVerdict

        init(_ stated: [ClaimMeasurement.Outcome], _ variants: [ClaimMeasurement.Outcome], _ verdict: ClaimVerdict) {
            (self.stated, self.variants, self.verdict) = (stated, variants, verdict)
        }
    }

    static let rules: [Rule] = [
        Rule([.holds], [], .holds), Rule([.holds, .holds], [.holds], .holds),
        Rule([.fails], [.holds], .refuted), Rule([.holds, .fails], [], .refuted), Rule([.fails, .open], [], .refuted),
        Rule([.holds], [.fails], .conditional), Rule([.holds], [.holds, .fails, .open], .conditional),
        Rule([.open], [], .inconclusive), Rule([.open], [.fails], .inconclusive),
        Rule([.holds, .untested], [], .inconclusive), Rule([.holds], [.open], .inconclusive),
        Rule([.holds], [.untested], .inconclusive), Rule([], [], .inconclusive),
    ]

    @Test(arguments: rules) func whereTheClaimIsMadeComesFirst(rule: Rule) {
        let outcomes = rule.stated.map { (ClaimRole.stated, $0) } + rule.variants.map { (ClaimRole.variant, $0) }
        #expect(ClaimVerdict.decide(outcomes + [(.shown, .fails)]) == rule.verdict)
    }

    // MARK: - Rounds

    private func situation(
        _ name: String, _ expect: [String], role: ClaimRole = .stated, users: Int = 1, within: Double? = nil,
        _ plan: (inout ClaimSituation) -> Void = { _ in }
    ) throws -> ClaimCase.Situation {
        var situation = ClaimSituation()
        (situation.name, situation.role) = (name, role)
        plan(&situation)
        var scenario = Scenario()
        scenario.workload.users = users
        let checks = try expect.map { ClaimCase.Check(try Expectation.parse($0), within: within) }
        return ClaimCase.Situation(plan: situation, scenario: scenario, file: "sale.json", settings: [], checks: checks)
    }

    private func claim(_ situations: [ClaimCase.Situation], outOfScope: String? = nil) -> ClaimCase {
        var claim = Claim()
        claim.outOfScope = outOfScope
        return ClaimCase(claim: claim, path: "X.json", situations: situations)
    }

    /// The metric "m" is what `value` says of a scenario's users and the seed; "n" has no samples.
    private func measure(
        _ claims: [ClaimCase], interrupted: Bool = false, idleFault: Bool = false,
        _ value: @escaping @Sendable (_ users: Int, _ seed: UInt64) -> Double
    ) -> (ledger: ClaimLedger, runs: Int) {
        let laboratory = Laboratory(threads: 2) { scenario, seed in
            let fault = FaultResult(
                description: "crash of app1", appliedAt: nil, requestsAffected: 0, hadEffect: !idleFault)
            return RunResult(
                scenario: scenario, seed: seed, digest: TraceDigest(), events: 1, simulated: .zero, duration: .zero,
                verdict: Verdict(.holds, ""), milestones: [], flows: [], resources: [],
                cache: CacheResult(hits: 0, misses: 0), failovers: [], faults: [fault],
                series: OutcomeSeries(width: .seconds(1), successes: [], failures: []), invariants: [],
                expectations: [], metrics: ["m": value(scenario.workload.users, seed)], programFaults: [])
        } isInterrupted: {
            interrupted
        }
        return (ClaimLedger(claims, laboratory), laboratory.runs)
    }

    @Test func everyVerdictComesOfMeasuring() throws {
        let noisy = try situation("noisy", ["m < 10"], users: 3) { $0.runsAtMost = 12 }
        let claims = [
            claim([try situation("few", ["m < 10"])]),
            claim([try situation("few", ["m < 10"]), try situation("many", ["m < 10"], role: .variant, users: 20)]),
            claim([try situation("many", ["m < 10"], users: 20), try situation("few", ["m < 10"], role: .variant)]),
            claim([noisy]), claim([], outOfScope: "no request changes"),
            claim([try situation("few", ["n < 10"])]),
        ]
        let (ledger, _) = measure(claims) { users, seed in
            users == 3 ? (seed % 2 == 0 ? 5 : 14) : Double(users)
        }
        #expect(ledger.isComplete)
        #expect(
            ledger.entries.map(\.verdict) == [
                .holds, .conditional, .refuted, .inconclusive, .outOfScope, .refuted,
            ])
        #expect(ledger.entries[1].decisive?.situation.plan.name == "many")
        #expect(ledger.entries[2].decisive?.situation.plan.name == "many")
        // 5, then 10, then the cap.
        #expect(ledger.entries[3].measurements[0].runs.map(\.seed) == Array(1...12))
        #expect(ledger.entries[3].measurements[0].figures[0].runsToSettle.map { $0 > 12 } == true)
        #expect(ledger.count(.refuted) == 2 && ledger.count(.holds) == 1)
    }

    @Test func measuringEndsAsSoonAsItIsClear() throws {
        let claims = [claim([try situation("steady", ["m < 10"])]), claim([try situation("again", ["m > 0"])])]
        // Both situations are the same scenario: their runs are made once.
        #expect(measure(claims) { _, _ in 5 }.runs == 5)
        let (ledger, runs) = measure([claims[0]]) { _, seed in seed <= 5 ? (seed % 2 == 0 ? 9 : 10.5) : 9 }
        #expect(runs == 10 && ledger.entries[0].verdict == .holds)
    }

    @Test func runsThatMustAllBeRightAreAllMade() throws {
        let every = try situation("every", ["m < 10"]) { ($0.judge, $0.runsAtMost) = (.everyRun, 7) }
        let some = try situation("some", ["m > 10"]) { ($0.judge, $0.runsAtMost) = (.someRun, 40) }
        let none = try situation("none", ["m > 20"]) { ($0.judge, $0.runsAtMost) = (.someRun, 9) }
        let (ledger, _) = measure([claim([every]), claim([some]), claim([none])]) { _, seed in seed == 6 ? 11 : 1 }
        #expect(ledger.entries.map { $0.measurements[0].runs.count } == [7, 10, 9])
        #expect(ledger.entries.map(\.verdict) == [.refuted, .holds, .refuted])
        #expect(ledger.entries[0].measurements[0].decisive?.firstWrong == 5)
    }

    @Test func quotientsAreTakenSeedBySeed() throws {
        let base = try situation("base", [], role: .shown, users: 2)
        let relative = try situation("twice", ["m == 200%"], users: 4, within: 0.01) {
            ($0.relativeTo, $0.runsAtMost) = ("base", 10)
        }
        let (ledger, runs) = measure([claim([base, relative])]) { users, seed in Double(users) * Double(seed) }
        #expect(ledger.entries[0].verdict == .holds)
        #expect(ledger.entries[0].measurements[1].figures[0].values == [2, 2, 2, 2, 2])
        #expect(runs == 10)
    }

    @Test func aFaultWithoutEffectTriesNothing() throws {
        let situation = try situation("idle", ["m < 10"])
        let (ledger, runs) = measure([claim([situation])], idleFault: true) { _, _ in 1 }
        #expect(ledger.entries[0].verdict == .inconclusive && runs == 5)
        #expect(ledger.entries[0].measurements[0].idleFault == "crash of app1")
    }

    @Test func anInterruptionLeavesWhatWasMeasured() throws {
        let situations = try (1...400).map { try situation("s\($0)", ["m < 1000"], users: $0) }
        let (ledger, _) = measure([claim(situations)], interrupted: true) { users, _ in Double(users) }
        #expect(!ledger.isComplete)
        #expect(ledger.entries[0].verdict == .inconclusive)
    }
}
