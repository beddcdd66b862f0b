import Foundation
import Testing
import Topology

@testable import SimNodes

@Suite struct KernelReplayTests {
    /// Calls with random latency, work and losses among peers of which some pause, crash and come back.
    static func mixedRun(seed: UInt64, clients: Int = 40, workersKept: Int? = nil) -> TraceDigest {
        let universe = Universe(seed: seed)
        if let workersKept { universe.workersKept = workersKept }
        defer { universe.end() }
        let network = Network(universe: universe) { _, _ in Sampler(.exponential(mean: .milliseconds(2))) }
        let servers = (0..<3).map { Peer("server\($0)", universe) }
        let faults = Peer("faults", universe)
        for number in 0..<clients {
            let client = Peer("client\(number)", universe)
            client.spawn { client in
                var random = client.process.randomStream("choice")
                for _ in 0..<30 {
                    let server = servers[random.integer(below: 3)]
                    let span = TimeSpan.microseconds(Int64(random.integer(below: 5_000)))
                    let result = try await outcome {
                        try await network.call(from: client.process, to: server, timeout: .milliseconds(20)) {
                            try await $0.work(span)
                        }
                    }
                    client.universe.record(RandomStream.hash(result))
                }
            }
        }
        faults.at(20) { servers[0].process.crash() }
        faults.at(30) { servers[1].process.pause() }
        faults.at(50) { servers[1].process.resume() }
        faults.at(60) { servers[0].process.start() }
        faults.at(65) { network.link(from: servers[2].process, to: servers[2].process).addLoss(0.2, fault: 0) }
        universe.run()
        return universe.digest
    }

    @Test func theSameSeedGivesTheSameDigest() {
        #expect(Self.mixedRun(seed: 1) == Self.mixedRun(seed: 1))
        #expect(
            ClosedLoop.run(clients: 200, iterations: 5).digest == ClosedLoop.run(clients: 200, iterations: 5).digest)
    }

    /// Computed once; a change means that every recorded seed tells another story.
    @Test func theDigestIsThatOfEveryOtherProcess() {
        #expect("\(ClosedLoop.run(clients: 100, iterations: 5).digest)" == "7a1808a644f6cf63")
        #expect("\(Self.mixedRun(seed: 1))" == "86eb8c2362320f3b")
    }

    @Test func anotherSeedGivesAnotherDigest() {
        #expect(Set((1...20).map { Self.mixedRun(seed: $0, clients: 5).value }).count == 20)
    }

    @Test func universesOnTwoThreadsDoNotTouchEachOther() {
        final class Results: @unchecked Sendable {
            var digests = [TraceDigest?](repeating: nil, count: 64)
        }
        let halves = (0..<2).map { _ in Results() }
        let done = DispatchSemaphore(value: 0)
        for (half, results) in halves.enumerated() {
            let thread = Thread {
                for seed in stride(from: half, to: 64, by: 2) {
                    results.digests[seed] = Self.mixedRun(seed: UInt64(seed), clients: 6)
                }
                done.signal()
            }
            thread.start()
        }
        for _ in halves { done.wait() }
        for seed in 0..<64 {
            #expect(halves[seed % 2].digests[seed] == Self.mixedRun(seed: UInt64(seed), clients: 6))
        }
    }

    @Test func twoUniversesOnOneThreadMayTakeTurns() {
        func peers(_ universe: Universe, _ log: Log) -> Peer {
            let peer = Peer("peer", universe, log: log)
            peer.spawn { peer in
                for _ in 0..<10 {
                    try await peer.process.sleep(.milliseconds(10))
                    peer.log.note("tick", peer.now)
                }
            }
            return peer
        }
        let (first, second) = (Universe(seed: 1), Universe(seed: 1))
        let (firstLog, secondLog) = (Log(), Log())
        let kept = (peers(first, firstLog), peers(second, secondLog))
        for step in 1...11 {
            first.run(until: .zero + .milliseconds(10) * step)
            second.run(until: .zero + .milliseconds(10) * step)
        }
        #expect(firstLog.lines.count == 10 && firstLog.lines == secondLog.lines)
        first.end()
        second.end()
        withExtendedLifetime(kept) {}
    }

    @Test func streamsDependOnTheirNamesAlone() {
        func numbers(with others: [String], drawn: Int) -> [UInt64] {
            let universe = Universe(seed: 9)
            for name in others {
                var stream = universe.makeProcess(name).randomStream("work")
                for _ in 0..<drawn { _ = stream.next() }
            }
            var stream = universe.makeProcess("mysql").randomStream("work")
            return (0..<50).map { _ in stream.next() }
        }
        let alone = numbers(with: [], drawn: 0)
        #expect(numbers(with: ["redis", "app"], drawn: 17) == alone)
        #expect(numbers(with: ["mysql2"], drawn: 1) == alone)
        let universe = Universe(seed: 9)
        let mysql = universe.makeProcess("mysql")
        var (a, b) = (mysql.randomStream("work"), mysql.randomStream("disk"))
        #expect(a.next() == alone[0] && b.next() != alone[0])
    }

    /// The same calls take as long, whoever else uses the network.
    @Test func aNewProcessShiftsNobodysLatencies() {
        func times(extra: Int) -> [String] {
            let universe = Universe(seed: 4)
            let network = Network(universe: universe) { _, _ in Sampler(.exponential(mean: .milliseconds(3))) }
            let others = (0..<extra).map { Peer("extra\($0)", universe) }
            let (client, server) = (Peer("client", universe), Peer("server", universe))
            for other in others {
                other.spawn { other in
                    for _ in 0..<5 { try await network.call(from: other.process, to: server) { $0.count() } }
                }
            }
            client.spawn { client in
                for _ in 0..<20 {
                    try await network.call(from: client.process, to: server) { $0.count() }
                    client.log("\(client.now.nanoseconds)")
                }
            }
            universe.run()
            universe.end()
            return client.log.lines
        }
        #expect(times(extra: 0) == times(extra: 7))
    }

    @Test func runUntilIsExactAndAnEarlyStopLeavesNoTrap() {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        for second in 1...5 {
            peer.at(Int64(second) * 1_000) { peer.log("\(second)") }
        }
        peer.at(1_500) { universe.stop() }
        universe.run(until: .zero + .seconds(3))
        #expect(peer.log.lines == ["1"] && universe.now == .zero + .milliseconds(1_500))
        universe.run(until: .zero + .seconds(1))
        #expect(peer.log.lines == ["1"] && universe.now == .zero + .milliseconds(1_500))
        universe.run(until: .zero + .seconds(2))
        #expect(peer.log.lines == ["1", "2"] && universe.now == .zero + .seconds(2))
        // The mark of the first run, at three seconds, must not end this one.
        universe.run()
        #expect(peer.log.lines == ["1", "2", "3", "4", "5"])
        universe.end()
    }

    @Test func anErrorThatNobodyCaughtIsAFailureOfTheProgram() {
        struct Oops: Error {}
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        peer.spawn { _ in throw Oops() }
        universe.run()
        #expect(universe.failures == ["a task of peer ended with Oops()"])
        universe.end()
    }
}
