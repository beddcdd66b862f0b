import Topology

/// A value machine with the semantics of InnoDB in MySQL 8: versions, read views, row locks, transactions.
///
/// It knows neither CPU nor disks nor network; `now` comes in, and what other sessions' statements answer goes out through
/// `takeCompletions(into:)`. A transaction with changes is committed in phases, between which its owner lets time pass:
/// `prepare` (redo log), the binary log outside, `commit` (visible, locks released).
package struct InnoDB: Sendable {
    /// A rule on `products.stock`.
    package enum StockConstraint: Hashable, Sendable {
        case none
        /// INT UNSIGNED: 1690 or 1264.
        case unsigned
        /// CHECK (stock >= 0): 3819.
        case check
    }

    /// Server variables and schema. Defaults are those of MySQL 8.0.
    package struct Settings: Hashable, Sendable {
        /// Whose behaviour the engine has: order of lock grants, lateness of timeouts, error numbers.
        package var flavor = MySQLFlavor.mysql8
        /// `transaction_isolation`.
        package var isolation = IsolationLevel.repeatableRead
        /// `innodb_lock_wait_timeout`.
        package var lockWaitTimeout = TimeSpan.seconds(50)
        /// `innodb_rollback_on_timeout`.
        package var rollsBackOnTimeout = false
        /// `innodb_deadlock_detect`.
        package var detectsDeadlocks = true
        /// CLIENT_FOUND_ROWS: an update reports the rows that matched, not those that changed (Connector/J asks for it).
        package var countsFoundRows = true
        package var stockConstraint = StockConstraint.none
        /// UNIQUE (user_id, product_id) on `orders`.
        package var uniqueUserProduct = false
        /// Name of the schema, for error texts.
        package var schema = "shop"

        package init() {}
    }

    /// Indexes, as the lock manager numbers them.
    ///
    /// Another table needs: its `VersionedTable`, numbers here and in `Table`, a case each in `UndoRecord.Kind`, `RowChange`
    /// and `Statement`, and its statements in an extension of its own.
    enum Index {
        static let product = 0
        static let order = 1
        static let userProduct = 2
        static let requestKey = 3
        static let outbox = 4
        static let count = 5
    }

    /// Tables, as undo records and weights name them.
    enum Table {
        static let products = 0
        static let orders = 1
        static let outbox = 2
    }

    /// How to undo one row change.
    struct UndoRecord: Sendable {
        /// A deletion changes the row's version, and so does an insert over a row that is marked as deleted.
        enum Kind: UInt8, Sendable {
            case insertProduct, updateProduct, insertOrder, updateOrder, insertEvent, updateEvent
        }
        var kind: Kind
        var slot: Int32
    }

    /// An old version that may be purged once every read view is as new as `commit`.
    struct HistoryEntry: Sendable {
        var commit: UInt64
        var slot: Int32
    }

    /// A deleted row that may leave its indexes once every read view knows that it is gone.
    struct DeletedRow: Sendable {
        var table: Int
        var slot: Int32
    }

    package let settings: Settings
    var locks: LockManager
    var sessions: [SessionState] = []
    var freeSessions: [Int32] = []
    /// Sessions that are open, those of vanished clients included.
    package private(set) var openSessions = 0
    var products = VersionedTable<ProductRow>()
    var orders = OrderTable()
    var outbox = VersionedTable<OutboxRow>()
    /// Next auto-increment value of `outbox`.
    var nextEventID: Int64 = 1
    /// Keys of `products` in order; built when the first gap matters.
    var productOrder: OrderedKeys<Int64>?
    /// Number of the latest commit: what a new read view sees.
    var commitNumber: UInt64 = 1
    var viewHead: Int32 = -1
    var viewTail: Int32 = -1
    var history: [HistoryEntry] = []
    var historyHead = 0
    var deletedRows: [DeletedRow] = []
    /// What the oldest read view saw when `deletedRows` were last looked at.
    var purgedThrough: UInt64 = 0
    var completions: [Completion] = []
    /// Whether commits are remembered that a crash may still undo.
    var remembersUnflushed = false
    var unflushed: [UnflushedCommit] = []
    /// Number of the last transaction whose prepare record is on disk, where that is not part of its commit.
    var flushedTransaction: UInt64 = 0
    var now = Instant.zero
    var nextTransaction: UInt64 = 0

    /// An engine with these committed rows.
    package init(settings: Settings = Settings(), products rows: [ProductRow] = [], orders orderRows: [OrderRow] = []) {
        self.settings = settings
        locks = LockManager(
            indexCount: Index.count,
            scheduling: settings.flavor == .mysql8 ? .contentionAware : .firstComeFirstServed)
        sessions.reserveCapacity(LockManager.usualSessions)
        for row in rows { _ = products.insert(row, key: row.id, writer: -1, commit: commitNumber) }
        for row in orderRows { orders.load(row, commit: commitNumber) }
    }

    // MARK: Sessions

    /// Opens a session.
    package mutating func openSession() -> MySQLSessionID {
        let slot: Int32
        if let free = freeSessions.popLast() {
            slot = free
        } else {
            slot = Int32(sessions.count)
            sessions.append(SessionState())
            locks.register(slot)
        }
        openSessions += 1
        let generation = sessions[Int(slot)].generation
        sessions[Int(slot)].reset(isolation: settings.isolation)
        return MySQLSessionID(slot: slot, generation: generation)
    }

    /// The client is gone: its transaction is rolled back, unless a statement of it still runs; then after that.
    package mutating func closeSession(_ id: MySQLSessionID, now instant: Instant) {
        guard let session = place(of: id) else { return }
        now = instant
        switch sessions[session].phase {
        case .idle:
            endSession(session)
            resumeRunnable()
        case .blocked, .committing, .prepared: sessions[session].isVanished = true
        }
    }

    /// KILL CONNECTION: a lock wait ends at once, the transaction is rolled back; a commit in progress goes on.
    package mutating func killSession(_ id: MySQLSessionID, now instant: Instant) {
        guard let session = place(of: id) else { return }
        now = instant
        switch sessions[session].phase {
        case .idle: endSession(session)
        case .blocked:
            if !sessions[session].isVanished {
                completions.append(Completion(session: id, outcome: .done(.error(.lostConnection))))
            }
            endSession(session)
        case .committing, .prepared: sessions[session].isVanished = true
        }
        resumeRunnable()
    }

    /// Whether the session exists.
    package func isOpen(_ id: MySQLSessionID) -> Bool { place(of: id) != nil }

    /// Whether the session is between its statement's end and its commit's.
    package func isCommitting(_ id: MySQLSessionID) -> Bool {
        guard let session = place(of: id) else { return false }
        return sessions[session].phase == .committing || sessions[session].phase == .prepared
    }

    /// Whether the session is executing an autocommit statement whose commit has not begun.
    package func isFinishingStatement(_ id: MySQLSessionID) -> Bool {
        place(of: id).map { isFinishingStatement($0) } ?? false
    }

    private func isFinishingStatement(_ session: Int) -> Bool {
        sessions[session].phase == .committing && !sessions[session].isExplicit
    }

    /// Whether any session has a statement that waits, or that has yet to begin its own commit.
    ///
    /// Looks at every session; for the rare moments when somebody waits for this.
    package var hasUnfinishedStatements: Bool {
        waitingSessions > 0 || sessions.indices.contains { sessions[$0].isOpen && isFinishingStatement($0) }
    }

    /// Sessions with a statement or a commit under way, clients that are gone left out.
    package var busySessions: [MySQLSessionID] {
        sessions.indices.filter { sessions[$0].isOpen && !sessions[$0].isVanished && sessions[$0].phase != .idle }
            .map { identity($0) }
    }

    /// Whether a transaction of the session is open.
    package func isInTransaction(_ id: MySQLSessionID) -> Bool {
        place(of: id).map { sessions[$0].isInTransaction } ?? false
    }

    /// Whether the session's open transaction has changed rows.
    package func hasChanges(_ id: MySQLSessionID) -> Bool {
        place(of: id).map { !sessions[$0].undo.isEmpty } ?? false
    }

    func place(of id: MySQLSessionID) -> Int? {
        let place = Int(id.slot)
        guard place >= 0, place < sessions.count, sessions[place].generation == id.generation, sessions[place].isOpen
        else { return nil }
        return place
    }

    func identity(_ session: Int) -> MySQLSessionID {
        MySQLSessionID(slot: Int32(session), generation: sessions[session].generation)
    }

    mutating func endSession(_ session: Int) {
        rollbackTransaction(session)
        locks.giveAddressBack(Int32(session))
        sessions[session].isOpen = false
        sessions[session].generation += 1
        openSessions -= 1
        freeSessions.append(Int32(session))
    }

    // MARK: What the engine tells

    /// Moves the answers of statements that have come back to the end of `buffer`, in the order in which they did.
    package mutating func takeCompletions(into buffer: inout [Completion]) {
        guard !completions.isEmpty else { return }
        buffer.append(contentsOf: completions)
        completions.removeAll(keepingCapacity: true)
    }

    /// When `expire(now:)` has something to do.
    package var nextDeadline: Instant? { locks.nextDeadline }

    /// Sessions that wait for a lock.
    package var waitingSessions: Int { locks.waitingSessions }

    /// Lock requests that exist, granted or waiting.
    package var lockCount: Int { locks.lockCount }

    /// Old row versions that are kept for read views and rollback.
    package var retainedVersions: Int { products.retainedVersions + orders.rows.retainedVersions }

    /// All committed products, by ascending id.
    package var committedProducts: [ProductRow] { products.committedRows() }

    /// All committed orders, by ascending id.
    package var committedOrders: [OrderRow] { orders.rows.committedRows() }

    /// All committed events, by ascending id.
    package var committedEvents: [OutboxRow] { outbox.committedRows() }

    /// The committed row of a product.
    package func committedProduct(_ id: Int64) -> ProductRow? {
        products.slot(of: id).flatMap { products.read($0, snapshot: commitNumber, reader: -1) }
    }
}
