import Topology

/// A family of faults as exploration draws it. A family that is not in the table is never drawn.
struct SwarmFamily: Sendable {
    /// Its word in the file.
    let verb: String
    /// A fault that fits the scenario: whom, when, how long, how hard; nil where there is nobody for it to strike.
    let draw: @Sendable (inout SwarmDraw) -> Fault?

    private init(_ verb: String, _ draw: @escaping @Sendable (inout SwarmDraw) -> Fault?) {
        (self.verb, self.draw) = (verb, draw)
    }

    private static let servers = Set(NodeGroup.allCases).subtracting([.users])

    /// One row a family. Every fault ends, but a crash of one among several, so that what must recover can.
    static let all: [SwarmFamily] = [
        SwarmFamily("crash") { draw in
            guard let (node, trigger) = draw.victim(in: servers) else { return nil }
            let kind: CrashKind = draw.random.bernoulli(0.5) ? .process : .host
            let back = draw.span(.milliseconds(50), draw.ground.longest)
            let staysDown = draw.random.bernoulli(0.25) && draw.isRedundant(node)
            return Fault(.crash(CrashFault(node, how: kind, restartAfter: staysDown ? nil : back)), trigger)
        },
        SwarmFamily("restart") { draw in
            guard let node = draw.node(in: servers) else { return nil }
            return Fault(.restart(RestartFault(node)), draw.trigger())
        },
        SwarmFamily("pause") { draw in
            guard let (node, trigger) = draw.victim(in: servers) else { return nil }
            return Fault(.pause(PauseFault(node, for: draw.span(.milliseconds(5), draw.ground.longest))), trigger)
        },
        SwarmFamily("slow") { draw in
            guard let (node, trigger) = draw.victim(in: servers) else { return nil }
            let factor = (draw.factor(1.5, 100) * 10).rounded() / 10
            return Fault(.slow(SlowFault(node, factor: factor, for: draw.duration())), trigger)
        },
        SwarmFamily("delay") { draw in
            guard let sides = draw.sides() else { return nil }
            let extra = Distribution.exponential(mean: draw.span(.microseconds(100), .milliseconds(500)))
            return Fault(.delay(DelayFault(sides, by: extra, for: draw.duration())), draw.trigger())
        },
        SwarmFamily("loss") { draw in
            guard let sides = draw.sides() else { return nil }
            let probability = (draw.factor(0.01, 0.5) * 1000).rounded() / 1000
            return Fault(.loss(LossFault(sides, probability: probability, for: draw.duration())), draw.trigger())
        },
        SwarmFamily("partition") { draw in
            guard let sides = draw.sides() else { return nil }
            let direction: PartitionDirection = draw.random.bernoulli(0.25) ? .forward : .both
            return Fault(
                .partition(PartitionFault(sides, direction: direction, for: draw.duration())), draw.trigger())
        },
    ]
}

extension SwarmDraw {
    /// A node and a trigger: by name, or whoever is there when something happens.
    fileprivate mutating func victim(in groups: Set<NodeGroup>) -> (FaultNode, FaultTrigger)? {
        let trigger = trigger()
        guard let name = node(in: groups) else { return nil }
        // Whoever is there could be one that must be spared.
        let isAnybody = ground.nodes.count == ground.allNodes
        if case .on = trigger, isAnybody, random.bernoulli(0.5) { return (.itself, trigger) }
        return (.named(name), trigger)
    }

    /// How long a fault lasts.
    fileprivate mutating func duration() -> TimeSpan { span(.milliseconds(10), ground.longest) }

    /// Whether others of the node's kind go on without it.
    fileprivate func isRedundant(_ node: FaultNode) -> Bool {
        guard case .named(let name) = node, let group = ground.nodes.first(where: { $0.name == name })?.group else {
            return false
        }
        return ground.nodes.count { $0.group == group } > 1
    }
}
