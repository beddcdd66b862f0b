/// Giving locks back, and ending waits.
extension LockManager {
    /// Gives one granted lock back before the transaction ends.
    mutating func release(_ lock: Int32) {
        let queue = locks[Int(lock)].queue
        dropGranted(lock)
        grantWaiters(of: queue)
        dropIfEmpty(queue)
    }

    /// Ends a transaction's wait and gives back all its locks, the newest first.
    mutating func releaseAll(_ session: Int32) {
        cancelWait(session)
        let pages = pagesWithStructs(of: session)
        while owners[Int(session)].firstLock >= 0 { release(owners[Int(session)].firstLock) }
        noteSuspects(onPages: pages)
    }

    /// Takes a session out of the queue in which it waits.
    mutating func cancelWait(_ session: Int32) {
        let lock = owners[Int(session)].waitingLock
        guard lock >= 0 else { return }
        let queue = locks[Int(lock)].queue
        let page = queues[Int(queue)].resource.index
        let other = scheduling == .firstComeFirstServed ? blocker(of: lock) : -1
        endWait(session)
        owners[Int(session)].moreStructs -= 1
        grantWaiters(of: queue)
        dropIfEmpty(queue)
        noteSuspects(onPages: 1 << page)
        // MariaDB: `lock_reset_lock_and_trx_wait`.
        if other >= 0 { suspects.removeAll { $0 == other } }
    }
}
