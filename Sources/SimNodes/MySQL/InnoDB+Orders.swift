/// Reading, locking and deleting orders.
extension InnoDB {
    mutating func readOrder(_ key: String, _ session: Int) -> OrderRow? {
        let snapshot = snapshotForRead(session)
        var next = orders.requestKeys.last(RequestKey(text: key)) ?? -1
        while next >= 0 {
            if let row = orders.rows.read(next, snapshot: snapshot, reader: Int32(session)) { return row }
            next = orders.requestKeys.before(next)
        }
        return nil
    }

    mutating func countOrders(_ key: UserProduct, _ session: Int) -> Int {
        let snapshot = snapshotForRead(session)
        var count = 0
        var next = orders.userProducts.last(key) ?? -1
        while next >= 0 {
            if orders.rows.read(next, snapshot: snapshot, reader: Int32(session)) != nil { count += 1 }
            next = orders.userProducts.before(next)
        }
        return count
    }

    private enum OrderLock {
        case row(slot: Int32)
        case missing
        case blocked
        case victim
    }

    /// SELECT … WHERE request_key = … FOR UPDATE.
    mutating func lockOrder(_ key: String, _ session: Int) -> Step {
        switch searchOrder(key, session) {
        case .row(let slot): .finished(.rows(.order(orders.rows.current(slot))))
        case .missing: .finished(.rows(.order(nil)))
        case .blocked: .blocked
        case .victim: .finished(.error(.deadlock))
        }
    }

    /// Locks the index entry and the row; under REPEATABLE READ entries of deleted rows too, and a missing entry's gap.
    private mutating func searchOrder(_ key: String, _ session: Int) -> OrderLock {
        locks.touchTable(Table.orders, session: Int32(session))
        search: while true {
            for slot in orders.requestKeys.all(RequestKey(text: key)) {
                let writer = orders.rows.uncommittedWriter(slot)
                let entryWriter = entryWriter(slot, Index.requestKey)
                let isDeleted = isEntryDeleted(slot, Index.requestKey)
                if isDeleted, entryWriter == nil, isReadCommitted(session) { continue }
                let entry = LockManager.Resource(index: Index.requestKey, slot: slot)
                var step = lockRecord(uniqueSearch(session, isDeleted: isDeleted), entry, writer: entryWriter, session)
                if case .held = step {
                    if isDeleted { continue }
                    let row = LockManager.Resource(index: Index.order, slot: slot)
                    step = lockRecord(.exclusiveRecord, row, writer: writer, session)
                }
                switch step {
                case .held: return .row(slot: slot)
                case .retry: continue search
                case .blocked: return .blocked
                case .victim, .refused: return .victim
                }
            }
            if isReadCommitted(session) { return .missing }
            let successor = orders.successor(ofRequestKey: key)
            let gap = LockManager.Resource(index: Index.requestKey, slot: successor)
            if successor != LockManager.supremum, let writer = entryWriter(successor, Index.requestKey),
                Int(writer) != session
            {
                locks.makeExplicit(gap, owner: writer)
            }
            locks.lockGap(.exclusiveGap, gap, session: Int32(session))
            return .missing
        }
    }

    /// Whether an entry is marked as deleted: the row is marked first, then one entry after the other.
    func isEntryDeleted(_ slot: Int32, _ index: Int) -> Bool {
        guard orders.rows.isDeleted(slot) else { return false }
        guard let writer = orders.rows.uncommittedWriter(slot), sessions[Int(writer)].insertSlot == slot else {
            return true
        }
        return sessions[Int(writer)].insertStep > (index == Index.userProduct ? 1 : 2)
    }

    /// The transaction whose uncommitted change has reached an entry, and whose mark locks it therefore.
    ///
    /// A deletion locks an entry of a row that others inserted only when it has marked that entry
    /// (`row_vers_impl_x_locked`).
    func entryWriter(_ slot: Int32, _ index: Int) -> Int32? {
        let writer = orders.rows.uncommittedWriter(slot)
        guard orders.rows.isDeleted(slot), !isEntryDeleted(slot, index), orders.rows.lastCommitted(slot) != nil else {
            return writer
        }
        return nil
    }

    // MARK: Delete

    /// DELETE … WHERE request_key = ….
    mutating func deleteOrder(requestKey key: String, _ session: Int) -> Step {
        if sessions[session].insertStep == 0 {
            switch searchOrder(key, session) {
            case .row(let slot): markOrderDeleted(slot, session)
            case .missing: return .finished(.affected(0))
            case .blocked: return .blocked
            case .victim: return .finished(.error(.deadlock))
            }
        }
        return markEntriesDeleted(session)
    }

    /// The row event of a deletion, which finds the row by its primary key.
    mutating func deleteOrder(id: Int64, _ session: Int) -> Step {
        locks.touchTable(Table.orders, session: Int32(session))
        while sessions[session].insertStep == 0 {
            guard let slot = orders.rows.slot(of: id) else { return .finished(.affected(0)) }
            let row = LockManager.Resource(index: Index.order, slot: slot)
            switch lockRecord(.exclusiveRecord, row, writer: orders.rows.uncommittedWriter(slot), session) {
            case .held where orders.rows.isDeleted(slot): return .finished(.affected(0))
            case .held: markOrderDeleted(slot, session)
            case .retry: continue
            case .blocked: return .blocked
            case .victim, .refused: return .finished(.error(.deadlock))
            }
        }
        return markEntriesDeleted(session)
    }

    private mutating func markOrderDeleted(_ slot: Int32, _ session: Int) {
        let row = orders.rows.current(slot)
        orders.rows.update(slot, to: row, isDeleted: true, writer: Int32(session))
        note(.deleteOrder(row.id), .updateOrder, slot: slot, session: session)
        sessions[session].insertSlot = slot
        sessions[session].insertStep = 1
    }

    /// Each entry is marked as deleted as well, and waits for those who have locked it (`lock_sec_rec_modify_check_and_lock`).
    private mutating func markEntriesDeleted(_ session: Int) -> Step {
        while sessions[session].insertStep <= 2 {
            let index = sessions[session].insertStep == 1 ? Index.userProduct : Index.requestKey
            if index == Index.requestKey || settings.uniqueUserProduct {
                let entry = LockManager.Resource(index: index, slot: sessions[session].insertSlot)
                switch lockRecord(.exclusiveRecord, entry, writer: nil, session, isImplicit: true) {
                case .held: break
                case .retry: continue
                case .blocked: return .blocked
                case .victim, .refused: return .finished(.error(.deadlock))
                }
            }
            sessions[session].insertStep += 1
        }
        return .finished(.affected(1))
    }

    // MARK: Removal

    /// Takes a row out: one that was never committed, or that is deleted and that nobody can see any more.
    mutating func removeOrder(_ slot: Int32) {
        let row = orders.rows.current(slot)
        if orders.removeFromRequestKey(slot, row), hasLocks(Index.requestKey, slot) {
            let successor = orders.successor(ofRequestKey: row.requestKey, id: row.id)
            removeRecord(Index.requestKey, slot, successor: successor)
        }
        if orders.removeFromUserProduct(slot, row), hasLocks(Index.userProduct, slot) {
            let successor = orders.successor(ofUserProduct: row.userProduct, id: row.id)
            removeRecord(Index.userProduct, slot, successor: successor)
        }
        orders.remove(slot, id: row.id)
        if hasLocks(Index.order, slot) { removeRecord(Index.order, slot, successor: orders.successor(ofID: row.id)) }
    }

    private func hasLocks(_ index: Int, _ slot: Int32) -> Bool {
        locks.queueIndex(LockManager.Resource(index: index, slot: slot)) >= 0
    }

    private mutating func removeRecord(_ index: Int, _ slot: Int32, successor: Int32) {
        locks.recordRemoved(
            LockManager.Resource(index: index, slot: slot),
            successor: LockManager.Resource(index: index, slot: successor))
    }
}
