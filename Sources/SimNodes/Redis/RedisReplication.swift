/// A server's place in the replication: its history, its replicas, its master.
struct RedisReplication: Sendable {
    /// The replication id: names the history that `offset` counts in.
    var id: String
    /// The history before the last promotion, valid up to, but without, `secondOffset`.
    var secondID: String?
    var secondOffset: Int64 = -1
    /// The bytes of the stream so far.
    var offset: Int64 = 0
    var backlog: RedisBacklog?
    /// When the last replica left, in seconds.
    var withoutReplicasSince: Int64 = 0

    var replicas: [Replica] = []
    /// Replicas whose last acknowledgement is fresh enough; as stale as the server's own count.
    var goodReplicas = 0
    var master: Master?

    private let runID: String
    private var idsMade = 0

    init(runID: String) {
        self.runID = runID
        id = ""
        renewID()
    }

    /// A replica, as its master sees it.
    struct Replica: Sendable {
        let id: RedisReplicaID
        let address: RedisAddress
        var state: State
        /// The last acknowledged offset.
        var acknowledged: Int64 = 0
        /// The second of the last acknowledgement.
        var acknowledgedAt: Int64

        enum State: Hashable, Sendable {
            /// Waits for the snapshot to be taken, since that second.
            case waitingForSnapshot(since: Int64)
            /// Loads the snapshot.
            case loading
            case online
        }

        /// Whether the stream is sent to it.
        var receivesStream: Bool {
            if case .waitingForSnapshot = state { false } else { true }
        }
    }

    /// The master, as its replica sees it.
    struct Master: Sendable {
        var address: RedisAddress
        var state = State.disconnected
        /// Whether `id` and `offset` may be offered for a partial resync.
        var canResume: Bool
        /// The second in which anything last came over the link.
        var lastHeard: Int64
        /// The second since which the link is down.
        var downSince: Int64
        /// The place of the snapshot that is on its way.
        var transfer: RedisPosition?

        enum State: Hashable, Sendable {
            case disconnected
            case connecting
            case synchronizing
            case connected
        }
    }

    /// Begins a history of its own.
    mutating func renewID() {
        id = SHA1.hexDigest(ofName: "\(runID)/\(idsMade)")
        idsMade += 1
    }

    /// Why a write is refused: first `min-replicas-to-write`, then the role (server.c `processCommand`).
    @inline(__always)
    func writeRefusal(_ configuration: RedisConfiguration) -> RedisError? {
        if master != nil { return configuration.replicaReadOnly ? .readOnly : nil }
        if configuration.minReplicasToWrite > 0, configuration.minReplicasMaxLag.nanoseconds > 0,
            goodReplicas < configuration.minReplicasToWrite
        {
            return .noReplicas
        }
        return nil
    }

    /// `refreshGoodSlavesCount`: whole seconds, as the server counts them.
    mutating func countGoodReplicas(_ configuration: RedisConfiguration, second: Int64) {
        let maxLag = configuration.minReplicasMaxLag.nanoseconds / 1_000_000_000
        goodReplicas = replicas.count { $0.state == .online && second - $0.acknowledgedAt <= maxLag }
    }

    /// How many replicas have acknowledged that offset.
    func replicas(having offset: Int64) -> Int {
        replicas.count { $0.state == .online && $0.acknowledged >= offset }
    }
}
