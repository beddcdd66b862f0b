import Topology

/// A MySQL server in time: adds service times, the network, replication, crashes and restarts to `MySQLServer`.
///
/// When it is killed, all that is left is what the machine's `crash` says is on disk; it comes back `startTime` after
/// its process does, as its configuration file says: an old primary takes writes again unless somebody prevents it.
package actor MySQLNode: Listener {
    /// What is in the tables when the server first starts, and how they are declared.
    package struct Tables: Sendable {
        package var products: [ProductRow]
        package var orders: [OrderRow]
        package var stockConstraint = InnoDB.StockConstraint.none
        /// UNIQUE (user_id, product_id) on `orders`.
        package var uniqueUserProduct = false

        package init(products: [ProductRow] = [], orders: [OrderRow] = []) {
            self.products = products
            self.orders = orders
        }
    }

    /// Finds another server by its host name.
    package typealias AddressBook = @Sendable (String) -> MySQLNode?

    /// A client's connection, as the server keeps it.
    final class Client {
        let session: MySQLSessionID
        /// A statement runs, or the handshake.
        var isBusy = true
        /// Since when the server waits for its next statement, while it does.
        var silentSince = Instant.zero
        /// The client has gone or the session was killed; noticed when the statement ends.
        var hasVanished = false
        /// Statements sent before the answer to the one that runs.
        var queue: [Waiter] = []

        init(session: MySQLSessionID) { self.session = session }
    }

    /// A session whose statement waits for a lock.
    struct Parked {
        var waiter: Waiter?
        var since = Instant.zero
        var outcome: ExecuteOutcome?
    }

    package nonisolated let process: NodeProcess
    nonisolated let world: World
    package nonisolated let settings: MySQLSettings
    /// `server_id`, and what stands for the `server_uuid` in GTIDs.
    package nonisolated let serverID: Int32
    let costs: MySQLNodeCosts
    let flushTime: Sampler
    let applyTime: Sampler
    let cpu: ServiceStation
    let storage: ServiceStation
    /// The one flush of the logs that can be under way.
    let flushes: ServiceStation
    /// The replication applier's one thread.
    let applier: ServiceStation
    let connectionMeter: ResourceMeter
    /// Sessions that wait for a row lock.
    let lockMeter: ResourceMeter
    var serviceRandom: RandomStream
    var flushRandom: RandomStream
    var applyRandom: RandomStream
    var lookUp: AddressBook = { _ in nil }

    // On disk, or in the configuration file.
    var server: MySQLServer
    var replica: MySQLReplica
    /// Whom it replicates from; nil for a primary.
    var sourceName: String?
    /// What its configuration file says, and what was persisted since (`SET PERSIST`).
    var readOnlyAtStart: MySQLServer.ReadOnlyMode
    /// Transactions of the last crash that recovery commits though no client was told so.
    var ghosts = 0

    /// What faults do to this server.
    var strikes = Strikes()

    // In memory.
    /// Whether it has started and recovered.
    var isServing = true { didSet { process.isListening = isServing } }
    var clients: [Connection.ID: Client] = [:]
    /// By slot of the session.
    var parked: [Parked] = []
    var completions: [Completion] = []
    var isLockTimerArmed = false
    /// Whether somebody is going to look for sessions that have been silent for `wait_timeout`.
    var isSilenceTimerArmed = false
    var isFlushing = false
    /// When the turn of those came whom the present flush is for.
    var groupBegan = Instant.zero
    /// Commits that wait for the flush after the one that is under way.
    var flushQueue: [(waiter: Waiter, since: Instant)] = []
    /// Present while it is a primary of semi-synchronous replicas.
    var semiSync: SemiSyncSource?
    var acknowledgementWaiters: [MySQLSessionID: Waiter] = [:]
    var isSemiSyncTimerArmed = false
    /// Replicas that read the binary log, in the order of their connecting.
    var dumps: [MySQLNodeDump] = []
    var sourceConnection: Connection?
    /// Counts starts and stops of the receiver, so that an old one knows its end.
    var receiverEpoch = 0
    var receiverWaiter: Waiter?
    var inbox = FIFO<MySQLNodeSegment>()
    var isReceiving = false
    var isApplying = false
    /// Those who wait until the applier has nothing left to do, or was stopped.
    var applierWaiters: [Waiter] = []
    /// Sessions that wait for transactions to be executed.
    var transactionWaiters: [Waiter] = []

    /// - Parameter sourceName: the server that it replicates from, read-only; nil for a primary.
    package init(
        process: NodeProcess, world: World, settings: MySQLSettings, sourceName: String?, tables: Tables = Tables()
    ) {
        self.process = process
        self.world = world
        self.settings = settings
        self.sourceName = sourceName
        serverID = Int32(process.number) + 1
        costs = MySQLNodeCosts(settings.service)
        flushTime = Sampler(settings.flush)
        applyTime = Sampler(settings.replication.applyTime)
        cpu = world.makeStation("cpu", servers: settings.cores, process: process)
        storage = world.makeStation(
            "storage", servers: settings.storageChannels, process: process, hardware: .disk)
        // Those who wait for the next flush form a group; a stalled disk holds up only the one who leads it.
        flushes = world.makeStation(
            "flush", servers: 1, process: process, hardware: .disk, countsQueue: false)
        applier = world.makeStation("applier", servers: 1, process: process, hardware: [.cpu, .disk])
        connectionMeter = ResourceMeter(name: "\(process.name).connections", capacity: settings.maxConnections)
        lockMeter = ResourceMeter(name: "\(process.name).rowLocks", capacity: 0)
        world.register(connectionMeter)
        world.register(lockMeter)
        serviceRandom = process.randomStream("service")
        flushRandom = process.randomStream("flush")
        applyRandom = process.randomStream("apply")
        readOnlyAtStart = sourceName == nil ? .off : .readOnly
        server = MySQLServer(
            settings: Self.machineSettings(settings, tables, serverID: serverID), products: tables.products,
            orders: tables.orders)
        server.setReadOnly(readOnlyAtStart)
        var replication = MySQLReplica.Settings()
        replication.netTimeout = settings.replication.netTimeout
        replication.connectRetry = settings.replication.connectRetry
        replica = MySQLReplica(settings: replication)
        semiSync = sourceName == nil ? Self.makeSemiSync(settings) : nil
        process.observe(self)
    }

    /// Tells the server where the others are; a replica starts to replicate.
    ///
    /// The book should not keep servers alive that hold it.
    package nonisolated func start(addressBook: @escaping AddressBook) {
        assumeIsolated { node in
            node.lookUp = addressBook
            node.startBackgroundSyncs()
            if node.sourceName != nil { node.startReplication() }
        }
    }

    private static func machineSettings(
        _ settings: MySQLSettings, _ tables: Tables, serverID: Int32
    ) -> MySQLServer.Settings {
        var machine = MySQLServer.Settings()
        machine.maxConnections = settings.maxConnections
        machine.serverID = serverID
        machine.syncBinlog = settings.syncBinlog ?? (settings.flavor == .mysql8 ? 1 : 0)
        machine.flushLogAtTrxCommit = settings.flushLogAtTrxCommit
        machine.innodb.flavor = settings.flavor
        machine.innodb.isolation = IsolationLevel(settings.isolation)
        machine.innodb.lockWaitTimeout = settings.lockWaitTimeout
        machine.innodb.detectsDeadlocks = settings.deadlockDetection
        machine.innodb.rollsBackOnTimeout = settings.rollbackOnTimeout
        machine.innodb.countsFoundRows = settings.foundRows
        machine.innodb.stockConstraint = tables.stockConstraint
        machine.innodb.uniqueUserProduct = tables.uniqueUserProduct
        return machine
    }

    static func makeSemiSync(_ settings: MySQLSettings) -> SemiSyncSource? {
        let replication = settings.replication
        guard replication.mode == .semiSynchronous else { return nil }
        var machine = SemiSyncSource.Settings()
        machine.waitPoint =
            switch (replication.waitPoint, settings.flavor) {
            case (.afterSync, _), (nil, .mysql8): .afterSync
            case (.afterCommit, _), (nil, .mariadb): .afterCommit
            }
        machine.timeout = replication.timeout
        return SemiSyncSource(settings: machine)
    }

    func note(_ kind: Milestone.Kind, _ text: String) { world.timeline.note(kind, process.name, text) }

    func noteOnce(_ kind: Milestone.Kind, _ key: String, _ text: @autoclosure () -> String) {
        world.timeline.noteOnce(kind, process.name, key: key, text())
    }
}
