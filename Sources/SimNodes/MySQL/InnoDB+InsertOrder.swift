/// INSERT INTO orders.
extension InnoDB {
    /// Inserts a row into the clustered index, then into the others: NOT NULL unique keys come before nullable ones
    /// (`sort_keys` in sql_table.cc). It may wait at each.
    mutating func insertOrder(_ template: OrderRow, _ session: Int) -> Step {
        if sessions[session].insertStep == 0 {
            if let step = addToClusteredIndex(template, session) { return step }
        }
        let slot = sessions[session].insertSlot
        let row = orders.rows.current(slot)
        if sessions[session].insertStep == 1 {
            if settings.uniqueUserProduct {
                let admission = admit(row, Index.userProduct, session)
                guard case .free(let successor) = admission else {
                    return refusal(admission, "\(row.user)-\(row.product)", "user_product")
                }
                addGapHeirs(Index.userProduct, slot, successor)
            }
            orders.addToUserProduct(slot, row)
            sessions[session].insertStep = 2
        }
        let admission = admit(row, Index.requestKey, session)
        guard case .free(let successor) = admission else {
            return refusal(admission, row.requestKey ?? "NULL", "request_key")
        }
        addGapHeirs(Index.requestKey, slot, successor)
        orders.addToRequestKey(slot, row)
        return .finished(.affected(1, insertID: row.id))
    }

    /// - Returns: how the statement ends or waits; nil when the row is in.
    private mutating func addToClusteredIndex(_ template: OrderRow, _ session: Int) -> Step? {
        locks.touchTable(Table.orders, session: Int32(session))
        var row = template
        if row.id == 0 {
            // Drawn once, before anything can fail or wait.
            if sessions[session].insertID == 0 {
                sessions[session].insertID = orders.nextID
                orders.nextID += 1
            }
            row.id = sessions[session].insertID
        }
        while true {
            let step: LockStep
            var successor: Int32?
            if let existing = orders.rows.slot(of: row.id) {
                // Ids are given once, so a deleted row that is still there is never brought back.
                let resource = LockManager.Resource(index: Index.order, slot: existing)
                let writer = orders.rows.uncommittedWriter(existing)
                step = lockRecord(duplicateCheck(session), resource, writer: writer, session)
                if case .held = step {
                    let key = keyName("orders", "PRIMARY")
                    return .finished(.error(.duplicateEntry(value: String(row.id), key: key)))
                }
            } else {
                if locks.gapCount[Index.order] > 0 { successor = orders.successor(ofID: row.id) }
                guard let next = successor, intendInsert(Index.order, before: next, session) else {
                    addOrder(row, successor: successor, session)
                    return nil
                }
                step = settleWait(session)
            }
            switch step {
            case .retry, .held: continue
            case .blocked: return .blocked
            case .victim, .refused: return .finished(.error(.deadlock))
            }
        }
    }

    private mutating func addOrder(_ row: OrderRow, successor: Int32?, _ session: Int) {
        orders.nextID = max(orders.nextID, row.id + 1)
        let slot = orders.add(row, writer: Int32(session))
        addGapHeirs(Index.order, slot, successor)
        note(.insertOrder(row), .insertOrder, slot: slot, session: session)
        sessions[session].insertSlot = slot
        sessions[session].insertStep = 1
    }

    private mutating func intendInsert(_ index: Int, before slot: Int32, _ session: Int) -> Bool {
        let gap = LockManager.Resource(index: index, slot: slot)
        return locks.intendInsert(before: gap, session: Int32(session), deadline: waitDeadline)
    }

    // MARK: Unique keys

    private enum Admission {
        /// No such key; where gaps are locked, the entry after its place.
        case free(successor: Int32?)
        case duplicate
        case blocked
        case victim
    }

    /// Checks a secondary index for the key, if it has one, and its gap for locks.
    private mutating func admit(_ row: OrderRow, _ index: Int, _ session: Int) -> Admission {
        while true {
            var step = LockStep.held(lock: -1, isNew: false)
            if hasEntry(row, index) {
                step = checkDuplicates(row, index, session)
                if case .refused = step { return .duplicate }
            }
            if case .held = step {
                guard locks.gapCount[index] > 0 else { return .free(successor: nil) }
                let successor = successor(of: row, index, id: row.id)
                guard intendInsert(index, before: successor, session) else { return .free(successor: successor) }
                step = settleWait(session)
            }
            switch step {
            case .retry, .held: continue
            case .blocked: return .blocked
            case .victim, .refused: return .victim
            }
        }
    }

    private func hasEntry(_ row: OrderRow, _ index: Int) -> Bool {
        if index == Index.userProduct { return orders.userProducts.last(row.userProduct) != nil }
        return row.requestKey != nil && orders.requestKeys.last(RequestKey(text: row.requestKey)) != nil
    }

    private mutating func successor(of row: OrderRow, _ index: Int, id: Int64) -> Int32 {
        index == Index.userProduct
            ? orders.successor(ofUserProduct: row.userProduct, id: id)
            : orders.successor(ofRequestKey: row.requestKey, id: id)
    }

    /// Takes a shared next-key lock on every entry with the key, at every isolation level, and so waits for uncommitted
    /// ones; if all are deleted, also on the entry after them (`row_ins_scan_sec_index_for_duplicate`).
    ///
    /// - Returns: `.refused` for a duplicate.
    private mutating func checkDuplicates(_ row: OrderRow, _ index: Int, _ session: Int) -> LockStep {
        let entries =
            index == Index.userProduct
            ? orders.userProducts.all(row.userProduct) : orders.requestKeys.all(RequestKey(text: row.requestKey))
        for slot in entries {
            let step = lockShared(slot, index, session)
            guard case .held = step else { return step }
            if !isEntryDeleted(slot, index) { return .refused }
        }
        return lockShared(successor(of: row, index, id: .max), index, session)
    }

    private mutating func lockShared(_ slot: Int32, _ index: Int, _ session: Int) -> LockStep {
        let resource = LockManager.Resource(index: index, slot: slot)
        if slot == LockManager.supremum {
            locks.lockGap(.sharedGap, resource, session: Int32(session))
            return .held(lock: -1, isNew: false)
        }
        return lockRecord(.sharedNextKey, resource, writer: entryWriter(slot, index), session)
    }

    private func refusal(_ admission: Admission, _ value: String, _ key: String) -> Step {
        switch admission {
        case .duplicate: .finished(.error(.duplicateEntry(value: value, key: keyName("orders", key))))
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
}
