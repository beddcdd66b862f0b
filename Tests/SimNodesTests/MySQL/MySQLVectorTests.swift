import Testing

@testable import SimNodes

@Suite("MySQL vectors")
struct MySQLVectorTests {
    @Test("A recorded scenario comes out as recorded", arguments: MySQLVectorReplay.allNames)
    func replay(name: String) throws {
        for scheduling in [InnoDB.LockScheduling.contentionAware, .firstComeFirstServed] {
            var replay = try MySQLVectorReplay(name, scheduling: scheduling)
            replay.run()
            for failure in replay.failures { Issue.record("\(scheduling): \(failure)") }
        }
    }

    @Test("All recorded scenarios are there")
    func fixturesAreComplete() {
        #expect(MySQLVectorReplay.allNames.count == 73)
    }
}
