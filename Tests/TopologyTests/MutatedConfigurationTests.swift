import Testing

@testable import Topology

/// Whatever is done to a configuration, reading it ends with a scenario or with errors that help.
struct MutatedConfigurationTests {
    private static let original = Array(ReferenceText.scenario().utf8)

    @Test(arguments: 0..<20) func damagedFilesAreRefusedWithPlaceCauseAndRemedy(batch: Int) throws {
        for seed in batch * 50..<batch * 50 + 50 {
            var mutation = Mutation(seed: seed)
            let bytes = mutation.apply(to: Self.original)
            do throws(ConfigurationErrors) {
                _ = try ScenarioLoader.load(bytes: bytes, file: "sale.json")
            } catch {
                #expect(!error.all.isEmpty)
                let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                for problem in error.all {
                    #expect(problem.place.file == "sale.json")
                    #expect((1...lines.count).contains(problem.place.line), "\(problem)")
                    let line = lines[max(0, problem.place.line - 1)]
                    #expect((1...line.count + 1).contains(problem.place.column), "\(problem)")
                    #expect(
                        !problem.pathText.isEmpty && !problem.cause.isEmpty && !problem.remedy.isEmpty, "\(problem)")
                }
            }
        }
    }

    /// The damage is of all sorts: the three stages of reading all have their share.
    @Test func damageReachesEveryStage() {
        var stages: [ConfigurationError.Kind: Int] = [:]
        var accepted = 0
        for seed in 0..<1_200 {
            var mutation = Mutation(seed: seed)
            do throws(ConfigurationErrors) {
                _ = try ScenarioLoader.load(bytes: mutation.apply(to: Self.original), file: "sale.json")
                accepted += 1
            } catch {
                for kind in Set(error.all.map(\.kind)) { stages[kind, default: 0] += 1 }
            }
        }
        #expect(stages[.syntax, default: 0] > 240)
        #expect(stages[.shape, default: 0] > 240)
        #expect(stages[.meaning, default: 0] > 30)
        // What is accepted changed white space, a comment, or one right value into another.
        #expect(accepted < 240)
    }

    /// The schema forbids exactly the shapes that the decoder forbids.
    @Test(arguments: 0..<10) func decoderAndSchemaAgreeOnDamagedTexts(batch: Int) {
        let validator = SchemaValidator(root: SchemaBuilder.document(for: Scenario.self, title: "Scenario"))
        for seed in batch * 100..<batch * 100 + 100 {
            var mutation = Mutation(seed: seed)
            guard let tree = try? JSONParser.parse(mutation.apply(to: Self.original), file: "sale.json") else {
                continue
            }
            expectAgreement(on: tree, validator, "seed \(seed)")
        }
    }

    /// The same, with each single value in turn replaced or removed, and a stranger put into each object.
    @Test func decoderAndSchemaAgreeOnEveryValue() throws {
        let validator = SchemaValidator(root: SchemaBuilder.document(for: Scenario.self, title: "Scenario"))
        let tree = try JSONParser.parse(Self.original, file: "sale.json")
        let strangers: [JSONNode] = [
            "nosuch", 0, -1, 2, JSONNode(.number(0.5)), JSONNode(.number(1e15)), JSONNode(.null), true, [], [1, 2],
            ["a", "b"], ["nosuch": 1], "5ms", "5/s", "1mb",
        ]
        var turn = 0
        for path in Self.paths(in: tree) {
            for offset in 0..<3 {
                var copy = tree
                turn += 1
                let stranger = strangers[(turn * 7 + offset) % strangers.count]
                if copy.set(path[...], to: stranger) == nil {
                    expectAgreement(on: copy, validator, "\(path) = \(stranger.text)")
                }
            }
            var copy = tree
            _ = copy.set((path + ["nosuch"])[...], to: 1)
            expectAgreement(on: copy, validator, "\(path) + nosuch")
            copy = tree
            let isGone = copy.remove(path[...])
            #expect(isGone)
            expectAgreement(on: copy, validator, "\(path) removed")
        }
        #expect(turn > 900)
    }

    private static func paths(in node: JSONNode) -> [[String]] {
        let steps =
            node.members.map { ($0.key, $0.value) } + node.elements.enumerated().map { (String($0), $1) }
        return steps.flatMap { step, value in [[step]] + paths(in: value).map { [step] + $0 } }
    }

    private func expectAgreement(on tree: JSONNode, _ validator: SchemaValidator, _ what: String) {
        // A file's name in place of its content is the loader's business.
        guard tree["topology"]?.string == nil, tree["workload"]?["arrive"]?["trace"]?.string == nil else { return }
        var decoder = ConfigurationDecoder()
        _ = Scenario.decode(tree, in: &decoder)
        let isShapely = !decoder.errors.contains { $0.kind == .shape }
        #expect(validator.allows(tree) == isShapely, "\(what): \(ConfigurationErrors(decoder.errors))")
    }
}
