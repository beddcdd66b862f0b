import Testing
import Topology

@testable import SimNodes

/// Everything recorded from real servers, replayed against the machine.
@Suite struct RedisVectorTests {
    /// Scenarios that the machine does not cover: Lua itself is not interpreted.
    static let notReplayed = ["script_replies"]

    @Test func thereAreVectors() { #expect(RedisVector.all.count == 57) }

    @Test(arguments: RedisVector.all.filter { !notReplayed.contains($0.name) })
    func replays(_ vector: RedisVector) throws {
        var replay = RedisReplay(vector)
        for (index, step) in vector.steps.enumerated() {
            let problem = replay.perform(step)
            try #require(problem == nil, "\(vector.name), step \(index + 1): \(problem ?? "")")
        }
        let unread = replay.unread
        #expect(unread.isEmpty, "\(vector.name) leaves \(unread)")
    }

    @Test(arguments: RedisVector.all.filter { notReplayed.contains($0.name) })
    func isStillNotReplayed(_ vector: RedisVector) {
        var replay = RedisReplay(vector)
        #expect(vector.steps.contains { replay.perform($0) != nil }, "\(vector.name) passes: take it off the list")
    }
}
