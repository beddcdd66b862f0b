import Testing
import Topology

@testable import SimNodes

/// `wait_timeout`: when the server ends a session whose client says nothing more.
@Suite struct MySQLSilenceTests {
    private static func rig(_ waitTimeout: TimeSpan?) -> MySQLNodeRig {
        MySQLNodeRig { if let waitTimeout { $0.waitTimeout = waitTimeout } }
    }

    /// The machine of a client dies without a word, while its transaction holds a row lock.
    private static func loseHolder(_ rig: MySQLNodeRig) {
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.attempt(.begin(), session, "begin")
            try await client.attempt(.selectProductForUpdate(1), session, "lock")
            try await client.attempt(MySQLNodeRig.decrement(), session, "update")
        }
        rig.strike(at: .milliseconds(500)) { rig.client.process.crash(takingHost: true) }
    }

    /// Connecting takes 4 ms, the three statements 2 ms each; the last answer leaves at 9 ms.
    @Test func rollsBackWhoseMachineHasDied() {
        let rig = Self.rig(.seconds(30))
        Self.loseHolder(rig)
        rig.run(until: .ms(30_008) - .zero)
        #expect(rig.primary.openTransactions == 1 && rig.primary.heldLocks > 0)
        rig.run(until: .ms(30_010) - .zero)
        #expect(rig.primary.openTransactions == 0 && rig.primary.heldLocks == 0 && rig.primary.openConnections == 0)
        #expect(rig.primary.products.map(\.stock) == [1_000])
        #expect(rig.world.situations.reached.contains(.sessionTimedOut))
        #expect(rig.milestone("wait_timeout")?.node == "db1")
    }

    @Test func byDefaultTheLocksStayForEightHours() {
        let rig = Self.rig(nil)
        Self.loseHolder(rig)
        rig.run(until: .seconds(28_799))
        #expect(rig.primary.openTransactions == 1 && rig.primary.heldLocks > 0)
        rig.run(until: .seconds(28_801))
        #expect(rig.primary.openTransactions == 0 && rig.primary.heldLocks == 0)
    }

    /// Each statement begins the silence anew, and one that waits for a lock is not silent.
    @Test func countsFromTheLastAnswer() {
        let rig = Self.rig(.seconds(10))
        rig.at(.zero) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.attempt(.begin(), session, "begin")
            try await client.attempt(.selectProductForUpdate(1), session, "lock")
            for _ in 0..<3 {
                try await client.process.sleep(.seconds(9))
                try await client.attempt(.selectProduct(1), session, "alive")
            }
            try await client.process.sleep(.seconds(11))
            try await client.attempt(.commit, session, "late")
        }
        rig.at(.seconds(1)) { client in
            let session = try await client.connect(to: rig.primary)
            try await client.attempt(.selectProductForUpdate(1), session, "waited")
        }
        rig.run(until: .seconds(60))
        #expect(rig.count("alive: ok") == 3)
        // The holder's last answer left at 27 s; 10 s later its lock is free, and the other has waited for 36 s.
        let waited = rig.time(of: "waited: ok") ?? .zero
        #expect(waited >= .ms(37_000) && waited < .ms(37_100))
        #expect(rig.time(of: "late: reset") ?? .zero > .ms(38_000))
    }

    @Test func aRestartedServerLooksAgain() {
        let rig = Self.rig(.seconds(10))
        rig.strike(at: .seconds(1)) { rig.primary.process.crash() }
        rig.strike(at: .seconds(2)) { rig.primary.process.start() }
        rig.at(.seconds(10)) { client in _ = try await client.connect(to: rig.primary) }
        rig.run(until: .seconds(19))
        #expect(rig.primary.openConnections == 1)
        rig.run(until: .seconds(21))
        #expect(rig.primary.openConnections == 0)
    }
}
