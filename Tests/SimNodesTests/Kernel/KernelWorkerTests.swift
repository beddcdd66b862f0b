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
        // What lies waiting has no task, and a timer that has gone off leaves its own to the work that it begins.
        #expect(universe.core.pointee.idle.count == 3)
    }

    @Test func whetherTasksAreReusedNobodyCanTell() {
        for seed in 1...5 as ClosedRange<UInt64> {
            #expect(
                KernelReplayTests.mixedRun(seed: seed, clients: 10, workersKept: 0)
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
        #expect(universe.core.pointee.idle.count == 1)
    }

    @Test func afterARushOnlySomeAreKept() {
        let universe = Universe(seed: 1)
        defer { universe.end() }
        let peer = Peer("peer", universe)
        universe.workersKept = 10
        for _ in 0..<30 { peer.spawn { try await $0.process.sleep(.seconds(1)) } }
        universe.run()
        #expect(universe.core.pointee.idle.count == 10)
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
