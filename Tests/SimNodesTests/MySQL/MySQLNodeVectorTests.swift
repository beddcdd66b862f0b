import Testing

@testable import SimNodes

/// What real servers answered, through connections, links and replication threads.
@Suite struct MySQLNodeVectorTests {
    @Test(arguments: MySQLVectorReplay.allNames)
    func answersAsRecorded(name: String) throws {
        let replay = try MySQLNodeVectorReplay(name)
        replay.run()
        #expect(replay.failures.isEmpty, "\(replay.failures.joined(separator: "\n"))")
    }
}
