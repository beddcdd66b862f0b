import Foundation
import Testing

@testable import Topology

/// Claims as files: what is stated, and the scenarios that measure it.
struct ClaimCaseTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL
    private static let claim = """
        {
          "id": "X1", "design": "tested", "claim": "views are fast",
          "stated": [
            {"source": "read-me", "words": "about 5 ms", "figure": "~5 ms", "expect": ["view.any.mean == 5ms"], "within": 0.1},
            {"source": "diagram", "words": "below 10 ms", "figure": "< 10 ms", "expect": ["view.any.mean < 10ms"]}
          ],
          "scenario": "sale.json", "change": {"workload": {"users": 7}, "override": {"mysql": {"cores": 3}}},
          "situations": [
            {"name": "all is well", "show": ["throughput"]},
            {"name": "there are more", "role": "variant", "change": {"workload": {"users": 9}}, "relativeTo": "all is well",
             "expect": ["view.any.mean < 110%"], "runsAtMost": 8},
            {"name": "luck is bad", "role": "variant", "judge": "everyRun", "explore": 5, "expect": ["oversold == 0"]}
          ]
        }
        """

    private func load(_ text: String) throws -> ClaimCase {
        try FileBesideSale(text).load { try ClaimCase.load(path: $0) }
    }

    private func errors(_ text: String) -> [String] {
        FileBesideSale(text).errors { try ClaimCase.load(path: $0) }
    }

    @Test func situationsAreTheScenarioWithWhatTheyChange() throws {
        let loaded = try load(Self.claim)
        #expect(loaded.situations.map(\.scenario.workload.users) == [7, 9, 7])
        #expect(loaded.situations.allSatisfy { $0.scenario.topology.mysql?.cores == 3 && $0.scenario.expect.isEmpty })
        #expect(
            loaded.situations.map { $0.checks.map(\.expectation.source) } == [
                ["view.any.mean == 5ms", "view.any.mean < 10ms"], ["view.any.mean < 110%"], ["oversold == 0"],
            ])
        #expect(loaded.situations[0].checks.map(\.within) == [0.1, nil])
        #expect(loaded.situations[1].settings == ["workload.users=9", "mysql.cores=3"])
        #expect(loaded.situations[0].unit(of: "view.any.mean") == .duration)
        #expect(loaded.situations[1].unit(of: "view.any.mean") == .ratio)
        #expect(loaded.contradictions.isEmpty)
    }

    @Test func aScenarioOfItsOwnIsNotChangedByTheClaim() throws {
        let text = Self.claim.replacing(
            "{\"name\": \"all is well\",", with: "{\"name\": \"all is well\", \"scenario\": \"sale.json\",")
        #expect(try load(text).situations[0].settings.isEmpty)
    }

    /// The commands of the ledger show what was measured: a patch and its settings make the same scenario.
    @Test func everyClaimOfTheRepositoryCanBeShownByItsSettings() throws {
        let folder = Self.root.appending(path: "configs/claims")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".json") }
        #expect(files.count >= 22)
        var ids: Set<String> = []
        let schema = SchemaValidator(root: SchemaBuilder.document(for: Claim.self, title: ""))
        for file in files.sorted() {
            let path = folder.appending(path: file).path()
            let loaded = try ClaimCase.load(path: path)
            #expect(ids.insert(loaded.claim.id).inserted, "\(file)")
            #expect(schema.allows(try ScenarioLoader.parse(path: path)), "\(file)")
            for situation in loaded.situations {
                var scenario = try ScenarioLoader.load(path: situation.file, overrides: situation.settings)
                scenario.expect = []
                #expect(scenario == situation.scenario, "\(file), \(situation.plan.name)")
            }
        }
    }

    @Test func aToleranceBecomesTwoBounds() throws {
        let check = ClaimCase.Check(try Expectation.parse("view.any.mean == 5ms"), within: 0.1)
        #expect(check.expectations.map(\.source) == ["view.any.mean >= 4500us", "view.any.mean <= 5500us"])
        #expect(check.accepts(0.0045) && check.accepts(0.0055) && !check.accepts(0.0056) && !check.accepts(0.0044))
        let exact = ClaimCase.Check(try Expectation.parse("oversold == 0"))
        #expect(exact.expectations.map(\.source) == ["oversold == 0"])
        let other = ClaimCase.Check(try Expectation.parse("oversold != 3"), within: 0.5)
        #expect(other.within == nil && other.accepts(2) && !other.accepts(3))
        for text in ["a == 100", "a == 50%", "a == 200/s"] {
            let check = ClaimCase.Check(try Expectation.parse(text), within: 0.1)
            for bound in check.expectations { #expect(try Expectation.parse(bound.source) == bound) }
        }
    }

    @Test(arguments: [
        ("a == 600", "a < 600", true), ("a == 600", "a <= 600", false), ("a == 3984", "a == 4000", true),
        ("a == 3984", "b == 4000", false), ("a < 5", "a > 5", true), ("a <= 5", "a >= 5", false),
        ("a < 5", "a >= 5", true), ("a < 5", "a > 4", false), ("a != 5", "a == 5", false),
    ]) func statementsContradictEachOtherWhereNoValueSatisfiesBoth(one: String, other: String, clash: Bool) throws {
        var (first, second) = (ClaimStatement(), ClaimStatement())
        first.expect = [try Expectation.parse(one)]
        second.expect = [try Expectation.parse(other)]
        // Taken at their word: a tolerance is one of the measurement.
        (first.within, second.within) = (0.5, 0.5)
        let found = Contradiction.all(in: [first, second, first])
        #expect(found.count == (clash ? 2 : 0))
        #expect(found.allSatisfy { $0.pairs.count == 1 })
    }

    @Test func allErrorsOfAllSituationsAreFoundAtOnce() {
        let text = Self.claim.replacing("\"users\": 9", with: "\"userss\": 9").replacing("oversold", with: "oversolt")
            .replacing("\"throughput\"", with: "\"throughputt\"").replacing("110%", with: "11ms")
        let found = errors(text)
        #expect(found.count == 3, "\(found)")
        #expect(found[0].contains("situations.0.show.0: unknown metric \"throughputt\"; did you mean \"throughput\"?"))
        #expect(found[1].contains("workload.userss: unknown key \"userss\"; did you mean \"users\"?"))
        #expect(found[2].contains("situations.2.expect.0: unknown metric \"oversolt\"; did you mean \"oversold\"?"))
        #expect(found.map { $0.prefix(2) } == ["9 ", "10", "12"])
    }

    /// Old text, new text, and the error that it makes, with its place.
    @Test(arguments: [
        ("\"X1\"", "\"X 1\"", "2 id: the string \"X 1\" is no name of a claim; write for example \"R7\""),
        ("\"tested\"", "\"\"", "2 design: the string \"\" is no name of a design"),
        ("\"design\":", "\"desing\": 1, \"design\":", "2 desing: unknown key \"desing\"; did you mean \"design\"?"),
        (
            "\"role\": \"variant\", \"change\"", "\"role\": \"varient\", \"change\"",
            "10 situations.1.role: expected one of"
        ),
        ("{\"name\": \"all", "{\"role\": \"variant\", \"name\": \"all", "8 situations: the claim is measured nowhere"),
        ("\"luck is bad\"", "\"all is well\"", "12 situations.2.name: two situations are named \"all is well\""),
        ("\"sale.json\"", "\"sails.json\"", "7 scenario: there is no file"),
        (
            "To\": \"all is well\"", "To\": \"all is wel\"",
            "10 situations.1.relativeTo: there is no other situation \"all is wel\"; did you mean \"all is well\"?"
        ),
        ("To\": \"all is well\"", "To\": \"luck is bad\"", "10 situations.1.relativeTo: variants of an exploration"),
        (
            "110%", "11ms",
            "11 situations.1.expect.0: relative to another situation view.any.mean is a ratio, 11ms is none"
        ),
        ("view.any.mean < 10ms", "view.any.mean < 10", "5 stated.1.expect.0: view.any.mean is a duration, 10 is none"),
        ("\"judge\": \"everyRun\", ", "", "12 situations.2.judge: a mean over unlike variants says nothing"),
        ("\"explore\": 5", "\"explore\": 0", "12 situations.2.explore: expected a value from 1 to 100000"),
        ("\"runsAtMost\": 8", "\"runsAtMost\": 1", "11 situations.1.runsAtMost: expected a value from 2 to 10000"),
        ("[\"oversold == 0\"]", "[]", "12 situations.2.expect: nothing is expected"),
        ("\"variant\", \"judge\"", "\"shown\", \"judge\"", "12 situations.2.expect: what is only shown is not judged"),
        ("\"within\": 0.1", "\"within\": 10", "4 stated.0.within: expected a value from 0 to 1"),
        (
            "\"expect\": [\"view.any.mean < 10ms\"]", "\"expect\": [\"view.any.mean < 10ms\"], \"within\": 0.1",
            "5 stated.1.within: no expectation says what the value is to be near to"
        ),
        ("\"words\": \"below 10 ms\", ", "", "5 stated.1.words: missing (What stands there)"),
        ("\"cores\": 3", "\"cores\": \"3\"", "7 topology.mysql.cores: expected a whole number"),
        (
            "\"situations\": [", "\"outOfScope\": \"why\", \"situations\": [",
            "8 outOfScope: a claim that is out of scope is not measured"
        ),
    ]) func whatMakesNoSenseIsRefused(old: String, new: String, error: String) {
        let found = errors(Self.claim.replacing(old, with: new))
        #expect(found.count == 1 && found[0].hasPrefix(error), "\(found)")
    }

    @Test func everySituationNeedsAScenario() {
        let found = errors(Self.claim.replacing("\"scenario\": \"sale.json\", ", with: ""))
        #expect(found.count == 3, "\(found)")
        #expect(found[1].hasPrefix("10 situations.1.scenario: neither the claim nor the situation names a scenario"))
    }

    @Test func aClaimThatSaysNothingIsRefused() {
        let empty = """
            {"id": "X2", "design": "tested", "claim": "all is well", "stated": [], "scenario": "sale.json",
             "situations": [{"name": "always"}]}
            """
        #expect(
            errors(empty) == [
                "1 stated: nothing is stated; quote the place that makes the claim",
                "2 situations.0.expect: nothing is expected; add \"expect\" here or to what is stated",
            ])
    }

    @Test func whatCanNotBeSimulatedNeedsNoSituation() throws {
        let loaded = try load(
            """
            {"id": "X3", "design": "tested", "claim": "it is safe", "outOfScope": "nothing of it changes a request",
             "stated": [{"source": "read-me", "words": "TLS", "figure": "TLS"}]}
            """)
        #expect(loaded.situations.isEmpty)
        #expect(loaded.claim.outOfScope == "nothing of it changes a request")
    }
}
