import Topology

/// What becomes of locks when records come and go.
extension LockManager {
    /// Locks the gap before a record; gap locks never wait.
    mutating func lockGap(_ kind: Kind, _ resource: Resource, session: Int32) {
        _ = acquire(kind, resource, session: session, deadline: .distantFuture)
    }

    /// A record has been inserted into a gap: whoever has locked the gap, or waits for it, has locked both halves of it.
    mutating func recordInserted(_ resource: Resource, before successor: Resource) {
        let queue = queueIndex(successor)
        guard queue >= 0 else { return }
        forEachLock(of: queue) { manager, lock in
            if lock.kind.coversGap { manager.inherit(lock.kind.gapPart, resource, session: lock.session) }
        }
    }

    /// A record is removed: its locks become gap locks of its successor, and who waits for it tries again.
    ///
    /// Exclusive locks of READ COMMITTED transactions are not inherited (`lock_rec_inherit_to_gap`).
    mutating func recordRemoved(_ resource: Resource, successor: Resource) {
        let queue = queueIndex(resource)
        guard queue >= 0 else { return }
        forEachLock(of: queue) { manager, lock in
            if lock.kind.isInsertIntention { return }
            if lock.kind.isExclusive, manager.owners[Int(lock.session)].readCommitted { return }
            manager.inherit(lock.kind.gapPart, successor, session: lock.session)
        }
        while queues[Int(queue)].waitHead >= 0 {
            let lock = queues[Int(queue)].waitHead
            let session = locks[Int(lock)].session
            noteGranted(lock)
            endWait(session)
            wake(session)
        }
        while queues[Int(queue)].grantedHead >= 0 { dropGranted(queues[Int(queue)].grantedHead) }
        dropIfEmpty(queue)
    }

    @discardableResult
    mutating func inherit(_ kind: Kind, _ resource: Resource, session: Int32) -> Int32 {
        var queue = queueIndex(resource)
        if queue < 0 { queue = makeQueue(resource) }
        if queues[Int(queue)].waitCount == 0 {
            // The bit is set already.
            var next = queues[Int(queue)].grantedHead
            while next >= 0 {
                let lock = locks[Int(next)]
                if lock.session == session, lock.kind == kind { return next }
                next = lock.next
            }
        }
        return addGranted(kind, queue, session)
    }
}
