import Topology

/// When each stage of a failover was reached.
package struct FailoverRecord: Hashable, Sendable {
    /// The fault that made it necessary.
    package var faultAt: Instant?
    package var detectedAt: Instant?
    package var promotedAt: Instant?
    /// From when on somebody can take writes again: a new master, or the old one that came back.
    package var availableAt: Instant?
    /// The first write by an application that was acknowledged after that.
    package var writesResumedAt: Instant?
    /// The first read after the fault that succeeded: at once where replicas serve reads.
    package var readsResumedAt: Instant?
    package init() {}
}

/// The failovers of the two data stores; nodes report here what they see.
package final class Failovers: @unchecked Sendable {
    package enum Store: String, CaseIterable, Sendable { case mysql, redis }

    package private(set) var mysql = FailoverRecord()
    package private(set) var redis = FailoverRecord()

    package subscript(store: Store) -> FailoverRecord { store == .mysql ? mysql : redis }

    private func update(_ store: Store, _ change: (inout FailoverRecord) -> Void) {
        if store == .mysql { change(&mysql) } else { change(&redis) }
    }

    /// The store's master has failed; only the first failure of a run is timed.
    package func fault(_ store: Store, at now: Instant) { update(store) { $0.faultAt = $0.faultAt ?? now } }

    package func detected(_ store: Store, at now: Instant) {
        update(store) { if $0.faultAt != nil { $0.detectedAt = $0.detectedAt ?? now } }
    }

    package func promoted(_ store: Store, at now: Instant) {
        update(store) { if $0.faultAt != nil { $0.promotedAt = $0.promotedAt ?? now } }
        returned(store, at: now)
    }

    /// Somebody can take writes again: the promoted replica, or the old master after its restart.
    package func returned(_ store: Store, at now: Instant) {
        update(store) { if $0.faultAt != nil { $0.availableAt = $0.availableAt ?? now } }
    }

    /// An application's write was acknowledged.
    @inline(__always)
    package func wrote(_ store: Store, at now: Instant) {
        let record = store == .mysql ? mysql : redis
        if _fastPath(record.availableAt == nil || record.writesResumedAt != nil) { return }
        update(store) { $0.writesResumedAt = now }
    }

    /// An application's read succeeded.
    @inline(__always)
    package func read(_ store: Store, at now: Instant) {
        let record = store == .mysql ? mysql : redis
        if _fastPath(record.faultAt == nil || record.readsResumedAt != nil) { return }
        // Applications read from Redis's master alone, so an answer that was on its way doesn't count.
        if store == .redis, record.availableAt == nil { return }
        update(store) { $0.readsResumedAt = now }
    }
}
