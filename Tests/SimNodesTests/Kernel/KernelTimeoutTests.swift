import Testing
import Topology

@testable import SimNodes

@Suite struct KernelTimeoutTests {
    /// Waiters with a few or with only distinct time-outs, some woken before, at or after their deadline in random
    /// order: each comes back at the right moment, for the right reason, against arithmetic.
    @Test(arguments: [3, 50, 1_000_000_000])
    func everyWaiterComesBackAtItsDeadlineOrItsWake(distinct: Int) {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        var random = RandomStream(seed: UInt64(distinct), name: "timers")
        final class Errors: @unchecked Sendable { var count = 0, back = 0 }
        let errors = Errors()
        let total = 4_000
        for _ in 0..<total {
            let begin = TimeSpan.nanoseconds(Int64(random.integer(below: 1_000_000_000)))
            let span = TimeSpan.nanoseconds(Int64(random.integer(below: distinct)) * (distinct > 100 ? 1 : 7_000_000))
            let wake = random.bernoulli(0.6) ? TimeSpan.nanoseconds(Int64(random.integer(below: 900_000_000))) : nil
            peer.spawn(after: begin) { peer in
                let waiter = peer.process.makeWaiter()
                let due = peer.now + min(span, wake ?? span)
                if let wake { peer.universe.wake(waiter, after: wake) }
                let reason = try await peer.process.wait(waiter, timeout: span)
                let isRight =
                    wake.map { $0 <= span ? reason == .signalled : reason == .timedOut } ?? (reason == .timedOut)
                if peer.now != due || !isRight { errors.count += 1 }
                errors.back += 1
            }
        }
        universe.run()
        #expect(errors.count == 0 && errors.back == total && universe.suspendedTasks == 0)
        #expect(universe.core.pointee.events.count == 0)
        universe.end()
    }

    @Test func theFirstReasonWinsAndLaterOnesAreForgotten() {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        peer.spawn { peer in
            let waiter = peer.process.makeWaiter()
            peer.universe.wake(waiter, reason: .reset, after: .seconds(2))
            peer.universe.wake(waiter, reason: .refused, after: .seconds(1))
            let reason1 = try await peer.process.wait(waiter, timeout: .seconds(3))
            #expect(reason1 == .refused)
            #expect(peer.now == .zero + .seconds(1))
            // The slot is used again; what was meant for its last user does not reach this one.
            let next = peer.process.makeWaiter()
            #expect(next != waiter)
            let reason2 = try await peer.process.wait(next, timeout: .seconds(5))
            #expect(reason2 == .timedOut)
            #expect(peer.now == .zero + .seconds(6))
        }
        universe.run()
        universe.end()
    }

    /// The answer may be there before anybody waits for it.
    @Test func aWakeBeforeTheWaitIsNotLost() {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        peer.spawn { peer in
            for timeout in [nil, TimeSpan.seconds(9)] {
                let waiter = peer.process.makeWaiter()
                peer.universe.wake(waiter, after: .seconds(1))
                try await peer.process.sleep(.seconds(2))
                let before = peer.now
                let reason3 = try await peer.process.wait(waiter, timeout: timeout)
                #expect(reason3 == .signalled)
                #expect(peer.now == before)
            }
            peer.log("through")
        }
        universe.run()
        #expect(peer.log.lines == ["through"] && universe.suspendedTasks == 0)
        universe.end()
    }

    /// More distinct time-outs than there are lists, one after the other and at once.
    @Test func computedTimeoutsNeverRunOut() {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        let total = 70_000
        for number in 1...total {
            peer.spawn { peer in
                let waiter = peer.process.makeWaiter()
                let reason = try await peer.process.wait(waiter, timeout: .microseconds(Int64(number)))
                if reason == .timedOut, peer.now == .zero + .microseconds(Int64(number)) { peer.count() }
            }
        }
        universe.run()
        peer.assumeIsolated { #expect($0.counter == total) }
        universe.end()
    }

    @Test func aWaitOfNoTimeEndsInTheSameInstant() {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        peer.spawn { peer in
            let reason4 = try await peer.process.wait(peer.process.makeWaiter(), timeout: .zero)
            #expect(reason4 == .timedOut)
            let reason5 = try await peer.process.wait(peer.process.makeWaiter(), timeout: .seconds(-1))
            #expect(reason5 == .timedOut)
            try await peer.process.sleep(.seconds(-1))
            try await peer.process.sleep(until: .zero)
            #expect(peer.now == .zero)
            peer.log("through")
        }
        universe.run()
        #expect(peer.log.lines == ["through"])
        universe.end()
    }
}
