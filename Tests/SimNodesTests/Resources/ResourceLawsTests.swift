import Testing
import Topology

@testable import SimNodes

@Suite("Laws of resources") struct ResourceLawsTests {
    private func moment(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    /// A pool of one connection, with a customer from 2 to 5 ms who waits, and one who gives up at 9 ms.
    private func meter(levels: [(level: Int, at: Int64)]) -> ResourceMeter {
        let meter = ResourceMeter(name: "app1.primaryPool", capacity: 1)
        meter.beginsToWait(at: moment(2))
        meter.beginsToWait(at: moment(4))
        meter.endsWait(since: moment(2), at: moment(5))
        meter.endsWait(since: moment(4), at: moment(9))
        for (level, at) in levels { meter.setQueue(level, at: moment(at)) }
        return meter
    }

    @Test func theAreaUnderTheQueueIsTheSumOfTheWaits() {
        let sound = meter(levels: [(1, 2), (2, 4), (1, 5), (0, 9)])
        #expect(sound.brokenLaws(until: moment(20)).isEmpty)
        #expect(sound.waiting.total(until: moment(20)).value == 8e6, "3 ms and 5 ms")
    }

    @Test func aMeterThatLosesSomebodyIsFound() {
        let forgetful = meter(levels: [(1, 2), (2, 4), (1, 5)])
        #expect(
            forgetful.brokenLaws(until: moment(20)) == [
                "app1.primaryPool: 2 came, of whom 0 are waiting, but the meter shows 1"
            ])
        let late = meter(levels: [(1, 3), (2, 4), (1, 5), (0, 9)])
        #expect(late.brokenLaws(until: moment(20)).first?.contains("Little's law is broken") == true)
    }

    @Test func whoIsStillThereCountsToo() {
        let meter = ResourceMeter(name: "r", capacity: 2)
        meter.enters(at: moment(1))
        meter.setInUse(1, at: moment(1))
        meter.beginsToWait(at: moment(3))
        meter.setQueue(1, at: moment(3))
        #expect(meter.brokenLaws(until: moment(10)).isEmpty)
        #expect(meter.served.total(until: moment(10)).value == 9e6)
        meter.leaves(at: moment(10))
        #expect(meter.brokenLaws(until: moment(10)).count == 1, "it left, and the level was not told")
        meter.empties(at: moment(11))
        #expect(meter.waiting.total(until: moment(20)).value == 8e6)
        #expect(meter.waiting.present == 0 && meter.queue.level == 0)
    }

    @Test func theOpeningForgetsThePastNotThePresent() {
        let meter = ResourceMeter(name: "r", capacity: 1)
        meter.beginsToWait(at: moment(1))
        meter.setQueue(1, at: moment(1))
        meter.restart(at: moment(5))
        meter.endsWait(since: moment(1), at: moment(7))
        meter.setQueue(0, at: moment(7))
        #expect(meter.waiting.total(until: moment(9)).value == 2e6, "from the opening on")
        #expect(meter.brokenLaws(until: moment(9)).isEmpty)
    }

    @Test func stationsKeepThemThroughPausesStallsAndCrashes() {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        let station = ServiceStation("cpu", servers: 2, process: peer.process)
        for index in 0..<40 {
            peer.spawn(after: .milliseconds(Int64(index))) { _ in try await station.serve(.milliseconds(7)) }
        }
        func check(_ place: String) {
            station.settle()
            #expect(station.meter.brokenLaws(until: universe.now).isEmpty, "\(place)")
        }
        universe.run(until: moment(10))
        check("in the queue")
        peer.process.pause()
        universe.run(until: moment(20))
        peer.process.resume()
        station.stall(for: .milliseconds(5))
        universe.run(until: moment(30))
        check("after a pause and a stall")
        #expect(station.meter.queue.level > 0)
        peer.process.crash()
        check("after a crash")
        #expect(station.meter.queue.level == 0)
        universe.end()
    }

    @Test func aPauseWithinAStallHoldsUpThoseWhoCameBeforeIt() {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        let station = ServiceStation("disk", servers: 2, process: peer.process)
        station.stall(for: .milliseconds(30))
        peer.spawn(after: .milliseconds(1)) { _ in try await station.serve(.milliseconds(7)) }
        universe.run(until: moment(10))
        peer.process.pause()
        universe.run(until: moment(15))
        peer.process.resume()
        // The other server is idle, and works when the stall is over: before the one that came first.
        peer.spawn(after: .milliseconds(1)) { _ in try await station.serve(.milliseconds(7)) }
        universe.run(until: moment(60))
        station.settle()
        #expect(station.meter.waits.minimum == .milliseconds(14))
        #expect(station.meter.waits.maximum == .milliseconds(34))
        #expect(station.meter.queue.level == 0)
        #expect(station.meter.brokenLaws(until: universe.now).isEmpty)
        universe.end()
    }

    @Test func theFirstToWaitTooLongIsRemembered() {
        let meter = ResourceMeter(name: "r", capacity: 1)
        meter.limits = [.milliseconds(2), .milliseconds(4)]
        for (since, end) in [(0, 1), (1, 4), (2, 8), (3, 9)] as [(Int64, Int64)] {
            meter.beginsToWait(at: moment(since))
            meter.endsWait(since: moment(since), at: moment(end))
        }
        #expect(meter.firstBeyond == [moment(1), moment(2)])
    }

    /// Every run checks its own meters, and fails by them: faults, time-outs and failovers included.
    @Test(arguments: [("primary-down", "nth=40"), ("app-server-down", "at=100ms")])
    func allResourcesOfARunKeepThem(name: String, strikes: String) throws {
        let settings = [
            "workload.users=900", "application.primaryPool.size=5", "application.primaryPool.connectionTimeout=300ms",
            "application.threads=60", "faults.0.\(strikes)",
        ]
        let result = Simulation.run(try TestFiles.scenario("configs/scenarios/\(name).json", settings), seed: 3)
        #expect(result.programFaults.isEmpty, "\(result.programFaults)")
        #expect(result.resources.count { $0.maximumQueue > 10 } > 0, "there has to be something to check")
    }
}
