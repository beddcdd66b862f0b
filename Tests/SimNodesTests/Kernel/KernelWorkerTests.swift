import Testing
import Topology

@testable import SimNodes

@Suite struct KernelWorkerTests {
    @Test func aTaskThatHasDoneItsWorkTakesUpTheNext() {
        let universe = Universe(seed: 1)
        defer { universe.end() }
        let peer = Peer("peer", universe)
        for moment in [1, 2, 3] as [Int64] {
            peer.at(moment) { peer.spawn { try await $0.process.sleep(.seconds(1)) } }
        }
        universe.run()
        // Three lay waiting for their moments, the first needed a fourth; the first and second did the others' work too.
        #expect(peer.process.idle.count == 4)
    }

    @Test func whetherTasksAreReusedNobodyCanTell() {
        for seed in 1...5 as ClosedRange<UInt64> {
            #expect(
                KernelReplayTests.mixedRun(seed: seed, clients: 10, reusesTasks: false)
                    == KernelReplayTests.mixedRun(seed: seed, clients: 10))
        }
    }

    @Test func aTaskAtRestHoldsNothingOfItsWork() {
        let universe = Universe(seed: 1)
        defer { universe.end() }
        let peer = Peer("peer", universe)
        let gauge = Ballast.Gauge()
        func load(_ ballast: Ballast) { peer.spawn { _ in ballast.touch() } }
        load(Ballast(gauge))
        #expect(gauge.alive == 1)
        universe.run()
        #expect(gauge.alive == 0)
        #expect(peer.process.idle.count == 1)
    }

    @Test func afterARushOnlySomeAreKept() {
        let universe = Universe(seed: 1)
        defer { universe.end() }
        let peer = Peer("peer", universe)
        for _ in 0..<3 * Worker.kept { peer.spawn { try await $0.process.sleep(.seconds(1)) } }
        universe.run()
        #expect(peer.process.idle.count == Worker.kept)
    }

    @Test func aTaskOfALifeThatIsOverWorksForTheNext() {
        let universe = Universe(seed: 1)
        defer { universe.end() }
        let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
        victim.spawn { $0.log("first life") }
        faults.at(1) { victim.process.crash() }
        faults.at(2) { victim.spawn { $0.log("between lives") } }
        faults.at(3) { victim.process.start() }
        faults.at(4) { victim.spawn { $0.log("second life") } }
        universe.run()
        #expect(victim.log.lines == ["first life", "second life"])
    }
}
