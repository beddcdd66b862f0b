import Testing
import Topology

@testable import SimNodes

@Suite struct ResourcesServiceStationTests {
    private let universe = Universe(seed: 1)

    private func station(_ servers: Int, _ peer: Peer) -> ServiceStation {
        ServiceStation("cpu", servers: servers, process: peer.process)
    }

    /// Serves customers who come at these times and notes when each is done, in milliseconds.
    private func serve(_ station: ServiceStation, _ peer: Peer, _ customers: [(at: Int64, demand: Int64)]) {
        for (at, demand) in customers {
            peer.spawn(after: .milliseconds(at)) { peer in
                try await station.serve(.milliseconds(demand))
                peer.log("\(peer.now.milliseconds)")
            }
        }
    }

    @Test(arguments: [(1, 7), (4, 4), (4, 10), (300, 6_000)])
    func aBurstIsServedInWaves(servers: Int, customers: Int) {
        let peer = Peer("peer", universe)
        let station = station(servers, peer)
        serve(station, peer, (0..<customers).map { _ in (0, 20) })
        universe.run()
        station.settle()
        let waves = (0..<customers).map { Double($0 / servers + 1) * 20 }
        #expect(peer.log.lines == waves.map { "\(Int64($0))" })
        let waits = waves.map { Int64($0 - 20) }
        #expect(station.meter.waits.count == customers && station.meter.busy == .milliseconds(20) * customers)
        #expect(station.meter.queue.maximum == max(0, customers - servers))
        // Little: the area under the queue is the sum of the waits.
        let area = station.meter.queue.mean(until: universe.now) * Double(universe.now.milliseconds)
        #expect(abs(area - Double(waits.reduce(0, +))) <= 1e-9 * area)
        universe.end()
    }

    @Test func nobodyOvertakesAndTheFirstFreeServerTakesTheNext() {
        let peer = Peer("peer", universe)
        let station = station(2, peer)
        serve(station, peer, [(0, 100), (0, 10), (1, 10), (2, 70), (3, 5), (200, 1)])
        universe.run(until: .zero + .milliseconds(5))
        #expect(station.queueLength == 3)
        universe.run()
        #expect(peer.log.lines == ["10", "20", "90", "95", "100", "201"])
        #expect(station.queueLength == 0)
        universe.end()
    }

    /// A pause, wherever it begins and ends, makes what is under way later by exactly its length.
    @Test(arguments: [
        (10, 15, ["45", "65"]), (10, 50, ["80", "100"]), (30, 100, ["110", "130"]), (10, 39, ["69", "89"]),
        (45, 46, ["40", "61"]), (5, 1_000, ["1035", "1055"]), (70, 90, ["40", "60"]),
    ])
    func workIsStretchedByExactlyThePause(begin: Int64, end: Int64, done: [String]) {
        let (peer, faults) = (Peer("peer", universe), Peer("faults", universe))
        let station = station(1, peer)
        serve(station, peer, [(0, 40), (1, 20)])
        faults.at(begin) { peer.process.pause() }
        faults.at(end) { peer.process.resume() }
        universe.run()
        #expect(peer.log.lines == done)
        station.settle()
        #expect(station.meter.busy == .milliseconds(60))
        let waited = Int64(done[0])! - 1
        #expect(station.meter.waits.maximum == .milliseconds(waited))
        universe.end()
    }

    @Test func severalPausesAddUpForThoseInServiceAndThoseBehindThem() {
        let (peer, faults) = (Peer("peer", universe), Peer("faults", universe))
        let station = station(1, peer)
        // 40 of work from 0; paused 10–20, 30–45, 60–70: done at 65 + 10; the next, of 10, at 85; a late one behind it.
        serve(station, peer, [(0, 40), (5, 10), (72, 10)])
        for (begin, end) in [(10, 20), (30, 45), (60, 70)] as [(Int64, Int64)] {
            faults.at(begin) { peer.process.pause() }
            faults.at(end) { peer.process.resume() }
        }
        universe.run()
        #expect(peer.log.lines == ["75", "85", "95"])
        station.settle()
        #expect(station.meter.waits.count == 3 && station.meter.busy == .milliseconds(60))
        let area = station.meter.queue.mean(until: universe.now) * 95
        #expect(abs(area - (70 + 13)) < 1e-9)
        universe.end()
    }

    @Test func aCrashEmptiesTheStation() {
        let (peer, faults) = (Peer("peer", universe), Peer("faults", universe))
        let station = station(2, peer)
        serve(station, peer, (0..<10).map { _ in (0, 100) })
        faults.at(150) { peer.process.crash() }
        faults.at(200) {
            peer.process.start()
            #expect(station.queueLength == 0)
            serve(station, peer, [(0, 100), (0, 100), (0, 100)])
        }
        universe.run()
        station.settle()
        #expect(peer.log.lines == ["100", "100", "300", "300", "400"])
        // 2 × 150 ms until the crash, 300 ms after it; 2 and 2 got a server before it, 3 after it.
        #expect(station.meter.busy == .milliseconds(600) && station.meter.waits.count == 7)
        let area = station.meter.queue.mean(until: Instant.zero + .milliseconds(400)) * 400
        #expect(abs(area - (8 * 100 + 6 * 50 + 1 * 100)) < 1e-9)
        universe.end()
    }

    @Test func slownessStretchesWhatBeginsAfterIt() {
        let (peer, faults) = (Peer("peer", universe), Peer("faults", universe))
        let station = station(1, peer)
        serve(station, peer, [(0, 100), (200, 100), (600, 100)])
        faults.at(50) { peer.process.slowdown = 2.5 }
        faults.at(500) { peer.process.slowdown = 1 }
        universe.run()
        #expect(peer.log.lines == ["100", "450", "700"])
        universe.end()
    }

    @Test func anOverloadedServerIsBusyAllTheTimeAndNeverMore() {
        let peer = Peer("peer", universe)
        let station = station(4, peer)
        serve(station, peer, (0..<1_000).map { (Int64($0), 10) })
        universe.run(until: .zero + .milliseconds(500))
        station.settle()
        let utilisation = station.meter.utilisation(over: .milliseconds(500))
        #expect(utilisation > 0.98 && utilisation <= 1)
        #expect(station.queueLength > 250)
        #expect(station.meter.firstWait == .zero + .milliseconds(4))
        universe.end()
    }
}

extension ServiceStation {
    /// How many wait at this moment.
    fileprivate var queueLength: Int {
        settle()
        return meter.queue.level
    }
}
