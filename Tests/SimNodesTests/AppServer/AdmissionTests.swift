import Testing

@testable import SimNodes

@Suite struct AdmissionTests {
    private typealias Tomcat = Admission<Int>

    private func small(_ threads: Tomcat.Threads = .platform(maximum: 2)) -> Tomcat {
        Tomcat(settings: .init(threads: threads, maxConnections: 4, acceptCount: 2))
    }

    @Test func defaultsAreTomcats() {
        let settings = Tomcat.Settings()
        #expect(settings.threads == .platform(maximum: 200))
        #expect(settings.maxConnections == 8_192 && settings.acceptCount == 100)
    }

    @Test func threadsThenQueueThenBacklogThenSilence() {
        var tomcat = small()
        let connects = (1...7).map { tomcat.connect($0) }
        #expect(connects == [.accepted, .accepted, .accepted, .accepted, .backlogged, .backlogged, .unanswered])
        let arrivals = (1...6).map { tomcat.arrived($0) }
        #expect(arrivals == [.runs, .runs, .queued, .queued, .unread, .unread])
        var started: [Int] = []
        tomcat.finished(1, started: &started)
        #expect(started == [3] && tomcat.backlogged == 2)
        // Only a closed connection makes room: the kept-alive one holds its place.
        tomcat.closed(1, started: &started)
        #expect(started == [3] && tomcat.backlogged == 1 && tomcat.queued == 2)
        tomcat.finished(2, started: &started)
        tomcat.finished(3, started: &started)
        #expect(started == [3, 4, 5])
        #expect(tomcat.unanswered == 1 && tomcat.maximumRunning == 2 && tomcat.maximumQueued == 2)
    }

    @Test func aRequestRunsThoughItsClientLeft() {
        var tomcat = small(.platform(maximum: 1))
        for connection in 1...5 { _ = tomcat.connect(connection) }
        for connection in 1...5 { _ = tomcat.arrived(connection) }
        var started: [Int] = []
        tomcat.closed(2, started: &started)
        tomcat.closed(5, started: &started)
        #expect(tomcat.accepted == 4 && tomcat.isClosed(2) && !tomcat.isClosed(1))
        for connection in 1...5 { tomcat.finished(connection, started: &started) }
        #expect(started == [2, 3, 4, 5])
        #expect(tomcat.accepted == 3 && tomcat.running == 0)
    }

    @Test func aClosedConnectionWithoutRequestLeavesTheBacklogUnnoticed() {
        var tomcat = small()
        for connection in 1...6 { _ = tomcat.connect(connection) }
        var started: [Int] = []
        tomcat.closed(5, started: &started)
        #expect(tomcat.backlogged == 2)
        tomcat.closed(1, started: &started)
        #expect(tomcat.backlogged == 0 && tomcat.accepted == 4)
        let arrival = tomcat.arrived(6)
        #expect(arrival == .runs)
    }

    @Test func virtualThreadsQueueNothing() {
        var tomcat = Admission<Int>(settings: .init(threads: .virtual))
        for connection in 0..<8_192 { _ = tomcat.connect(connection) }
        let arrivals = (0..<8_192).map { tomcat.arrived($0) }
        #expect(arrivals.allSatisfy { $0 == .runs } && tomcat.running == 8_192)
    }

    /// Everybody who was not turned away is served, in turn, within the limits.
    @Test(arguments: 0..<200) func everyRequestRunsOnce(_ seed: UInt64) {
        var dice = SeededDice(seed: seed)
        let threads = 1 + dice.below(4)
        let most = threads + dice.below(6)
        var tomcat = Tomcat(
            settings: .init(threads: .platform(maximum: threads), maxConnections: most, acceptCount: dice.below(5)))
        var (running, expected, ran): ([Int], Set<Int>, [Int]) = ([], [], [])
        var started: [Int] = []
        for connection in 0..<300 {
            if tomcat.connect(connection) != .unanswered {
                expected.insert(connection)
                if tomcat.arrived(connection) == .runs { started.append(connection) }
                if dice.chance(20) { tomcat.closed(connection, started: &started) }
            }
            repeat {
                running += started
                ran += started
                started = []
                if !running.isEmpty, dice.chance(45) || connection == 299 {
                    let done = running.remove(at: dice.below(running.count))
                    tomcat.finished(done, started: &started)
                    tomcat.closed(done, started: &started)
                }
                let isSound = tomcat.running == running.count + started.count && tomcat.accepted <= most
                if !isSound || tomcat.running > threads { Issue.record("\(tomcat)") }
            } while connection == 299 && !(running.isEmpty && started.isEmpty)
        }
        #expect(Set(ran) == expected && ran.count == expected.count)
        #expect(ran == ran.sorted(), "first come, first served")
        #expect(tomcat.running == 0 && tomcat.accepted == 0 && tomcat.queued == 0 && tomcat.backlogged == 0)
    }
}
