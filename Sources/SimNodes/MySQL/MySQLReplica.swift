import Topology

/// The replication threads of a replica: receiver (IO thread), relay log, applier (SQL thread).
///
/// Its owner carries transactions to it and has the server execute what it hands out. Positions are the source's.
package struct MySQLReplica: Sendable {
    /// `Replica_IO_Running`.
    package enum ReceiverState: Hashable, Sendable {
        case stopped
        /// Tries to (re)connect.
        case connecting
        case running
    }

    /// `Replica_SQL_Running`.
    package enum ApplierState: Hashable, Sendable {
        case stopped
        case running
        /// Stopped by an error (1062, 1032); needs a person.
        case failed(MySQLError)
    }

    /// What becomes of received but unapplied transactions.
    package enum RelayLogPolicy: Hashable, Sendable {
        /// They are applied before the server takes writes.
        case apply
        /// They are lost.
        case discard
    }

    /// Variables, with MySQL's defaults.
    package struct Settings: Hashable, Sendable {
        /// `replica_net_timeout`.
        package var netTimeout = TimeSpan.seconds(60)
        /// `SOURCE_CONNECT_RETRY`.
        package var connectRetry = TimeSpan.seconds(60)

        package init() {}
    }

    package let settings: Settings
    package private(set) var receiver = ReceiverState.stopped
    package private(set) var applier = ApplierState.stopped
    /// Transactions in the relay log, applied or not (`Retrieved_Gtid_Set`).
    package private(set) var received = GTIDSet()
    /// Source position through which it has received.
    package private(set) var receivedPosition = 0
    /// Source position through which it has applied.
    package private(set) var appliedPosition = 0
    private var relayLog: [BinlogTransaction] = []
    private var relayHead = 0
    private var heardAt = Instant.zero
    private var nextAttempt = Instant.distantFuture

    package init(settings: Settings = Settings()) { self.settings = settings }

    /// Received transactions that are not applied.
    package var unappliedCount: Int { relayLog.count - relayHead }

    /// Whether it receives from its source; a failover manager asks for this.
    package var isReceiving: Bool { receiver == .running }

    // MARK: Receiver

    /// START REPLICA IO_THREAD: tries to connect at once.
    package mutating func startReceiver(now: Instant) {
        guard receiver == .stopped else { return }
        receiver = .connecting
        nextAttempt = now
    }

    /// STOP REPLICA IO_THREAD.
    package mutating func stopReceiver() {
        receiver = .stopped
        nextAttempt = .distantFuture
    }

    /// What it has, and so does not ask the source for: executed or in the relay log.
    package func requestSet(executed: GTIDSet) -> GTIDSet { executed.union(received) }

    /// The source has accepted the connection and will send from `position` on.
    package mutating func connected(from position: Int, now: Instant) {
        receiver = .running
        receivedPosition = position - 1
        if unappliedCount == 0 { appliedPosition = receivedPosition }
        heardAt = now
        nextAttempt = .distantFuture
    }

    /// The connection broke or could not be made; the next attempt comes after `connectRetry`.
    package mutating func connectionFailed(now: Instant) {
        guard receiver != .stopped else { return }
        receiver = .connecting
        nextAttempt = now + settings.connectRetry
    }

    /// A heartbeat of the source.
    package mutating func heartbeat(now: Instant) { heardAt = now }

    /// When `tick(now:)` has something to do.
    package var nextDeadline: Instant? {
        switch receiver {
        case .stopped: nil
        case .connecting: nextAttempt < .distantFuture ? nextAttempt : nil
        case .running: heardAt + settings.netTimeout
        }
    }

    /// Notices that a silent source is lost (`replica_net_timeout`).
    ///
    /// - Returns: whether it is time to try to connect.
    package mutating func tick(now: Instant) -> Bool {
        switch receiver {
        case .stopped: return false
        case .running:
            guard now >= heardAt + settings.netTimeout else { return false }
            // A lost connection is tried again at once, the following attempts wait.
            receiver = .connecting
        case .connecting: guard now >= nextAttempt else { return false }
        }
        nextAttempt = now + settings.connectRetry
        return true
    }

    /// A transaction has arrived and is in the relay log.
    ///
    /// - Returns: whether it counts as received, so that a semi-synchronous replica acknowledges it.
    package mutating func receive(_ transaction: BinlogTransaction, now: Instant) -> Bool {
        guard receiver == .running else { return false }
        heardAt = now
        receivedPosition = max(receivedPosition, transaction.position)
        if received.contains(transaction.gtid) { return true }
        received.insert(transaction.gtid)
        relayLog.append(transaction)
        return true
    }

    // MARK: Applier

    /// START REPLICA SQL_THREAD.
    package mutating func startApplier() { applier = .running }

    /// STOP REPLICA SQL_THREAD.
    package mutating func stopApplier() { applier = .stopped }

    /// The next transaction to execute, if the applier runs.
    package var nextToApply: BinlogTransaction? {
        applier == .running && relayHead < relayLog.count ? relayLog[relayHead] : nil
    }

    /// The transaction that `nextToApply` named is committed here.
    package mutating func applied() {
        guard relayHead < relayLog.count else { return }
        appliedPosition = max(appliedPosition, relayLog[relayHead].position)
        relayHead += 1
        if relayHead == relayLog.count {
            relayLog.removeAll(keepingCapacity: true)
            relayHead = 0
        } else if relayHead > 1024, relayHead * 2 > relayLog.count {
            relayLog.removeFirst(relayHead)
            relayHead = 0
        }
    }

    /// The transaction could not be applied: the applier stops.
    package mutating func applyFailed(_ error: MySQLError) { applier = .failed(error) }

    /// `Seconds_Behind_Source`, not rounded: age of what is to be applied next; nil when a thread does not run.
    ///
    /// What the source has not sent yet does not count, as in the real server.
    package func lag(now: Instant) -> TimeSpan? {
        guard receiver == .running, applier == .running else { return nil }
        guard relayHead < relayLog.count else { return .zero }
        return now - relayLog[relayHead].committedAt
    }

    // MARK: Role changes

    /// STOP REPLICA; RESET REPLICA ALL, once the relay log is dealt with: the server is a replica no longer.
    ///
    /// - Returns: transactions that must be applied before it takes writes.
    package mutating func promote(_ policy: RelayLogPolicy) -> [BinlogTransaction] {
        let rest = policy == .apply ? Array(relayLog[relayHead...]) : []
        reset()
        return rest
    }

    /// RESET REPLICA ALL: forgets source and relay log.
    package mutating func reset() { self = MySQLReplica(settings: settings) }

    /// After a crash of the replica: threads are stopped; the relay log is kept, or fetched again
    /// (`relay_log_recovery = ON`).
    package mutating func restarted(keepsRelayLog: Bool) {
        receiver = .stopped
        applier = .stopped
        nextAttempt = .distantFuture
        if !keepsRelayLog { discardRelayLog() }
    }

    /// CHANGE REPLICATION SOURCE TO: what was not applied is dropped and asked for again, from the new source.
    package mutating func changeSource() {
        stopReceiver()
        discardRelayLog()
        receivedPosition = 0
        appliedPosition = 0
    }

    private mutating func discardRelayLog() {
        received = received.subtracting(GTIDSet(relayLog[relayHead...].lazy.map(\.gtid)))
        receivedPosition = appliedPosition
        relayLog.removeAll()
        relayHead = 0
    }

    /// What a source finds when a server asks to become its replica.
    package enum Admission: Hashable, Sendable {
        /// Its transactions from this position on follow.
        case accepted(from: Int)
        /// 1236: the replica lacks what was purged, or has transactions under this source's name that it never made.
        case refused(MySQLError)
    }

    /// Compares histories, as the source does when a replica connects with auto-position.
    ///
    /// Errant transactions of *other* sources are accepted by a real server too; see `errant(executed:source:)`.
    package static func admit(requestSet: GTIDSet, by source: BinaryLog, serverID: Int32) -> Admission {
        guard requestSet.last(of: serverID) <= source.executed.last(of: serverID) else {
            return .refused(.binaryLogUnavailable)
        }
        guard let position = source.firstPosition(missingFrom: requestSet) else {
            return .refused(.binaryLogUnavailable)
        }
        return .accepted(from: position)
    }

    /// Transactions that a server has and the source does not: ghosts of a failed primary, or writes past a fence.
    package static func errant(executed: GTIDSet, source: GTIDSet) -> GTIDSet { executed.subtracting(source) }
}
