import Topology

/// One Sentinel that monitors one master: the state machine of sentinel.c, without time, network or chance.
///
/// The caller ticks it every ``period(random:)``, carries out its actions, and reports answers, links and messages.
/// The order of Sentinel's own dictionaries is random; here it is that of addresses.
package struct Sentinel: Sendable {
    /// The id that others vote for (`myid`).
    package let id: String
    /// Where this Sentinel listens.
    package let address: RedisAddress
    /// The directives in force.
    package let configuration: SentinelConfiguration

    var master: SentinelInstance
    var replicas: [SentinelInstance] = []
    var sentinels: [SentinelInstance] = []
    /// The latest epoch seen.
    package internal(set) var currentEpoch: Int64 = 0
    /// The epoch of the configuration in force.
    package internal(set) var configurationEpoch: Int64 = 0

    // The master's extra state.
    var objectivelyDownSince: Int64?
    var lastObjectivelyDown: Int64 = 0
    var leader: String?
    var leaderEpoch: Int64 = 0
    var failover: Failover?
    var failoverStartTime: Int64?

    var previousTick: Int64?
    var tiltSince: Int64?

    /// A failover in progress.
    struct Failover: Sendable {
        var state = State.waitStart
        let epoch: Int64
        var changedAt: Int64
        var promoted: RedisAddress?

        enum State: Sendable {
            case waitStart, selectReplica, sendReplicaOfNoOne, waitPromotion, reconfigureReplicas, updateConfiguration
        }
    }

    /// A Sentinel that begins to monitor a master; `id` must be unique, and the same after a restart.
    package init(
        id: String, address: RedisAddress, configuration: SentinelConfiguration, master: RedisAddress, now: Instant
    ) {
        self.id = id
        self.address = address
        self.configuration = configuration
        self.master = SentinelInstance(.master, master, now: now.milliseconds)
    }

    /// The same Sentinel after a crash: what it flushed to its configuration file, epochs and votes included, is left.
    package func restarted(now: Instant) -> Sentinel {
        let clock = now.milliseconds
        var next = Sentinel(
            id: id, address: address, configuration: configuration, master: master.address, now: now)
        next.replicas = replicas.map { SentinelInstance(.replica, $0.address, now: clock) }
        next.sentinels = sentinels.map {
            var other = SentinelInstance(.sentinel, $0.address, now: clock)
            other.runID = $0.runID
            return other
        }
        next.currentEpoch = currentEpoch
        next.configurationEpoch = configurationEpoch
        next.leaderEpoch = leaderEpoch
        return next
    }

    /// How long to wait for the next tick: a second over 10 to 19, anew after each, so that Sentinels do not march in
    /// step (sentinel.c `sentinelTimer`).
    package static func period(random: UInt64) -> TimeSpan {
        TimeSpan(nanoseconds: 1_000_000_000 / (10 + Int64(random % 10)))
    }

    /// The delay that desynchronises elections: under a second (`SENTINEL_MAX_DESYNC`).
    package static func desync(random: UInt64) -> TimeSpan { .milliseconds(Int64(random % 1_000)) }

    /// Where clients are sent: `SENTINEL get-master-addr-by-name`.
    package var masterAddress: RedisAddress {
        if let failover, let promoted = failover.promoted,
            failover.state == .reconfigureReplicas || failover.state == .updateConfiguration
        {
            return promoted
        }
        return master.address
    }

    /// The replicas it knows, in the order of their addresses.
    package var knownReplicas: [RedisAddress] { replicas.map(\.address) }
    /// The other Sentinels it knows, in the order of their addresses.
    package var knownSentinels: [RedisAddress] { sentinels.map(\.address) }
    /// Whether it finds the master down by itself.
    package var findsMasterDown: Bool { master.isDown }
    /// Whether enough Sentinels find the master down.
    package var agreesMasterDown: Bool { objectivelyDownSince != nil }
    /// Whether this Sentinel tries to fail over.
    package var isFailingOver: Bool { failover != nil }

    // MARK: Instances

    /// Which list an address is found in; a server and a Sentinel never share one.
    enum Place: Sendable {
        case master
        case replica(Int)
        case sentinel(Int)
    }

    func place(of address: RedisAddress) -> Place? {
        if master.address == address { return .master }
        if let index = replicas.firstIndex(where: { $0.address == address }) { return .replica(index) }
        if let index = sentinels.firstIndex(where: { $0.address == address }) { return .sentinel(index) }
        return nil
    }

    subscript(place: Place) -> SentinelInstance {
        get {
            switch place {
            case .master: master
            case .replica(let index): replicas[index]
            case .sentinel(let index): sentinels[index]
            }
        }
        set {
            switch place {
            case .master: master = newValue
            case .replica(let index): replicas[index] = newValue
            case .sentinel(let index): sentinels[index] = newValue
            }
        }
    }

    /// Looks at an instance, or changes it, where it stands: the timer does so a hundred times a second, and the subscript
    /// copies all its thirty fields each time.
    mutating func with<Result>(_ place: Place, _ body: (inout SentinelInstance) -> Result) -> Result {
        switch place {
        case .master: body(&master)
        case .replica(let index): body(&replicas[index])
        case .sentinel(let index): body(&sentinels[index])
        }
    }

    var places: [Place] {
        [.master] + replicas.indices.map { .replica($0) } + sentinels.indices.map { .sentinel($0) }
    }

    mutating func addReplica(_ address: RedisAddress, _ clock: Int64, _ actions: inout [SentinelAction]) {
        guard address != master.address, !replicas.contains(where: { $0.address == address }) else { return }
        replicas.append(SentinelInstance(.replica, address, now: clock))
        replicas.sort { $0.address < $1.address }
        actions.append(.event(SentinelEvent("+slave", address)))
    }

    /// `sentinelResetMasterAndChangeAddress`: the replicas are those of before but the new master, and the old master.
    mutating func switchMaster(to address: RedisAddress, _ clock: Int64, _ actions: inout [SentinelAction]) {
        let old = master.address
        actions.append(.event(SentinelEvent("+switch-master", old, "\(configuration.masterName) \(old) \(address)")))
        actions.append(.switchMaster(name: configuration.masterName, from: old, to: address))
        let known = replicas.map(\.address).filter { $0 != address } + (old == address ? [] : [old])
        for instance in replicas + [master] where instance.isConnected { actions.append(.closeLink(instance.address)) }
        master = SentinelInstance(.master, address, now: clock)
        replicas = []
        objectivelyDownSince = nil
        lastObjectivelyDown = 0
        leader = nil
        failover = nil
        failoverStartTime = nil
        for replica in known { addReplica(replica, clock, &actions) }
    }
}
