import Topology

/// A family of faults as exploration draws it. A family that is not in the table is never drawn.
struct SwarmFamily: Sendable {
    /// Its word in the file.
    let verb: String
    /// A fault that fits the scenario: whom, when, how long, how hard; nil where there is nobody for it to strike.
    let draw: @Sendable (inout SwarmDraw) -> Fault?

    init<Family: FaultFamily>(
        _ make: @escaping @Sendable (Family) -> FaultAction, _ family: @escaping @Sendable (inout SwarmDraw) -> Family?
    ) {
        verb = Family.verb
        draw = { draw in
            draw.reach = Family.reach.groups
            draw.trigger = draw.drawTrigger()
            return family(&draw).map { Fault(make($0), draw.trigger) }
        }
    }

    /// One row a family. Every fault ends, but a crash of one among several, so that what must recover can.
    static let all: [SwarmFamily] = nodes + clocks + links + stores + operators

    private static let nodes: [SwarmFamily] = [
        SwarmFamily(FaultAction.crash) { draw in
            guard let node = draw.victim() else { return nil }
            let kind: CrashKind = draw.random.bernoulli(0.5) ? .process : .host
            let back = draw.span(.milliseconds(50), draw.ground.longest)
            let staysDown = draw.random.bernoulli(0.25) && draw.isRedundant(node)
            let losesDisk = draw.random.bernoulli(0.1) && draw.group(of: node) == .redis
            return CrashFault(node, how: kind, restartAfter: staysDown ? nil : back, disk: losesDisk ? .lost : .kept)
        },
        SwarmFamily(FaultAction.restart) { draw in
            guard let name = draw.node() else { return nil }
            let losesDisk = draw.random.bernoulli(0.1) && draw.group(of: .named(name)) == .redis
            return RestartFault(name, disk: losesDisk ? .lost : .kept)
        },
        SwarmFamily(FaultAction.pause) { draw in
            draw.victim().map { PauseFault($0, for: draw.span(.milliseconds(5), draw.ground.longest)) }
        },
        SwarmFamily(FaultAction.slow) { draw in
            guard let node = draw.victim() else { return nil }
            let factor = (draw.factor(1.5, 100) * 10).rounded() / 10
            var resource = draw.random.bernoulli(0.5) ? draw.random.choose(from: SlowResource.allCases) : nil
            if resource == .disk, draw.group(of: node) != .mysql { resource = nil }
            return SlowFault(node, factor: factor, resource: resource, for: draw.duration())
        },
    ]

    private static let clocks: [SwarmFamily] = [
        SwarmFamily(FaultAction.clockJump) { draw in
            guard let node = draw.victim() else { return nil }
            let direction: ClockDirection = draw.random.bernoulli(0.5) ? .forward : .back
            let step = draw.span(.milliseconds(10), .seconds(60))
            return ClockJumpFault(
                node, by: step, direction: direction, for: draw.random.bernoulli(0.5) ? draw.duration() : nil)
        },
        SwarmFamily(FaultAction.clockDrift) { draw in
            guard let node = draw.victim() else { return nil }
            let size = (draw.factor(0.001, 0.9) * 1000).rounded() / 1000
            return ClockDriftFault(node, rate: draw.random.bernoulli(0.5) ? size : -size, for: draw.duration())
        },
    ]

    private static let links: [SwarmFamily] = [
        SwarmFamily(FaultAction.delay) { draw in
            guard let sides = draw.sides() else { return nil }
            let extra = Distribution.exponential(mean: draw.span(.microseconds(100), .milliseconds(500)))
            return DelayFault(sides, by: extra, for: draw.duration())
        },
        SwarmFamily(FaultAction.loss) { draw in
            draw.sides().map { LossFault($0, probability: draw.probability(0.01, 0.5), for: draw.duration()) }
        },
        SwarmFamily(FaultAction.reorder) { draw in
            guard let sides = draw.sides() else { return nil }
            let extra = Distribution.exponential(mean: draw.span(.microseconds(100), .milliseconds(500)))
            return ReorderFault(sides, probability: draw.probability(0.05, 0.5), by: extra, for: draw.duration())
        },
        SwarmFamily(FaultAction.duplicate) { draw in
            guard draw.has(.users) else { return nil }
            let doors = draw.has(.loadBalancer) ? NodeGroup.loadBalancer : .application
            guard draw.has(doors) else { return nil }
            let later = Distribution.exponential(mean: draw.span(.milliseconds(1), .seconds(1)))
            return DuplicateFault(
                FaultSides([NodeGroup.users.rawValue], [doors.rawValue]), probability: draw.probability(0.05, 1),
                by: later, for: draw.duration())
        },
        SwarmFamily(FaultAction.reset) { draw in
            draw.sides().map { ResetFault($0, share: draw.probability(0.1, 1)) }
        },
        SwarmFamily(FaultAction.partition) { draw in
            guard let sides = draw.sides() else { return nil }
            let direction: PartitionDirection = draw.random.bernoulli(0.25) ? .forward : .both
            return PartitionFault(sides, direction: direction, for: draw.duration())
        },
        SwarmFamily(FaultAction.isolate) { draw in
            draw.node().map { first in
                // Alone, or with a part of its clients.
                let mates = draw.random.bernoulli(0.5) ? draw.node().map { [$0] } ?? [] : []
                return IsolateFault([first] + mates.filter { $0 != first }, for: draw.duration())
            }
        },
    ]

    private static let stores: [SwarmFamily] = [
        SwarmFamily(FaultAction.diskStall) { draw in
            draw.victim().map { DiskStallFault($0, for: draw.duration()) }
        },
        SwarmFamily(FaultAction.diskFull) { draw in
            draw.victim().map { DiskFullFault($0, for: draw.duration()) }
        },
        SwarmFamily(FaultAction.replicationStall) { draw in
            guard let node = draw.victim() else { return nil }
            let canApply = draw.group(of: node) == .mysql
            let part: ReplicationPart = canApply && draw.random.bernoulli(0.5) ? .apply : .receive
            return ReplicationStallFault(node, part: part, for: draw.duration())
        },
        SwarmFamily(FaultAction.applyLag) { draw in
            guard let node = draw.victim() else { return nil }
            let extra = Distribution.exponential(mean: draw.span(.milliseconds(1), .seconds(1)))
            return ApplyLagFault(node, by: extra, for: draw.duration())
        },
        SwarmFamily(FaultAction.flushAll) { draw in draw.victim().map { FlushAllFault($0) } },
        SwarmFamily(FaultAction.maxMemory) { draw in
            guard let node = draw.victim(), let policy = draw.random.choose(from: EvictionPolicy.allCases) else {
                return nil
            }
            // Less than an empty server takes: every key has to go, or every write is refused.
            return MaxMemoryFault(node, limit: ByteCount(bytes: 1_000), policy: policy, for: draw.duration())
        },
    ]

    private static let operators: [SwarmFamily] = [
        SwarmFamily(FaultAction.rollingRestart) { draw in
            let groups = NodeGroup.allCases.filter { group in
                draw.reach.contains(group) && draw.ground.nodes.contains { $0.group == group }
            }
            guard let group = draw.random.choose(from: groups) else { return nil }
            let names = draw.ground.nodes.filter { $0.group == group }.map(\.name)
            return RollingRestartFault(names, wait: draw.span(.milliseconds(1), .seconds(5)))
        },
        SwarmFamily(FaultAction.foreignClient) { draw in
            guard let node = draw.victim() else { return nil }
            let rows = draw.group(of: node) == .mysql && draw.random.bernoulli(0.5)
            return ForeignClientFault(
                node, connections: draw.count(1, 1000),
                rows: rows ? [draw.random.integer(below: draw.ground.products)] : [], for: draw.duration())
        },
    ]
}

// MARK: - What a row asks for

extension SwarmDraw {
    /// A node that the family can strike: half the time one that others depend on.
    mutating func node() -> String? {
        let leads = random.bernoulli(0.5)
        let candidates = ground.nodes.filter {
            reach.contains($0.group) && (!leads || ground.leaders.contains($0.name))
        }
        return random.choose(from: candidates)?.name
    }

    /// A node that the family can strike, or whoever is there when the trigger's event happens.
    fileprivate mutating func victim() -> FaultNode? {
        let isOpen = random.bernoulli(0.5)
        guard let name = node() else { return nil }
        // Whoever is there could be one that must be spared.
        if isOpen, ground.nodes.count == ground.allNodes, let group = triggerGroup, reach.contains(group) {
            return .itself
        }
        return .named(name)
    }

    /// On whose nodes the trigger's event happens; nil for a moment.
    private var triggerGroup: NodeGroup? {
        guard case .on(let event) = trigger else { return nil }
        if event.site.rawValue.hasPrefix("mysql.") { return .mysql }
        return event.site.rawValue.hasPrefix("redis.") ? .redis : .application
    }

    fileprivate func group(of node: FaultNode) -> NodeGroup? {
        switch node {
        case .named(let name): ground.nodes.first { $0.name == name }?.group
        case .itself: triggerGroup
        }
    }

    /// How long a fault lasts.
    fileprivate mutating func duration() -> TimeSpan { span(.milliseconds(10), ground.longest) }

    /// Small ones as likely as large ones, in percent.
    fileprivate mutating func probability(_ lowest: Double, _ highest: Double) -> Double {
        min(highest, (factor(lowest, highest) * 100).rounded() / 100)
    }

    /// Whether others of the node's kind go on without it.
    fileprivate func isRedundant(_ node: FaultNode) -> Bool {
        guard case .named(let name) = node, let group = ground.nodes.first(where: { $0.name == name })?.group else {
            return false
        }
        return ground.nodes.count { $0.group == group } > 1
    }
}
