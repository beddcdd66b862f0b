import Topology

/// What `sentinel.conf` says about the one master that is monitored; defaults of redis 7 (sentinel.c).
package struct SentinelConfiguration: Hashable, Sendable {
    /// The name clients ask for.
    package var masterName = "mymaster"
    /// How many Sentinels must find the master down; a failover needs a majority of all known ones as well.
    package var quorum: Int
    /// `down-after-milliseconds`.
    package var downAfter = TimeSpan.milliseconds(30_000)
    /// `failover-timeout`.
    package var failoverTimeout = TimeSpan.milliseconds(180_000)
    /// `parallel-syncs`: how many replicas are reconfigured at a time.
    package var parallelSyncs = 1

    /// The defaults with that quorum; the sample configuration has 2.
    package init(quorum: Int = 2) { self.quorum = quorum }
}

/// The periods that are compiled in (sentinel.c), in milliseconds.
enum SentinelPeriod {
    static let ping: Int64 = 1_000
    static let info: Int64 = 10_000
    static let infoWhenDown: Int64 = 1_000
    static let publish: Int64 = 2_000
    static let ask: Int64 = 1_000
    static let answerValidity: Int64 = 5 * ask
    static let election: Int64 = 10_000
    static let replicaReconfiguration: Int64 = 10_000
    static let reconnect: Int64 = 15_000
    static let tiltTrigger: Int64 = 2_000
    static let tilt: Int64 = 30_000
}
