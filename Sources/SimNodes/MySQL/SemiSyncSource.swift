import Topology

/// The source's side of semi-synchronous replication: who waits for acknowledgements, and when it gives up.
///
/// Source: MySQL 8.0 `plugin/semisync/semisync_source.cc`; FIDELITY §2.3. Positions are those of the source's binary log.
package struct SemiSyncSource: Sendable {
    /// Where a commit waits (`rpl_semi_sync_source_wait_point`).
    package enum WaitPoint: Hashable, Sendable {
        /// Before the engine commits: nobody sees what no replica has.
        case afterSync
        /// After the engine has committed, before the reply.
        case afterCommit
    }

    /// System variables, with MySQL's defaults.
    package struct Settings: Hashable, Sendable {
        package var waitPoint = WaitPoint.afterSync
        /// `rpl_semi_sync_source_timeout`.
        package var timeout = TimeSpan.milliseconds(10_000)
        /// `rpl_semi_sync_source_wait_for_replica_count`.
        package var replicaCount = 1
        /// `rpl_semi_sync_source_wait_no_replica`: keep waiting though fewer replicas are connected.
        package var waitsWithoutReplicas = true

        package init() {}
    }

    /// A commit whose wait is over.
    package struct Release: Hashable, Sendable {
        package var session: MySQLSessionID
        /// Whether enough replicas have it; otherwise the source has fallen back to asynchronous replication.
        package var isAcknowledged: Bool
    }

    private struct Waiter: Sendable {
        var session: MySQLSessionID
        var position: Int
        var deadline: Instant
    }

    package let settings: Settings
    /// `Rpl_semi_sync_source_status`: off after a timeout, on again when replicas have caught up.
    package private(set) var isActive = true
    /// Times it has fallen back (`Rpl_semi_sync_source_no_times`).
    package private(set) var fallbacks = 0
    /// Transactions that were committed without acknowledgement (`Rpl_semi_sync_source_no_tx`).
    package private(set) var unacknowledged = 0
    private var waiters: [Waiter] = []
    private var head = 0
    private var latestPosition = 0
    /// By ascending identifier.
    private var replicas: [(id: Int32, position: Int)] = []

    package init(settings: Settings = Settings()) { self.settings = settings }

    /// Commits that wait.
    package var waitingCount: Int { waiters.count - head }

    /// Connected semi-synchronous replicas (`Rpl_semi_sync_source_clients`).
    package var connectedReplicas: Int { replicas.count }

    /// When `expire(now:)` has something to do.
    package var nextDeadline: Instant? { head < waiters.count ? waiters[head].deadline : nil }

    /// A semi-synchronous replica has connected and has everything through `position`.
    package mutating func replicaConnected(_ id: Int32, position: Int, into released: inout [Release]) {
        let place = replicas.firstIndex { $0.id >= id } ?? replicas.count
        if place < replicas.count, replicas[place].id == id {
            replicas[place].position = position
        } else {
            replicas.insert((id: id, position: position), at: place)
        }
        evaluate(into: &released)
    }

    /// A replica's connection is gone; without `waitsWithoutReplicas` the source falls back if too few are left.
    package mutating func replicaDisconnected(_ id: Int32, into released: inout [Release]) {
        replicas.removeAll { $0.id == id }
        if !settings.waitsWithoutReplicas, replicas.count < settings.replicaCount { fallBack(into: &released) }
    }

    /// A commit has reached the wait point.
    ///
    /// - Returns: whether it has to wait for a `Release`.
    package mutating func commitReached(
        _ session: MySQLSessionID, position: Int, now: Instant, into released: inout [Release]
    ) -> Bool {
        latestPosition = max(latestPosition, position)
        guard isActive else {
            unacknowledged += 1
            return false
        }
        if position <= acknowledgedPosition { return false }
        if !settings.waitsWithoutReplicas, replicas.count < settings.replicaCount {
            fallBack(into: &released)
            unacknowledged += 1
            return false
        }
        var place = waiters.count
        while place > head, waiters[place - 1].position > position { place -= 1 }
        waiters.insert(
            Waiter(session: session, position: position, deadline: now + settings.timeout), at: place)
        return true
    }

    /// A replica has everything through `position` in its relay log.
    ///
    /// While the source has fallen back, an acknowledgement of the latest commit reactivates it (`try_switch_on`).
    package mutating func acknowledge(_ id: Int32, position: Int, into released: inout [Release]) {
        guard let place = replicas.firstIndex(where: { $0.id == id }) else { return }
        replicas[place].position = max(replicas[place].position, position)
        evaluate(into: &released)
    }

    /// Falls back to asynchronous replication if a commit has waited for too long; then all waiting commits go on.
    package mutating func expire(now: Instant, into released: inout [Release]) {
        guard let deadline = nextDeadline, deadline <= now else { return }
        fallBack(into: &released)
    }

    /// Position that enough replicas have acknowledged.
    package var acknowledgedPosition: Int {
        let needed = settings.replicaCount
        guard needed > 0, replicas.count >= needed else { return 0 }
        if needed == 1 { return replicas.reduce(0) { max($0, $1.position) } }
        return replicas.map(\.position).sorted(by: >)[needed - 1]
    }

    private mutating func evaluate(into released: inout [Release]) {
        let acknowledged = acknowledgedPosition
        if !isActive, replicas.count >= settings.replicaCount, acknowledged >= latestPosition { isActive = true }
        while head < waiters.count, waiters[head].position <= acknowledged {
            released.append(Release(session: waiters[head].session, isAcknowledged: true))
            head += 1
        }
        if head == waiters.count || head > 256 {
            waiters.removeFirst(head)
            head = 0
        }
    }

    private mutating func fallBack(into released: inout [Release]) {
        if isActive { fallbacks += 1 }
        isActive = false
        for waiter in waiters[head...] {
            released.append(Release(session: waiter.session, isAcknowledged: false))
            unacknowledged += 1
        }
        waiters.removeAll(keepingCapacity: true)
        head = 0
    }
}
