import Testing
import Topology

@testable import SimNodes

@Suite struct KernelPauseTests {
    /// Timers due before, at and after the end of the pause, wakes, new tasks: in the order in which they were due.
    @Test func whatCameDueWaitsAndThenComesInOrder() {
        let universe = Universe(seed: 1)
        let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
        for due in [1, 2, 3, 4, 5, 6] as [Int64] {
            victim.at(due * 1_000) { victim.log.note("timer \(due)", universe.now) }
        }
        victim.spawn { victim in
            let waiter = victim.process.makeWaiter()
            victim.universe.wake(waiter, after: .milliseconds(3_500))
            #expect(try await victim.process.wait(waiter, timeout: .milliseconds(3_600)) == .signalled)
            victim.log.note("woken", victim.now)
            // Due at the moment of the resumption, behind all that waited.
            try await victim.process.sleep(.zero)
            victim.log.note("later", victim.now)
        }
        faults.at(1_500) { victim.process.pause() }
        faults.at(5_000) {
            victim.process.resume()
            victim.spawn { $0.log.note("new", $0.now) }
        }
        // Due at the end of the pause, and in the queue of events behind that end.
        victim.at(5_000) { victim.log.note("just due", universe.now) }
        universe.run(until: .zero + .milliseconds(4_900))
        #expect(victim.log.lines == ["1000 timer 1"])
        #expect(victim.process.isPaused && !victim.process.isRunning && !victim.process.isDown)
        universe.run()
        #expect(
            victim.log.lines == [
                "1000 timer 1", "5000 timer 2", "5000 timer 3", "5000 woken", "5000 timer 4", "5000 timer 5",
                "5000 just due", "5000 new", "5000 later", "6000 timer 6",
            ])
        #expect(victim.process.frozen == .milliseconds(3_500) && victim.process.isRunning)
        universe.end()
    }

    @Test func aPauseThatFollowsAtOnceStopsWhatHasNotRunYet() {
        let universe = Universe(seed: 1)
        let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
        for number in 0..<3 {
            victim.at(1_000) {
                victim.log.note("\(number)", universe.now)
                if number == 0 { victim.process.pause() }
            }
        }
        faults.at(500) { victim.process.pause() }
        faults.at(2_000) { victim.process.resume() }
        faults.at(3_000) {
            victim.process.resume()
            victim.process.pause()
            victim.process.resume()
        }
        universe.run()
        #expect(victim.log.lines == ["2000 0", "3000 1", "3000 2"])
        universe.end()
    }

    @Test func aCrashDuringThePauseEndsWhatWaited() {
        let universe = Universe(seed: 1)
        let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
        victim.at(1_000) { victim.log("old") }
        faults.at(500) { victim.process.pause() }
        faults.at(2_000) {
            victim.process.resume()
            victim.process.crash()
            victim.process.start()
            victim.spawn { $0.log("new") }
        }
        faults.at(3_000) { victim.process.resume() }
        universe.run()
        #expect(victim.log.lines == ["new"] && victim.process.frozen == .zero)
        universe.end()
    }

    /// The holder of a lease freezes; its guardian's clock goes on.
    @Test func aLeaseElsewhereRunsOutMeanwhile() async {
        let universe = Universe(seed: 1)
        let (holder, guardian, faults) = (
            Peer("holder", universe), Peer("guardian", universe), Peer("faults", universe)
        )
        let log = guardian.log
        guardian.at(10_000) { log.note("lease is over", universe.now) }
        holder.spawn { holder in
            for _ in 0..<3 {
                try await holder.process.sleep(.seconds(3))
                log.note("holder works", holder.now)
            }
        }
        faults.at(4_000) { holder.process.pause() }
        faults.at(12_000) { holder.process.resume() }
        universe.run()
        #expect(
            log.lines == ["3000 holder works", "10000 lease is over", "12000 holder works", "15000 holder works"])
        universe.end()
    }

    @Test func clocksHaveAnOffsetAndDriftFromWhenItIsSet() {
        let universe = Universe(seed: 1)
        let (fast, plain, faults) = (Peer("fast", universe), Peer("plain", universe), Peer("faults", universe))
        fast.process.clockOffset = .milliseconds(-250)
        faults.at(100_000) { fast.process.clockDrift = 0.01 }
        faults.at(200_000) { fast.process.clockDrift = -0.5 }
        faults.at(300_000) { fast.process.clockDrift = 0 }
        let expected: [Int64] = [49_750, 149_750 + 500, 249_750 + 1_000 - 25_000, 349_750 + 1_000 - 50_000]
        for (index, shown) in expected.enumerated() {
            faults.at(50_000 + Int64(index) * 100_000) {
                #expect(fast.process.wallClock.milliseconds == shown)
                #expect(plain.process.wallClock == universe.now)
            }
        }
        // The moment at which a drift is set belongs to both: no jump.
        universe.run(until: .zero + .seconds(100))
        #expect(fast.process.wallClock.milliseconds == 99_750)
        universe.run()
        #expect(universe.now.milliseconds == 350_000)
        universe.end()
    }
}
