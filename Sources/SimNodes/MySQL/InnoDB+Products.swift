/// Statements on `products`.
extension InnoDB {
    func isReadCommitted(_ session: Int) -> Bool { sessions[session].transactionIsolation == .readCommitted }

    mutating func readProduct(_ id: Int64, _ session: Int) -> ProductRow? {
        let snapshot = snapshotForRead(session)
        guard let slot = products.slot(of: id) else { return nil }
        return products.read(slot, snapshot: snapshot, reader: Int32(session))
    }

    private enum ProductLock {
        case row(slot: Int32, lock: Int32, isNew: Bool)
        case missing
        case blocked
        case victim
        case refused
    }

    /// Locks a row by primary key; under REPEATABLE READ a missing row's gap.
    private mutating func lockProduct(_ id: Int64, _ session: Int, mayWait: Bool = true) -> ProductLock {
        locks.touchTable(Table.products, session: Int32(session))
        while true {
            guard let slot = products.slot(of: id) else {
                if !isReadCommitted(session) { lockProductGap(before: productSuccessor(of: id), session) }
                return .missing
            }
            let writer = products.uncommittedWriter(slot)
            if products.isDeleted(slot), writer == nil, isReadCommitted(session) { return .missing }
            let resource = productResource(slot)
            switch lockRecord(.exclusiveRecord, resource, writer: writer, session, mayWait: mayWait) {
            case .held(let lock, let isNew):
                return products.isDeleted(slot) ? .missing : .row(slot: slot, lock: lock, isNew: isNew)
            case .retry: continue
            case .blocked: return .blocked
            case .victim: return .victim
            case .refused: return .refused
            }
        }
    }

    private mutating func lockProductGap(before slot: Int32, _ session: Int) {
        let resource = productResource(slot)
        if slot != LockManager.supremum, let writer = products.uncommittedWriter(slot), Int(writer) != session {
            locks.makeExplicit(resource, owner: writer)
        }
        locks.lockGap(.exclusiveGap, resource, session: Int32(session))
    }

    /// SKIP LOCKED goes on to the next row, finds that it is another, and under REPEATABLE READ locks the gap before it.
    private mutating func searchPast(_ id: Int64, _ session: Int) {
        if !isReadCommitted(session) { lockProductGap(before: productSuccessor(of: id), session) }
    }

    mutating func selectForUpdate(_ id: Int64, _ policy: LockWaitPolicy, _ session: Int) -> Step {
        switch lockProduct(id, session, mayWait: policy == .wait) {
        case .row(let slot, _, _): return .finished(.rows(.product(products.current(slot))))
        case .missing: return .finished(.rows(.product(nil)))
        case .blocked: return .blocked
        case .victim: return .finished(.error(.deadlock))
        case .refused where policy == .skipLocked:
            searchPast(id, session)
            return .finished(.rows(.product(nil)))
        case .refused: return .finished(.error(refuseToWait(session)))
        }
    }

    mutating func selectForUpdate(_ ids: [Int64], _ policy: LockWaitPolicy, _ session: Int) -> Step {
        let ascending = ids.sorted()
        while sessions[session].progress < ascending.count {
            let position = sessions[session].progress
            let isRepeated = position > 0 && ascending[position] == ascending[position - 1]
            if !isRepeated {
                switch lockProduct(ascending[position], session, mayWait: policy == .wait) {
                case .row(let slot, _, _): sessions[session].rowsSoFar.append(products.current(slot))
                case .missing: break
                case .blocked: return .blocked
                case .victim: return .finished(.error(.deadlock))
                case .refused where policy == .skipLocked: searchPast(ascending[position], session)
                case .refused: return .finished(.error(refuseToWait(session)))
                }
            }
            sessions[session].progress += 1
        }
        return .finished(.rows(.products(sessions[session].rowsSoFar)))
    }

    mutating func updateStock(_ update: StockUpdate, _ session: Int) -> Step {
        switch lockProduct(update.product, session) {
        case .row(let slot, let lock, let isNew):
            let row = products.current(slot)
            guard update.matches(row) else {
                // READ COMMITTED gives the lock of a row that does not match back at once (`ha_innobase::unlock_row`),
                // unless the statement has waited for it.
                if isReadCommitted(session), lock >= 0, isNew { locks.release(lock) }
                return .finished(.affected(0))
            }
            switch newStock(of: row, update) {
            case .failure(let error): return .finished(.error(error))
            case .success(let stock):
                let version = update.bumpsVersion ? row.version + 1 : row.version
                let changed = ProductRow(
                    id: row.id, stock: stock, version: version, fence: update.newFence(of: row))
                if changed == row { return .finished(.affected(settings.countsFoundRows ? 1 : 0)) }
                putProduct(changed, slot, session)
                return .finished(.affected(1, insertID: update.fence == .draw ? changed.fence : 0))
            }
        case .missing: return .finished(.affected(0))
        case .blocked: return .blocked
        case .victim, .refused: return .finished(.error(.deadlock))
        }
    }

    private mutating func putProduct(_ row: ProductRow, _ slot: Int32, _ session: Int) {
        products.update(slot, to: row, writer: Int32(session))
        note(.updateProduct(row), .updateProduct, slot: slot, session: session)
    }

    private func newStock(of row: ProductRow, _ update: StockUpdate) -> Result<Int64, MySQLError> {
        let stock: Int64
        switch update.change {
        case .set(let value):
            if value < 0, settings.stockConstraint == .unsigned { return .failure(.valueOutOfRange(column: "stock")) }
            stock = value
        case .add(let difference):
            stock = row.stock + difference
            if stock < 0, settings.stockConstraint == .unsigned {
                let column = "`\(settings.schema)`.`products`.`stock`"
                let sign = difference < 0 ? "-" : "+"
                return .failure(.outOfRange(expression: "(\(column) \(sign) \(difference.magnitude))"))
            }
        }
        if stock < 0, settings.stockConstraint == .check {
            return .failure(checkViolated)
        }
        return .success(stock)
    }

    mutating func insertProduct(_ row: ProductRow, _ session: Int) -> Step {
        if row.stock < 0 {
            if settings.stockConstraint == .unsigned { return .finished(.error(.valueOutOfRange(column: "stock"))) }
            if settings.stockConstraint == .check {
                return .finished(.error(checkViolated))
            }
        }
        locks.touchTable(Table.products, session: Int32(session))
        while true {
            let step: LockStep
            if let slot = products.slot(of: row.id) {
                let writer = products.uncommittedWriter(slot)
                let checked = lockRecord(duplicateCheck(session), productResource(slot), writer: writer, session)
                if case .held = checked {
                    if !products.isDeleted(slot) {
                        let key = keyName("products", "PRIMARY")
                        return .finished(.error(.duplicateEntry(value: String(row.id), key: key)))
                    }
                    // The deleted row is still there: it is brought back with new contents.
                    step = lockRecord(
                        .exclusiveRecord, productResource(slot), writer: nil, session, isImplicit: true)
                    if case .held = step {
                        products.update(slot, to: row, writer: Int32(session))
                        note(.insertProduct(row), .updateProduct, slot: slot, session: session)
                        return .finished(.affected(1))
                    }
                } else {
                    step = checked
                }
            } else {
                var successor: Int32?
                if locks.gapCount[Index.product] > 0 { successor = productSuccessor(of: row.id) }
                guard let gap = successor,
                    locks.intendInsert(
                        before: productResource(gap), session: Int32(session), deadline: waitDeadline)
                else {
                    addProduct(row, successor: successor, session)
                    return .finished(.affected(1))
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

    mutating func deleteProduct(_ id: Int64, _ session: Int) -> Step {
        switch lockProduct(id, session) {
        case .row(let slot, _, _):
            products.update(slot, to: products.current(slot), isDeleted: true, writer: Int32(session))
            note(.deleteProduct(id), .updateProduct, slot: slot, session: session)
            return .finished(.affected(1))
        case .missing: return .finished(.affected(0))
        case .blocked: return .blocked
        case .victim, .refused: return .finished(.error(.deadlock))
        }
    }

    private mutating func addProduct(_ row: ProductRow, successor: Int32?, _ session: Int) {
        let slot = products.insert(row, key: row.id, writer: Int32(session))
        productOrder?.insert(row.id, slot: slot)
        if let successor {
            locks.recordInserted(productResource(slot), before: productResource(successor))
        }
        note(.insertProduct(row), .insertProduct, slot: slot, session: session)
    }

    /// Takes a row out: one that was never committed, or that is deleted and that nobody can see any more.
    mutating func removeProduct(_ slot: Int32) {
        let id = products.current(slot).id
        let resource = productResource(slot)
        products.remove(slot, key: id)
        productOrder?.remove(id)
        if locks.queueIndex(resource) >= 0 {
            locks.recordRemoved(resource, successor: productResource(productSuccessor(of: id)))
        }
    }

    private func productResource(_ slot: Int32) -> LockManager.Resource {
        LockManager.Resource(index: Index.product, slot: slot)
    }

    private mutating func productSuccessor(of id: Int64) -> Int32 {
        if productOrder == nil {
            var pairs: [(Int64, Int32)] = []
            products.forEachSlot { slot, row in pairs.append((row.id, slot)) }
            productOrder = OrderedKeys(pairs)
        }
        return productOrder?.successor(of: id) ?? LockManager.supremum
    }

    /// Executes replicated row events; what is already there, or is missing, stops the applier.
    mutating func applyRowChanges(_ changes: [RowChange], _ session: Int) -> Step {
        while sessions[session].progress < changes.count {
            let step: Step
            switch changes[sessions[session].progress] {
            case .insertProduct(let row): step = insertProduct(row, session)
            case .insertOrder(let row): step = insertOrder(row, session)
            case .updateProduct(let row): step = replaceProduct(row, session)
            case .deleteProduct(let id): step = found(deleteProduct(id, session), in: "products")
            case .deleteOrder(let id): step = found(deleteOrder(id: id, session), in: "orders")
            case .insertEvent(let row): step = insertEvent(row, session)
            case .deleteEvent(let id): step = found(deleteEvents([id], session), in: "outbox")
            }
            guard case .finished(let result) = step else { return .blocked }
            if result.error != nil { return step }
            sessions[session].progress += 1
            sessions[session].insertStep = 0
        }
        return .finished(.affected(changes.count))
    }

    /// A row event whose row is missing is an error.
    private func found(_ step: Step, in table: String) -> Step {
        if case .finished(.affected(0, _)) = step { return .finished(.error(.rowNotFound(table: table))) }
        return step
    }

    private mutating func replaceProduct(_ row: ProductRow, _ session: Int) -> Step {
        switch lockProduct(row.id, session) {
        case .row(let slot, _, _):
            putProduct(row, slot, session)
            return .finished(.affected(1))
        case .missing: return .finished(.error(.rowNotFound(table: "products")))
        case .blocked: return .blocked
        case .victim, .refused: return .finished(.error(.deadlock))
        }
    }
}
