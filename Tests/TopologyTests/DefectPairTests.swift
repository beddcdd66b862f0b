import Testing

@testable import Topology

/// Defects as files: one scenario, patched twice.
struct DefectPairTests {
    private static let defect = """
        {
          "number": 16, "name": "DEL-not-owner", "story": "A deletes B's lock.", "scenario": "sale.json",
          "common": {"override": {"purchase": {"lock": {"ttl": "1s"}}}, "faults": []},
          "defect": {"override": {"purchase": {"lock": {"release": "delete"}}}},
          "sound": {"override": {"purchase": {"lock": {"release": "compareAndDelete"}}}},
          "needs": "pause", "caughtBy": ["I5"], "beside": {"I4": "asynchronous"}
        }
        """

    private func load(_ text: String) throws -> DefectPair {
        try FileBesideSale(text).load { try DefectPair.load(path: $0) }
    }

    private func errors(_ text: String) -> [String] {
        FileBesideSale(text).errors { try DefectPair.load(path: $0) }
    }

    @Test func bothSidesDifferInTheDefectAlone() throws {
        let pair = try load(Self.defect)
        #expect(pair.defect.number == 16)
        #expect(pair.defect.needs == "pause")
        #expect(pair.defect.beside["I4"] == "asynchronous")
        #expect(pair.defect.beside["I5"] == nil)
        #expect(pair.defective.topology.purchase.lock.release == .delete)
        #expect(pair.defective.topology.purchase.lock.ttl == .seconds(1))
        #expect(pair.defective.faults.isEmpty)
        var mended = pair.defective
        mended.topology.purchase.lock.release = .compareAndDelete
        #expect(mended == pair.sound)
        #expect(!pair.isSwarm)
    }

    @Test func aSectionForExplorationMakesEachSeedAVariant() throws {
        let text = Self.defect.replacing("\"faults\": []", with: "\"explore\": {\"faultsAtMost\": 1}")
        #expect(try load(text).isSwarm)
    }

    @Test func allErrorsOfBothSidesAreFoundAtOnce() {
        let text = Self.defect.replacing("\"ttl\": \"1s\"", with: "\"ttl\": 1")
            .replacing("\"delete\"}", with: "\"deleet\"}")
        let found = errors(text)
        #expect(found.count == 2, "\(found)")
        #expect(found.first?.hasPrefix("3 topology.purchase.lock.ttl: expected a duration") == true)
        #expect(found.last?.contains("did you mean \"delete\"?") == true)
        #expect(found.last?.hasPrefix("4 ") == true)
    }

    @Test(arguments: [
        ("\"caughtBy\": [\"I5\"]", "\"caughtBy\": []", "nothing catches it"),
        ("\"caughtBy\": [\"I5\"]", "\"caughtBy\": [\"I55\"]", "there is no invariant \"I55\""),
        ("\"caughtBy\": [\"I5\"]", "\"caughtBy\": [\"I4\"]", "the sound side may break I4"),
        ("{\"I4\": \"asynchronous\"}", "{\"J4\": \"asynchronous\"}", "there is no invariant \"J4\""),
        ("{\"I4\": \"asynchronous\"}", "{\"I4\": 1}", "expected a string"),
        ("\"compareAndDelete\"", "\"delete\"", "both sides are the same scenario"),
        ("\"sale.json\"", "\"sales.json\"", "there is no file"),
        ("\"number\": 16", "\"number\": 0", "expected a value from 1"),
    ]) func whatMakesNoSenseIsRefused(old: String, new: String, cause: String) {
        let found = errors(Self.defect.replacing(old, with: new))
        #expect(found.count == 1 && found[0].contains(cause), "\(found)")
    }
}
