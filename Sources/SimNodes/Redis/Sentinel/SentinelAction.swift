/// What a Sentinel wants done.
package enum SentinelAction: Hashable, Sendable {
    /// Open a command connection, and report when it is open.
    case connect(RedisAddress)
    /// Close a command connection that has been silent too long.
    case closeLink(RedisAddress)
    /// PING a server or Sentinel.
    case sendPing(RedisAddress)
    /// Ask a server for INFO.
    case sendInfo(RedisAddress)
    /// PUBLISH on `__sentinel__:hello` of a server, or tell a Sentinel directly.
    case publishHello(SentinelHello, to: RedisAddress)
    /// `SENTINEL is-master-down-by-addr`.
    case askIsMasterDown(SentinelQuestion, to: RedisAddress)
    /// One transaction: REPLICAOF (nil: NO ONE), CONFIG REWRITE, CLIENT KILL TYPE normal, CLIENT KILL TYPE pubsub.
    case sendReplicaOf(RedisAddress?, to: RedisAddress)
    /// A line of the log, which clients can subscribe to.
    case event(SentinelEvent)
    /// `+switch-master`: what clients listen to.
    case switchMaster(name: String, from: RedisAddress, to: RedisAddress)
}

/// A line of the log: the event's own name, and whom it is about.
package struct SentinelEvent: Hashable, Sendable {
    /// `+sdown`, `-odown`, `+try-failover`, …
    package var name: String
    /// The server or Sentinel it is about; nil when it is about the Sentinel itself.
    package var subject: RedisAddress?
    /// What the line says more.
    package var detail: String

    /// An event of that name.
    package init(_ name: String, _ subject: RedisAddress?, _ detail: String = "") {
        self.name = name
        self.subject = subject
        self.detail = detail
    }
}

/// The message with which Sentinels find each other and spread a new configuration.
package struct SentinelHello: Hashable, Sendable {
    /// Where the sender listens.
    package var address: RedisAddress
    /// The sender's id.
    package var sentinelID: String
    /// The latest epoch the sender knows.
    package var currentEpoch: Int64
    /// The name of the master it is about.
    package var masterName: String
    /// Where the sender takes the master to be.
    package var master: RedisAddress
    /// The epoch of that configuration; the greater one wins.
    package var configurationEpoch: Int64

    /// The channel it is published on.
    package static let channel = "__sentinel__:hello"

    /// The message as text: ip,port,runid,epoch,name,master ip,master port,configuration epoch.
    package var text: String {
        "\(address.host),\(address.port),\(sentinelID),\(currentEpoch),"
            + "\(masterName),\(master.host),\(master.port),\(configurationEpoch)"
    }

    /// Reads the text; nil if it is none.
    package init?(text: String) {
        // By bytes: three Sentinels read some ten of these a second, and finding characters takes ten times as long.
        let parts = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard parts.count == 8, let port = Int(parts[1]), let epoch = Int64(parts[3]), let masterPort = Int(parts[6]),
            let configurationEpoch = Int64(parts[7])
        else { return nil }
        self.init(
            address: RedisAddress(parts[0], port: port), sentinelID: parts[2], currentEpoch: epoch,
            masterName: parts[4], master: RedisAddress(parts[5], port: masterPort),
            configurationEpoch: configurationEpoch)
    }

    init(
        address: RedisAddress, sentinelID: String, currentEpoch: Int64, masterName: String, master: RedisAddress,
        configurationEpoch: Int64
    ) {
        self.address = address
        self.sentinelID = sentinelID
        self.currentEpoch = currentEpoch
        self.masterName = masterName
        self.master = master
        self.configurationEpoch = configurationEpoch
    }
}

/// `is-master-down-by-addr`: what one Sentinel asks another.
package struct SentinelQuestion: Hashable, Sendable {
    /// The master it is about.
    package var master: RedisAddress
    /// The epoch of the asker.
    package var epoch: Int64
    /// Whom to vote for; nil (`*`) asks for no vote.
    package var candidate: String?
}

/// The answer to `is-master-down-by-addr`.
package struct SentinelAnswer: Hashable, Sendable {
    /// Whether the answering Sentinel finds the master down too.
    package var isDown: Bool
    /// Whom it has voted for.
    package var leader: String?
    /// The epoch of that vote.
    package var leaderEpoch: Int64
}
