import Foundation
import SimNodes
import Testing

/// The property test that the README shows, with nothing but what a user's package can import.
@Suite("The README's property test")
struct ReadmeTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    @Test func neverOversells() throws {
        let file = Self.root.appending(path: "configs/scenarios/property-small.json").standardized.path
        let found = try explore(file, seeds: 0..<100, faults: .swarm)
        #expect(found.violations(of: .oversold).isEmpty, "\(found.firstCounterexample(of: .oversold))")
    }
}
