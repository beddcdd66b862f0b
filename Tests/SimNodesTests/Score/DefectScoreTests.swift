import Foundation
import SimNodes
import Testing
import Topology

@Suite("How well the net holds a bug") struct DefectScoreTests {
    private static let small =
        #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/configs/scenarios/property-small.json"
    /// Nothing stands between two buyers but the update itself.
    private static let open = """
        {"faults": [], "override": {"purchase": {"lock": {"kind": "none"}, "stockCheck": "none",
         "cache": {"update": "none"}, "transaction": {"read": "none", "version": "ignored"}}}}
        """

    private func pair(defect: String, sound: String, caughtBy: String, beside: String = "{}") throws -> DefectPair {
        let text = """
            {"number": 8, "name": "no-stock-guard", "story": "Below zero.", "scenario": "\(Self.small)",
             "common": \(Self.open), "defect": {"override": {"purchase": {"transaction": {"decrement": "\(defect)"}}}},
             "sound": {"override": {"purchase": {"transaction": {"decrement": "\(sound)"}}}},
             "caughtBy": ["\(caughtBy)"], "beside": \(beside)}
            """
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return try DefectPair.load(path: file.path())
    }

    private func effort(_ seeds: Int, catches: Int, controls: Int) -> DefectScore.Effort {
        var effort = DefectScore.Effort()
        (effort.mostSeeds, effort.catches, effort.controls) = (seeds, catches, controls)
        return effort
    }

    @Test func aBugIsCaughtAndItsTwinIsNot() throws {
        let pair = try pair(defect: "unguarded", sound: "guarded", caughtBy: "I1")
        let score = DefectScore.measure(pair, effort(200, catches: 3, controls: 8))
        #expect(score.isCaught && score.isSound)
        #expect(score.seedsUntilCaught.count == 3)
        #expect(score.seedsUntilCaught.reduce(0, +) == score.runs)
        #expect(score.firstSeed == score.seedsUntilCaught.first.map { UInt64($0 - 1) })
        #expect(score.catches.map(\.invariant) == ["I1"])
        #expect(score.catches[0].runs == 3)
        #expect(score.controls == 8)
    }

    @Test func aBugThatTheNetLetsThroughIsMissed() throws {
        // What oversells breaks no promise about duplicates.
        let pair = try pair(defect: "unguarded", sound: "guarded", caughtBy: "I2")
        let score = DefectScore.measure(pair, effort(3, catches: 1, controls: 0))
        #expect(!score.isCaught)
        #expect(score.runs == 3)
        #expect(score.median == nil)
    }

    @Test func aTwinThatIsNotSoundRaisesAlarms() throws {
        let pair = try pair(defect: "guarded", sound: "unguarded", caughtBy: "I2")
        let score = DefectScore.measure(pair, effort(1, catches: 1, controls: 12))
        #expect(!score.isSound)
        let first = try #require(score.falseAlarms.first)
        #expect(first.invariant == "I1" && first.detail.contains("oversold"))
        let excused = try self.pair(
            defect: "guarded", sound: "unguarded", caughtBy: "I2",
            beside: #"{"I1": "it has no guard", "LIN": "nor order", "I7": "unused"}"#)
        let other = DefectScore.measure(excused, effort(1, catches: 1, controls: 12))
        #expect(other.isSound)
        #expect(other.excused.map(\.invariant) == ["I1", "LIN", "I7"])
        #expect(other.excused[0].runs == Set(score.falseAlarms.filter { $0.invariant == "I1" }.map(\.seed)).count)
        #expect(other.excused[2].runs == 0)
    }

    @Test func quantilesAreNumbersThatOccurred() {
        #expect(DefectScore.quantile(0.5, of: []) == nil)
        #expect(DefectScore.quantile(0.5, of: [7]) == 7)
        #expect(DefectScore.quantile(0.5, of: [9, 1]) == 1)
        #expect(DefectScore.quantile(0.5, of: [9, 1, 3]) == 3)
        #expect(DefectScore.quantile(0.9, of: Array(1...10)) == 9)
        #expect(DefectScore.quantile(0.9, of: Array(1...11)) == 10)
        #expect(DefectScore.quantile(1, of: [2, 5, 3]) == 5)
    }
}
