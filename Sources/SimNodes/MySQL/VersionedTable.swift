/// Rows with their version chains, as InnoDB keeps them in a clustered index and its undo logs.
///
/// Concrete rows come as `Row`; another table (an outbox, fencing tokens) is another instance. A version is stamped with
/// its commit number when its transaction commits; a read view is nothing but the last number it sees.
struct VersionedTable<Row: Sendable>: Sendable {
    /// One version of a row.
    struct Version: Sendable {
        var row: Row
        /// Whether the row is deleted: marked so, and still in its indexes until no read view needs it.
        var isDeleted = false
        /// Slot of the session that wrote it; matters while it is uncommitted.
        var writer: Int32
        /// `VersionedTable.uncommitted` until its transaction commits.
        var commit: UInt64
        /// The version before it, in `olderVersions`; -1 if there was none.
        var older: Int32
    }

    /// Commit number of a version that is not committed: later than every snapshot.
    static var uncommitted: UInt64 { .max }

    /// Slot of each row, by primary key.
    private(set) var slots: [Int64: Int32] = [:]
    private var newest: [Version] = []
    private var isFree: [Bool] = []
    private var freeSlots: [Int32] = []
    private var olderVersions: [Version] = []
    private var freeVersion: Int32 = -1
    /// Old versions that are kept for read views or for rollback.
    private(set) var retainedVersions = 0

    /// Number of rows, uncommitted ones included.
    var count: Int { slots.count }

    /// The row's place, uncommitted ones included.
    func slot(of key: Int64) -> Int32? { slots[key] }

    /// The newest version, committed or not.
    func current(_ slot: Int32) -> Row { newest[Int(slot)].row }

    /// Whether the newest version, committed or not, is that of a deleted row.
    func isDeleted(_ slot: Int32) -> Bool { newest[Int(slot)].isDeleted }

    /// Whether the newest version is that of a deleted row, and every read view from `oldestSnapshot` on sees that.
    func isPurgeable(_ slot: Int32, oldestSnapshot: UInt64) -> Bool {
        !isFree[Int(slot)] && newest[Int(slot)].isDeleted && newest[Int(slot)].commit <= oldestSnapshot
    }

    /// Whether the newest version is that of a deleted row and committed.
    func isDeletedForGood(_ slot: Int32) -> Bool {
        !isFree[Int(slot)] && newest[Int(slot)].isDeleted && newest[Int(slot)].commit != Self.uncommitted
    }

    /// Session slot of the transaction whose uncommitted change is the newest version.
    func uncommittedWriter(_ slot: Int32) -> Int32? {
        newest[Int(slot)].commit == Self.uncommitted ? newest[Int(slot)].writer : nil
    }

    /// The version that a read view sees; own writes lie on top of it.
    func read(_ slot: Int32, snapshot: UInt64, reader: Int32) -> Row? {
        let top = newest[Int(slot)]
        if top.commit <= snapshot || (top.commit == Self.uncommitted && top.writer == reader) {
            return top.isDeleted ? nil : top.row
        }
        var next = top.older
        while next >= 0 {
            let version = olderVersions[Int(next)]
            if version.commit <= snapshot { return version.isDeleted ? nil : version.row }
            next = version.older
        }
        return nil
    }

    /// The latest committed version of a row that is there.
    func lastCommitted(_ slot: Int32) -> Row? { read(slot, snapshot: Self.uncommitted - 1, reader: -1) }

    /// Adds an uncommitted row.
    mutating func insert(_ row: Row, key: Int64, writer: Int32, commit: UInt64 = uncommitted) -> Int32 {
        let version = Version(row: row, writer: writer, commit: commit, older: -1)
        let slot: Int32
        if let free = freeSlots.popLast() {
            slot = free
            newest[Int(slot)] = version
            isFree[Int(slot)] = false
        } else {
            slot = Int32(newest.count)
            newest.append(version)
            isFree.append(false)
        }
        slots[key] = slot
        return slot
    }

    /// Puts an uncommitted version on top.
    mutating func update(_ slot: Int32, to row: Row, isDeleted: Bool = false, writer: Int32) {
        let older = keep(newest[Int(slot)])
        newest[Int(slot)] = Version(
            row: row, isDeleted: isDeleted, writer: writer, commit: Self.uncommitted, older: older)
    }

    /// Replaces the newest version in place, for recovery only.
    mutating func overwrite(_ slot: Int32, with row: Row) { newest[Int(slot)].row = row }

    /// Takes the newest version off.
    mutating func undoUpdate(_ slot: Int32) {
        let older = newest[Int(slot)].older
        newest[Int(slot)] = olderVersions[Int(older)]
        release(older)
    }

    /// Removes a row that was never committed, or that is deleted and that nobody can see any more.
    mutating func remove(_ slot: Int32, key: Int64) {
        releaseChain(newest[Int(slot)].older)
        slots[key] = nil
        isFree[Int(slot)] = true
        freeSlots.append(slot)
    }

    /// Makes the newest version the committed one; versions that the transaction itself replaced vanish.
    ///
    /// - Returns: whether an older version is left that a read view may need.
    mutating func commit(_ slot: Int32, number: UInt64, oldestSnapshot: UInt64) -> Bool {
        let index = Int(slot)
        if newest[index].commit == Self.uncommitted {
            newest[index].commit = number
            var older = newest[index].older
            while older >= 0, olderVersions[Int(older)].commit == Self.uncommitted {
                let next = olderVersions[Int(older)].older
                release(older)
                older = next
            }
            newest[index].older = older
        }
        trim(slot, oldestSnapshot: oldestSnapshot)
        return newest[index].older >= 0
    }

    /// Drops what no read view from `oldestSnapshot` on can see.
    mutating func trim(_ slot: Int32, oldestSnapshot: UInt64) {
        let index = Int(slot)
        if newest[index].commit <= oldestSnapshot {
            releaseChain(newest[index].older)
            newest[index].older = -1
            return
        }
        var next = newest[index].older
        while next >= 0 {
            if olderVersions[Int(next)].commit <= oldestSnapshot {
                releaseChain(olderVersions[Int(next)].older)
                olderVersions[Int(next)].older = -1
                return
            }
            next = olderVersions[Int(next)].older
        }
    }

    /// Every committed row, by ascending primary key.
    func committedRows() -> [Row] {
        slots.sorted { $0.key < $1.key }.compactMap { read($0.value, snapshot: Self.uncommitted - 1, reader: -1) }
    }

    /// Every row's slot, in the order of the slots.
    func forEachSlot(_ body: (Int32, Row) -> Void) {
        for index in newest.indices where !isFree[index] { body(Int32(index), newest[index].row) }
    }

    private mutating func keep(_ version: Version) -> Int32 {
        retainedVersions += 1
        if freeVersion >= 0 {
            let index = freeVersion
            freeVersion = olderVersions[Int(index)].older
            olderVersions[Int(index)] = version
            return index
        }
        olderVersions.append(version)
        return Int32(olderVersions.count - 1)
    }

    private mutating func release(_ index: Int32) {
        retainedVersions -= 1
        olderVersions[Int(index)].older = freeVersion
        freeVersion = index
    }

    private mutating func releaseChain(_ first: Int32) {
        var next = first
        while next >= 0 {
            let older = olderVersions[Int(next)].older
            release(next)
            next = older
        }
    }
}
