/// Statements on `outbox`: events that are to be published once their transactions are committed.
extension InnoDB {
    /// INSERT INTO outbox.
    mutating func insertEvent(_ template: OutboxRow, _ session: Int) -> Step {
        locks.touchTable(Table.outbox, session: Int32(session))
        var row = template
        if row.id == 0 { row.id = nextEventID }
        nextEventID = max(nextEventID, row.id + 1)
        let slot = outbox.insert(row, key: row.id, writer: Int32(session))
        note(.insertEvent(row), .insertEvent, slot: slot, session: session)
        return .finished(.affected(1, insertID: row.id))
    }

    /// SELECT … FROM outbox ORDER BY id LIMIT … FOR UPDATE SKIP LOCKED: what nobody else is about to insert or delete.
    ///
    /// Locks the rows that it returns and no gaps, as it does under READ COMMITTED, which a relay has to ask for: next-key
    /// locks would keep every purchase from inserting.
    mutating func selectEvents(limit: Int, _ session: Int) -> Step {
        locks.touchTable(Table.outbox, session: Int32(session))
        var rows: [OutboxRow] = []
        for id in outbox.slots.keys.sorted() where rows.count < limit {
            guard let slot = outbox.slot(of: id) else { continue }
            let writer = outbox.uncommittedWriter(slot)
            if let writer, Int(writer) != session { continue }
            if outbox.isDeleted(slot) { continue }
            let step = lockRecord(.exclusiveRecord, eventResource(slot), writer: writer, session, mayWait: false)
            if case .held = step { rows.append(outbox.current(slot)) }
        }
        return .finished(.rows(.events(rows)))
    }

    /// DELETE FROM outbox WHERE id IN (…).
    mutating func deleteEvents(_ ids: [Int64], _ session: Int) -> Step {
        locks.touchTable(Table.outbox, session: Int32(session))
        var deleted = 0
        for id in ids {
            // A relay deletes what it has locked, the applier what nobody else touches: neither waits.
            guard let slot = outbox.slot(of: id), !outbox.isDeleted(slot) else { continue }
            let writer = outbox.uncommittedWriter(slot)
            let step = lockRecord(.exclusiveRecord, eventResource(slot), writer: writer, session, mayWait: false)
            guard case .held = step else { return .finished(.error(refuseToWait(session))) }
            outbox.update(slot, to: outbox.current(slot), isDeleted: true, writer: Int32(session))
            note(.deleteEvent(id), .updateEvent, slot: slot, session: session)
            deleted += 1
        }
        return .finished(.affected(deleted))
    }

    /// Takes a row out: one that was never committed, or that is deleted and that nobody can see any more.
    mutating func removeEvent(_ slot: Int32) {
        outbox.remove(slot, key: outbox.current(slot).id)
        let resource = eventResource(slot)
        guard locks.queueIndex(resource) >= 0 else { return }
        locks.recordRemoved(resource, successor: eventResource(LockManager.supremum))
    }

    private func eventResource(_ slot: Int32) -> LockManager.Resource {
        LockManager.Resource(index: Index.outbox, slot: slot)
    }
}
