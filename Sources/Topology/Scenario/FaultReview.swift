/// Checks of a fault that need the whole scenario.
extension ScenarioReview {
    mutating func check(_ fault: Fault, in topology: SystemTopology, at path: [String]) {
        let action = fault.action
        let family = action.family
        let verbPath = path + [action.verb]
        let reach = type(of: family).reach
        let reachable = topology.nodes.filter { reach.groups.contains($0.group) }.map(\.name)
        switch action.node {
        case .itself:
            checkItself(fault, reach, at: verbPath)
        case .named(let name)?:
            // A node that is there, but of the wrong kind, deserves the reason.
            let all = topology.nodes.map(\.name).filter { $0 != SystemTopology.usersNode }
            if all.contains(name), !reachable.contains(name) {
                fail(verbPath, "\(action.verb) does nothing to \"\(name)\": \(reach.reason)", remedy(among: reachable))
            } else {
                expect(name, in: all, verbPath, as: "node")
            }
        case nil: break
        }
        if let members = action.members { check(members, reach, in: topology, at: verbPath) }
        if let sides = action.sides { check(sides, in: topology, at: verbPath) }
        checkPart(action, in: topology, at: path)
        if case .on(let event) = fault.trigger, let node = event.node {
            expect(node, in: topology.nodes.map(\.name), path + ["node"], as: "node")
        }
    }

    private func remedy(among names: [String]) -> String {
        names.isEmpty ? "remove the fault" : "name one of \(names.map { "\"\($0)\"" }.joined(separator: ", "))"
    }

    private mutating func checkItself(_ fault: Fault, _ reach: FaultReach, at path: [String]) {
        switch fault.trigger {
        case .at:
            fail(path, "\"self\" is the node of an event, but the trigger is a time", "name a node, or use \"on\"")
        case .on(let event) where !reach.groups.contains(event.site.group):
            let cause = "\"\(event.site.rawValue)\" happens where \(fault.action.verb) does nothing: \(reach.reason)"
            fail(path, cause, "name a node, or use another event")
        case .on: break
        }
    }

    private mutating func check(
        _ members: [String], _ reach: FaultReach, in topology: SystemTopology, at path: [String]
    ) {
        let known = topology.selectableNames.filter { name in
            topology.nodes(named: name).contains { topology.group(of: $0).map(reach.groups.contains) ?? false }
        }
        if members.isEmpty { fail(path, "nobody is named", "write for example [\"\(known.first ?? "app1")\"]") }
        for (index, name) in members.enumerated() {
            expect(name, in: known, path + [String(index)], as: "node or group")
        }
    }

    private mutating func check(_ sides: FaultSides, in topology: SystemTopology, at path: [String]) {
        for (side, names) in [sides.a, sides.b].enumerated() {
            for name in names {
                expect(name, in: topology.selectableNames, path + [String(side)], as: "node or group")
            }
        }
        let a = Set(sides.a.flatMap(topology.nodes(named:)))
        if let both = sides.b.flatMap(topology.nodes(named:)).first(where: a.contains) {
            fail(path, "\"\(both)\" is on both sides", "name different nodes on the two sides")
        }
    }

    /// What belongs to one family alone.
    private mutating func checkPart(_ action: FaultAction, in topology: SystemTopology, at path: [String]) {
        func group(_ node: FaultNode?) -> NodeGroup? {
            if case .named(let name)? = node { topology.group(of: name) } else { nil }
        }
        switch action {
        case .crash(let fault): checkDisk(fault.disk, group(fault.crash), at: path)
        case .restart(let fault): checkDisk(fault.disk, topology.group(of: fault.restart), at: path)
        case .slow(let fault):
            if fault.resource == .disk, let group = group(fault.slow), group != .mysql {
                fail(
                    path + ["resource"], "only MySQL waits for its disk at every step",
                    "choose \"cpu\" or \"network\", or a diskStall")
            }
        case .replicationStall(let fault):
            if fault.part == .apply, group(fault.replicationStall) == .redis {
                fail(path + ["part"], "Redis applies what it receives at once", "choose \"receive\"")
            }
        case .foreignClient(let fault): check(fault, group(fault.foreignClient), at: path)
        case .duplicate(let fault): check(fault, in: topology, at: path + [action.verb])
        default: break
        }
    }

    private mutating func checkDisk(_ disk: DiskFate, _ group: NodeGroup?, at path: [String]) {
        guard disk == .lost, let group, group != .redis else { return }
        let cause =
            group == .mysql
            ? "a MySQL without its files needs somebody to set it up again, which is not modelled"
            : "it keeps nothing on a disk"
        fail(path + ["disk"], cause, "remove it, or name a Redis")
    }

    private mutating func check(_ fault: ForeignClientFault, _ group: NodeGroup?, at path: [String]) {
        guard group == .redis, !fault.rows.isEmpty else { return }
        fail(path + ["rows"], "Redis has no rows to lock", "remove it, or name a MySQL")
    }

    private mutating func check(_ fault: DuplicateFault, in topology: SystemTopology, at path: [String]) {
        let door = topology.loadBalancer == nil ? NodeGroup.application : .loadBalancer
        let groups = [fault.duplicate.a, fault.duplicate.b].map { side in
            Set(side.flatMap(topology.nodes(named:)).compactMap { topology.group(of: $0) })
        }
        guard !groups.contains([.users]) || !groups.contains(where: { $0.contains(door) }) else { return }
        fail(
            path, "only what users send can come twice: \(DuplicateFault.reach.reason)",
            "write [\"users\", \"\(door.rawValue)\"]")
    }

    /// Random faults at sites that the system doesn't have would never strike.
    mutating func check(_ faults: RandomFaults, in topology: SystemTopology, at path: [String]) {
        for (index, node) in (tree["randomFaults"]?["sites"]?.elements ?? []).enumerated() {
            guard let site = node.string.flatMap(RandomFaultSite.init(rawValue:)) else { continue }
            let isThere =
                switch site.group {
                case .redis: topology.redis != nil
                case .failoverManager: topology.mysql?.failover != nil
                default: true
                }
            if !isThere { fail(path + ["sites", String(index)], "the system has no such node", "remove it") }
        }
    }
}

extension EventSite {
    /// On whose nodes the event happens.
    var group: NodeGroup {
        if rawValue.hasPrefix("mysql.") { return .mysql }
        return rawValue.hasPrefix("redis.") ? .redis : .application
    }
}

extension RandomFaultSite {
    /// Whose nodes have the site, or talk to those that it is about.
    var group: NodeGroup {
        if rawValue.hasPrefix("mysql.") { return .mysql }
        if rawValue.hasPrefix("redis.") { return .redis }
        return self == .managerLostPoll ? .failoverManager : .application
    }
}
