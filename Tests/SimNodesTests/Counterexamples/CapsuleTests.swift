import Testing
import Topology

@testable import SimNodes

@Suite struct CapsuleTests {
    private func errors(_ text: String) -> [String] {
        do {
            _ = try Capsule(Array(text.utf8), file: "c.json")
            return []
        } catch {
            return error.all.map { "\($0.place.line) \($0.pathText) \($0.cause)" }
        }
    }

    @Test func everythingThatIsWrongIsToldAtOnce() {
        let found = errors(
            """
            {"format": "stampede.capsule/9", "invariant": 3, "seed": 12,
             "digest": "00",
             "scenario": {"workload": {"users": "many"}}}
            """)
        #expect(found.contains { $0.contains("\"stampede.capsule/9\" is another format") }, "\(found)")
        #expect(found.contains { $0.hasPrefix("1 invariant expected a string") }, "\(found)")
        #expect(found.contains { $0.hasPrefix("1 seed expected a string") }, "\(found)")
        #expect(found.contains { $0.contains("\"finding\" is missing") }, "\(found)")
        #expect(found.contains { $0.contains("\"version\" is missing") }, "\(found)")
        #expect(found.contains { $0.hasPrefix("3 workload.users") }, "\(found)")
        #expect(found.contains { $0.contains("topology") }, "\(found)")
    }

    @Test(arguments: ["", "[]", "{", "null", "{\"format\": 1}"]) func isNoCapsule(_ text: String) {
        #expect(!errors(text).isEmpty)
    }

    @Test(arguments: ["-1", "1.5", "seven", "18446744073709551616"]) func isNoSeed(_ seed: String) {
        #expect(errors("{\"seed\": \"\(seed)\"}").contains { $0.contains("is no seed") })
    }
}
