import Testing
import Topology

@testable import SimNodes

@Suite struct KernelCrashTests {
    @Test func nothingRunsAfterTheNextSuspensionNorDuringTheRunItsCleanUp() {
        let universe = Universe(seed: 1)
        let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
        let log = victim.log
        victim.spawn { victim in
            defer { if !victim.universe.hasEnded { log("defer") } }
            do {
                log("before")
                try await victim.process.sleep(.seconds(2))
                log("after")
            } catch {
                if !victim.universe.hasEnded { log("catch") }
            }
        }
        faults.at(1_000) { victim.process.crash() }
        faults.at(1_500) { victim.process.start() }
        universe.run()
        #expect(log.lines == ["before"])
        universe.end()
        #expect(log.lines == ["before"])
    }

    /// A fault that strikes at an event strikes in the middle of a step of its own victim.
    @Test func aTaskThatCrashesItsOwnProcessDoesNotWakeInTheNextLife() {
        let universe = Universe(seed: 1)
        let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
        victim.spawn { victim in
            victim.process.crash()
            victim.log("same step")
            #expect(victim.process.incarnation == 1)
            let waiter = victim.process.makeWaiter()
            victim.spawn { $0.log("child") }
            victim.spawn(after: .seconds(20)) { $0.log("late child") }
            _ = try await victim.process.wait(waiter, timeout: .seconds(10))
            victim.log("next step")
        }
        victim.spawn { victim in
            try await victim.process.sleep(.seconds(10))
            victim.log("other task")
        }
        faults.at(5_000) { victim.process.start() }
        faults.at(6_000) { victim.spawn { $0.log("next life") } }
        universe.run()
        #expect(victim.log.lines == ["same step", "next life"])
        universe.end()
    }

    @Test func everyLifeEndsWithItsOwnTasks() {
        let universe = Universe(seed: 1)
        let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
        for life in 0..<4 {
            let begin = Int64(life) * 1_000
            faults.at(begin) {
                victim.process.start()
                #expect(victim.process.incarnation == UInt32(life))
                victim.spawn { victim in
                    for tick in 1...20 {
                        try await victim.process.sleep(.milliseconds(300))
                        victim.log("\(life).\(tick)")
                    }
                }
            }
            faults.at(begin + 700) { victim.process.crash() }
        }
        universe.run()
        #expect(victim.log.lines == (0..<4).flatMap { ["\($0).1", "\($0).2"] })
        #expect(universe.suspendedTasks == 0)
        universe.end()
    }

    /// Sleeping, parked, parked with a time-out, woken, paused, not yet started: crashed or not, `end` frees it all.
    @Test(arguments: [false, true])
    func endFreesWhatSuspendedTasksHold(crash: Bool) {
        let gauge = Ballast.Gauge()
        do {
            let universe = Universe(seed: 1)
            let (victim, faults) = (Peer("victim", universe), Peer("faults", universe))
            func hold(_ wait: @escaping @Sendable (isolated Peer) async throws -> Void) {
                let ballast = Ballast(gauge)
                victim.spawn { victim in
                    let inner = Ballast(ballast.gauge)
                    try await wait(victim)
                    inner.touch()
                    ballast.touch()
                }
            }
            hold { try await $0.process.sleep(.seconds(100)) }
            hold { _ = try await $0.process.wait($0.process.makeWaiter()) }
            hold { _ = try await $0.process.wait($0.process.makeWaiter(), timeout: .seconds(2)) }
            hold { victim in
                let waiter = victim.process.makeWaiter()
                victim.universe.wake(waiter, after: .seconds(2))
                _ = try await victim.process.wait(waiter)
            }
            let ballast = Ballast(gauge)
            victim.spawn(after: .seconds(50)) { _ in ballast.touch() }
            faults.at(1_000) { victim.process.pause() }
            if crash { faults.at(3_000) { victim.process.crash() } }
            if crash { faults.at(4_000) { victim.process.start() } }
            universe.run(until: .zero + .seconds(200))
            #expect(gauge.alive == 10 - 1)
            universe.end()
        }
        #expect(gauge.alive == 0)
    }

    @Test func theEndBeginsNothing() {
        let universe = Universe(seed: 1)
        let (peer, victim) = (Peer("peer", universe), Peer("victim", universe))
        for peer in [peer, victim] { peer.spawn(after: .seconds(5)) { $0.log("ran") } }
        victim.process.crash()
        universe.run(until: .zero + .seconds(1))
        universe.end()
        peer.spawn { $0.log("ran") }
        universe.run()
        #expect(peer.log.lines.isEmpty && victim.log.lines.isEmpty)
    }

    @Test func tasksOfTheDeadAreNotStuck() {
        let universe = Universe(seed: 1)
        let (victim, other) = (Peer("victim", universe), Peer("other", universe))
        for peer in [victim, other] {
            peer.spawn { _ = try await $0.process.wait($0.process.makeWaiter()) }
        }
        universe.run()
        #expect(universe.suspendedTasks == 2)
        victim.process.crash()
        #expect(universe.suspendedTasks == 1)
        victim.process.start()
        #expect(universe.suspendedTasks == 1)
        universe.end()
    }

    @Test func whatIsStartedWhileAProcessIsDownNeverRuns() {
        let universe = Universe(seed: 1)
        let victim = Peer("victim", universe)
        victim.process.crash()
        victim.spawn(after: .seconds(2)) { $0.log("ran") }
        victim.process.start()
        universe.run()
        #expect(victim.log.lines.isEmpty && universe.failures.isEmpty)
        universe.end()
    }

    @Test func observersHearOfEachEndAndBeginningOnce() {
        final class Witness: ProcessObserver {
            let log = Log()
            func processCrashed(_ process: NodeProcess) { log("crashed \(process.isDown)") }
            func processStarted(_ process: NodeProcess) { log("started \(process.isRunning)") }
        }
        let universe = Universe(seed: 1)
        let process = universe.makeProcess("victim")
        let witness = Witness()
        process.observe(witness)
        process.start()
        process.crash()
        process.crash(takingHost: true)
        #expect(process.isHostDown)
        process.resume()
        process.start()
        #expect(!process.isHostDown)
        #expect(witness.log.lines == ["crashed true", "started true"])
        universe.end()
    }
}
