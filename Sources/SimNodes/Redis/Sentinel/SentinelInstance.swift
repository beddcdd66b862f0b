/// What a Sentinel knows of a server or of another Sentinel (`sentinelRedisInstance`); times in milliseconds.
struct SentinelInstance: Sendable {
    enum Kind: Sendable { case master, replica, sentinel }

    enum Reconfiguration: Sendable { case none, sent, inProgress, done }

    let kind: Kind
    let address: RedisAddress
    var runID: String?

    // The link.
    var isConnected = false
    var connectedAt: Int64 = 0
    var lastReconnect: Int64
    /// When the oldest unanswered PING was sent; the birth of the instance counts as one.
    var openPing: Int64?
    var lastPing: Int64 = 0
    var lastPong: Int64
    var lastAvailable: Int64
    var lastHello: Int64
    var infoRefresh: Int64?
    var infoIsPending = false

    // Down.
    var downSince: Int64?
    /// The last time it went down, even if it is up again.
    var lastDown: Int64 = 0

    // What INFO said.
    var reportsMaster: Bool
    var roleReportedAt: Int64
    var reportedMaster: RedisAddress?
    var masterLinkIsUp = false
    var masterLinkDownTime: Int64 = 0
    var configurationChangedAt: Int64
    var priority = 100
    var offset: Int64 = 0

    // Failover, for replicas.
    var isPromoted = false
    var reconfiguration = Reconfiguration.none
    var reconfiguredAt: Int64 = 0

    // The vote, for Sentinels.
    var saysMasterIsDown = false
    var lastAnswer: Int64 = 0
    var leader: String?
    var leaderEpoch: Int64 = 0

    init(_ kind: Kind, _ address: RedisAddress, now: Int64) {
        self.kind = kind
        self.address = address
        lastReconnect = now - SentinelPeriod.ping
        openPing = now
        lastPong = now
        lastAvailable = now
        lastHello = now
        reportsMaster = kind == .master
        roleReportedAt = now
        configurationChangedAt = now
    }

    var isDown: Bool { downSince != nil }
}
