import Testing
import Topology

@testable import SimNodes

@Suite("MySQL replication machines")
struct MySQLReplicationTests {
    private func session(_ slot: Int32) -> MySQLSessionID { MySQLSessionID(slot: slot, generation: 0) }

    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test("An acknowledgement frees every commit up to its position, in order")
    func acknowledgement() {
        var source = SemiSyncSource()
        var released: [SemiSyncSource.Release] = []
        source.replicaConnected(2, position: 0, into: &released)
        for position in 1...3 {
            let waits = source.commitReached(
                session(Int32(position)), position: position, now: .zero, into: &released)
            #expect(waits)
        }
        source.acknowledge(2, position: 2, into: &released)
        #expect(released.map(\.session.slot) == [1, 2])
        #expect(released.allSatisfy { $0.isAcknowledged })
        #expect(source.waitingCount == 1)
        source.acknowledge(7, position: 3, into: &released)
        #expect(source.waitingCount == 1, "an unknown replica does not count")
    }

    @Test("After the timeout all waiters go on, and semi-sync sleeps until a replica has caught up")
    func fallbackAndReactivation() {
        var source = SemiSyncSource()
        var released: [SemiSyncSource.Release] = []
        _ = source.commitReached(session(1), position: 1, now: at(0), into: &released)
        _ = source.commitReached(session(2), position: 2, now: at(6000), into: &released)
        #expect(source.nextDeadline == at(10_000))
        source.expire(now: at(9_999), into: &released)
        #expect(released.isEmpty && source.isActive)
        source.expire(now: at(10_000), into: &released)
        #expect(released.count == 2 && released.allSatisfy { !$0.isAcknowledged })
        #expect(!source.isActive && source.fallbacks == 1)
        let third = source.commitReached(session(3), position: 3, now: at(11_000), into: &released)
        #expect(!third)
        source.replicaConnected(2, position: 2, into: &released)
        #expect(!source.isActive, "it lacks the third")
        source.acknowledge(2, position: 3, into: &released)
        #expect(source.isActive)
        let fourth = source.commitReached(session(4), position: 4, now: at(12_000), into: &released)
        #expect(fourth)
        #expect(source.unacknowledged == 3)
    }

    @Test("Two replicas must acknowledge where two are asked for")
    func replicaCount() {
        var settings = SemiSyncSource.Settings()
        settings.replicaCount = 2
        var source = SemiSyncSource(settings: settings)
        var released: [SemiSyncSource.Release] = []
        source.replicaConnected(2, position: 0, into: &released)
        source.replicaConnected(3, position: 0, into: &released)
        _ = source.commitReached(session(1), position: 1, now: .zero, into: &released)
        source.acknowledge(2, position: 5, into: &released)
        #expect(released.isEmpty)
        source.acknowledge(3, position: 1, into: &released)
        #expect(released.count == 1)
    }

    @Test("wait_no_replica = OFF falls back as soon as the replica is gone")
    func waitNoReplicaOff() {
        var settings = SemiSyncSource.Settings()
        settings.waitsWithoutReplicas = false
        var source = SemiSyncSource(settings: settings)
        var released: [SemiSyncSource.Release] = []
        source.replicaConnected(2, position: 0, into: &released)
        _ = source.commitReached(session(1), position: 1, now: .zero, into: &released)
        source.replicaDisconnected(2, into: &released)
        #expect(released == [SemiSyncSource.Release(session: session(1), isAcknowledged: false)])
        #expect(!source.isActive)
    }

    private func transaction(_ position: Int, at instant: Instant = .zero) -> BinlogTransaction {
        BinlogTransaction(
            gtid: GTID(source: 1, number: Int64(position)), position: position, number: UInt64(position),
            changes: [], committedAt: instant)
    }

    @Test("A silent source is lost after replica_net_timeout; attempts follow every connect retry")
    func netTimeout() {
        var replica = MySQLReplica()
        replica.startReceiver(now: .zero)
        let isFirstAttempt = replica.tick(now: .zero)
        #expect(isFirstAttempt)
        replica.connected(from: 1, now: at(100))
        #expect(replica.nextDeadline == at(60_100))
        replica.heartbeat(now: at(30_000))
        let tooEarly = replica.tick(now: at(60_100))
        #expect(!tooEarly && replica.isReceiving)
        let isLost = replica.tick(now: at(90_000))
        #expect(isLost && !replica.isReceiving)
        replica.connectionFailed(now: at(91_000))
        #expect(replica.nextDeadline == at(151_000))
    }

    @Test("Lag is the age of what is applied next; unknown while a thread is stopped")
    func lag() {
        var replica = MySQLReplica()
        replica.startApplier()
        #expect(replica.lag(now: at(5)) == nil)
        replica.startReceiver(now: .zero)
        replica.connected(from: 1, now: .zero)
        #expect(replica.lag(now: at(5)) == .zero)
        _ = replica.receive(transaction(1, at: at(10)), now: at(12))
        #expect(replica.lag(now: at(30)) == .milliseconds(20))
        #expect(replica.receivedPosition == 1 && replica.appliedPosition == 0)
        replica.applied()
        #expect(replica.lag(now: at(30)) == .zero && replica.appliedPosition == 1)
    }

    @Test("Promotion hands out what was not applied, or discards it")
    func promotion() {
        for policy in [MySQLReplica.RelayLogPolicy.apply, .discard] {
            var replica = MySQLReplica()
            replica.startApplier()
            replica.startReceiver(now: .zero)
            replica.connected(from: 1, now: .zero)
            for position in 1...3 { _ = replica.receive(transaction(position), now: .zero) }
            _ = replica.receive(transaction(3), now: .zero)
            replica.applied()
            #expect(replica.unappliedCount == 2)
            let rest = replica.promote(policy).map(\.position)
            #expect(rest == (policy == .apply ? [2, 3] : []))
            #expect(replica.receiver == .stopped && replica.unappliedCount == 0)
        }
    }

    @Test("A relay log that is not kept is fetched again")
    func relayLogRecovery() {
        var replica = MySQLReplica()
        replica.startReceiver(now: .zero)
        replica.connected(from: 1, now: .zero)
        _ = replica.receive(transaction(1), now: .zero)
        replica.restarted(keepsRelayLog: false)
        #expect(replica.requestSet(executed: GTIDSet()).isEmpty)
        #expect(replica.unappliedCount == 0)
    }

    @Test("Under another source it asks again for what it had not applied")
    func changeSource() {
        var replica = MySQLReplica()
        replica.startApplier()
        replica.startReceiver(now: .zero)
        replica.connected(from: 1, now: .zero)
        for position in 1...3 { _ = replica.receive(transaction(position), now: .zero) }
        replica.applied()
        replica.changeSource()
        #expect(replica.requestSet(executed: GTIDSet()) == GTIDSet([GTID(source: 1, number: 1)]))
        #expect(replica.nextToApply == nil && replica.applier == .running && replica.receiver == .stopped)
    }
}
