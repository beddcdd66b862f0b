/// Statements on `orders`.
extension InnoDB {
    mutating func readOrder(_ key: String, _ session: Int) -> OrderRow? {
        let snapshot = snapshotForRead(session)
        guard let slot = orders.slot(requestKey: key) else { return nil }
        return orders.rows.read(slot, snapshot: snapshot, reader: Int32(session))
    }

    mutating func countOrders(_ key: UserProduct, _ session: Int) -> Int {
        let snapshot = snapshotForRead(session)
        var count = 0
        var next = orders.firstSlot(of: key) ?? -1
        while next >= 0 {
            if orders.rows.read(next, snapshot: snapshot, reader: Int32(session)) != nil { count += 1 }
            next = orders.nextSlot(after: next)
        }
        return count
    }

    /// SELECT … WHERE request_key = … FOR UPDATE: locks the index entry and the row; under REPEATABLE READ a missing
    /// entry's gap.
    mutating func lockOrder(_ key: String, _ session: Int) -> Step {
        locks.touchTable(Table.orders, session: Int32(session))
        while true {
            guard let slot = orders.slot(requestKey: key) else {
                if !isReadCommitted(session) {
                    let gap = LockManager.Resource(
                        index: Index.requestKey, slot: orders.successor(ofRequestKey: key))
                    locks.lockGap(gap, session: Int32(session))
                }
                return .finished(.rows(.order(nil)))
            }
            let entry = LockManager.Resource(index: Index.requestKey, slot: slot)
            if let writer = orders.rows.uncommittedWriter(slot), Int(writer) != session {
                locks.makeExplicit(entry, owner: writer)
            }
            var step = lockRecord(.exclusive, entry, session)
            if case .held = step {
                step = lockRecord(.exclusive, LockManager.Resource(index: Index.order, slot: slot), session)
            }
            switch step {
            case .held: return .finished(.rows(.order(orders.rows.current(slot))))
            case .retry: continue
            case .blocked: return .blocked
            case .victim, .refused: return .finished(.error(.deadlock))
            }
        }
    }

    // MARK: Insert

    /// Inserts a row into the clustered index, then into the others: NOT NULL unique keys come before nullable ones
    /// (`sort_keys` in sql_table.cc). It may wait at each.
    mutating func insertOrder(_ template: OrderRow, _ session: Int) -> Step {
        if sessions[session].insertStep == 0 {
            if let step = addToClusteredIndex(template, session) { return step }
        }
        let slot = sessions[session].insertSlot
        let row = orders.rows.current(slot)
        if sessions[session].insertStep == 1 {
            let key = UserProduct(user: row.user, product: row.product)
            if settings.uniqueUserProduct {
                let admission = admit(.userProduct(key), session)
                guard case .free(let successor) = admission else {
                    return refusal(admission, "\(key.user)-\(key.product)", keyName("orders", "user_product"))
                }
                addGapHeirs(Index.userProduct, slot, successor)
            }
            orders.addToUserProduct(slot, key)
            sessions[session].insertStep = 2
        }
        if let key = row.requestKey {
            let admission = admit(.requestKey(key), session)
            guard case .free(let successor) = admission else { return refusal(admission, key, keyName("orders", "request_key")) }
            addGapHeirs(Index.requestKey, slot, successor)
            orders.addToRequestKey(slot, key)
        }
        return .finished(.affected(1, insertID: row.id))
    }

    /// - Returns: how the statement ends or waits; nil when the row is in.
    private mutating func addToClusteredIndex(_ template: OrderRow, _ session: Int) -> Step? {
        locks.touchTable(Table.orders, session: Int32(session))
        var row = template
        if row.id == 0 { row.id = orders.nextID }
        while let existing = orders.rows.slot(of: row.id) {
            let resource = LockManager.Resource(index: Index.order, slot: existing)
            if let writer = orders.rows.uncommittedWriter(existing), Int(writer) != session {
                locks.makeExplicit(resource, owner: writer)
            }
            switch lockRecord(.shared, resource, session) {
            case .held: return .finished(.error(.duplicateEntry(value: String(row.id), key: keyName("orders", "PRIMARY"))))
            case .retry: continue
            case .blocked: return .blocked
            case .victim, .refused: return .finished(.error(.deadlock))
            }
        }
        orders.nextID = max(orders.nextID, row.id + 1)
        let slot = orders.rows.insert(row, key: row.id, writer: Int32(session))
        note(.insertOrder(row), .insertOrder, slot: slot, session: session)
        sessions[session].insertSlot = slot
        sessions[session].insertStep = 1
        return nil
    }

    private enum UniqueKey {
        case userProduct(UserProduct)
        case requestKey(String)
    }

    private enum Admission {
        /// No such key; where gaps are locked, the entry after it.
        case free(successor: Int32?)
        case duplicate
        case blocked
        case victim
    }

    /// Checks a unique index for the key and its gap for locks.
    ///
    /// The duplicate check takes a shared next-key lock on the entry it finds, at every isolation level
    /// (`row_ins_scan_sec_index_for_duplicate`), and so waits for an uncommitted one.
    private mutating func admit(_ key: UniqueKey, _ session: Int) -> Admission {
        let index =
            switch key {
            case .userProduct: Index.userProduct
            case .requestKey: Index.requestKey
            }
        while true {
            let existing =
                switch key {
                case .userProduct(let pair): orders.firstSlot(of: pair)
                case .requestKey(let text): orders.slot(requestKey: text)
                }
            let step: LockStep
            if let existing {
                let resource = LockManager.Resource(index: index, slot: existing)
                if let writer = orders.rows.uncommittedWriter(existing), Int(writer) != session {
                    locks.makeExplicit(resource, owner: writer)
                }
                step = lockRecord(.shared, resource, session)
                if case .held = step {
                    locks.lockGap(resource, session: Int32(session))
                    return .duplicate
                }
            } else {
                guard locks.gapCount[index] > 0 else { return .free(successor: nil) }
                let successor =
                    switch key {
                    case .userProduct(let pair): orders.successor(ofUserProduct: pair)
                    case .requestKey(let text): orders.successor(ofRequestKey: text)
                    }
                let gap = LockManager.Resource(index: index, slot: successor)
                guard locks.intendInsert(before: gap, session: Int32(session), deadline: waitDeadline) else {
                    return .free(successor: successor)
                }
                step = settleWait(session)
            }
            switch step {
            case .retry, .held: continue
            case .blocked: return .blocked
            case .victim, .refused: return .victim
            }
        }
    }

    private func refusal(_ admission: Admission, _ value: String, _ key: String) -> Step {
        switch admission {
        case .duplicate: .finished(.error(.duplicateEntry(value: value, key: key)))
        case .victim: .finished(.error(.deadlock))
        case .blocked, .free: .blocked
        }
    }

    private mutating func addGapHeirs(_ index: Int, _ slot: Int32, _ successor: Int32?) {
        guard let successor else { return }
        locks.recordInserted(
            LockManager.Resource(index: index, slot: slot),
            before: LockManager.Resource(index: index, slot: successor))
    }

    // MARK: Undo

    mutating func undoInsertOrder(_ slot: Int32) {
        let row = orders.rows.current(slot)
        let pair = UserProduct(user: row.user, product: row.product)
        if let key = row.requestKey, orders.removeFromRequestKey(slot, key), hasLocks(Index.requestKey, slot) {
            removeRecord(Index.requestKey, slot, successor: orders.successor(ofRequestKey: key))
        }
        if orders.removeFromUserProduct(slot, pair), hasLocks(Index.userProduct, slot) {
            removeRecord(Index.userProduct, slot, successor: orders.successor(ofUserProduct: pair))
        }
        if hasLocks(Index.order, slot) { removeRecord(Index.order, slot, successor: LockManager.supremum) }
        orders.rows.undoInsert(slot, key: row.id)
    }

    private func hasLocks(_ index: Int, _ slot: Int32) -> Bool {
        let resource = LockManager.Resource(index: index, slot: slot)
        return locks.queueIndex(resource, isGap: false) >= 0 || locks.queueIndex(resource, isGap: true) >= 0
    }

    private mutating func removeRecord(_ index: Int, _ slot: Int32, successor: Int32) {
        locks.recordRemoved(
            LockManager.Resource(index: index, slot: slot),
            successor: LockManager.Resource(index: index, slot: successor))
    }
}
