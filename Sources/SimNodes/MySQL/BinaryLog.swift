import Topology

/// A transaction in a binary log, and in the relay logs of replicas.
package struct BinlogTransaction: Hashable, Sendable {
    package var gtid: GTID
    /// Its place in the log that it was read from; the first is 1.
    package var position: Int
    /// Number that ties it to the engine's prepare record (the XID).
    package var number: UInt64
    /// Its row events, in order.
    package var changes: [RowChange]
    /// When it was written on the server where it was first committed (`original_commit_timestamp`).
    package var committedAt: Instant
}

/// A server's binary log: what was written, how much of it is on disk, and the transactions it knows.
package struct BinaryLog: Sendable {
    private var transactions: [BinlogTransaction] = []
    /// Position of the last transaction that was purged.
    private(set) package var purgedPosition = 0
    /// Position through which the log is on disk.
    private(set) package var durablePosition = 0
    /// Position through which commits are done and replicas may read: not before the sync, where one belongs to the commit.
    private(set) package var releasedPosition = 0
    /// Every transaction that was ever in the log (`gtid_executed`).
    private(set) package var executed = GTIDSet()
    private var purged = GTIDSet()
    private var purgedNumber: UInt64 = 0
    /// Engine number of the last transaction.
    private(set) package var lastNumber: UInt64 = 0

    package init() {}

    /// Position of the last transaction.
    package var writtenPosition: Int { purgedPosition + transactions.count }

    /// Writes a transaction, not yet to disk.
    package mutating func append(
        _ changes: [RowChange], gtid: GTID, number: UInt64, committedAt: Instant
    ) -> BinlogTransaction {
        let transaction = BinlogTransaction(
            gtid: gtid, position: writtenPosition + 1, number: number, changes: changes, committedAt: committedAt)
        transactions.append(transaction)
        executed.insert(gtid)
        lastNumber = number
        return transaction
    }

    /// Everything through this position is on disk.
    package mutating func flushed(through position: Int) {
        durablePosition = max(durablePosition, min(position, writtenPosition))
        released(through: position)
    }

    /// Everything through this position is written, and its commits don't wait for a sync.
    package mutating func released(through position: Int) {
        releasedPosition = max(releasedPosition, min(position, writtenPosition))
    }

    /// The transaction at a position, if the log still has it.
    package func transaction(at position: Int) -> BinlogTransaction? {
        let index = position - purgedPosition - 1
        return transactions.indices.contains(index) ? transactions[index] : nil
    }

    /// First position whose transaction the set lacks, for a replica that connects with auto-position.
    ///
    /// - Returns: the position, past the end if the set has everything; nil if what it lacks was purged (1236).
    package func firstPosition(missingFrom set: GTIDSet) -> Int? {
        guard purged.isSubset(of: set) else { return nil }
        for transaction in transactions where !set.contains(transaction.gtid) { return transaction.position }
        return writtenPosition + 1
    }

    /// Removes the transactions through a position (PURGE BINARY LOGS).
    package mutating func purge(through position: Int) {
        let count = min(max(position - purgedPosition, 0), durablePosition - purgedPosition)
        for transaction in transactions.prefix(count) {
            purged.insert(transaction.gtid)
            purgedNumber = transaction.number
        }
        transactions.removeFirst(count)
        purgedPosition += count
    }

    /// Forgets what never reached the disk.
    mutating func truncateToDurable() {
        let lost = writtenPosition - durablePosition
        guard lost > 0 else { return }
        transactions.removeLast(lost)
        releasedPosition = durablePosition
        lastNumber = transactions.last?.number ?? purgedNumber
        executed = purged.union(GTIDSet(transactions.lazy.map(\.gtid)))
    }
}
