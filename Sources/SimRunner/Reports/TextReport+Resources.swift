import SimNodes
import Topology

extension TextReport {
    static let resourceLines = 8

    /// What limits, worst first; what is hardly used on one line.
    var resourcesSection: [String] {
        guard !result.resources.isEmpty else { return [] }
        let (busy, calm, idle) = Self.ranked(result.resources)
        var lines: [String] = []
        if !busy.isEmpty {
            var table = Table([
                ("resource", .left), ("capacity", .right), ("max in use", .right), ("utilisation", .right),
                ("mean queue", .right), ("max queue", .right), ("wait p99", .right), ("rejected", .right),
                ("timed out", .right),
            ])
            for resource in busy.prefix(Self.resourceLines) {
                table.add([
                    resource.name, Self.capacity(resource), Self.inUse(resource), Self.utilisation(resource),
                    Format.level(resource.meanQueue),
                    Format.count(resource.maximumQueue), Format.duration(resource.waits.percentile(99)),
                    Format.count(resource.rejections), Format.count(resource.timeouts),
                ])
            }
            lines += table.lines(style: style)
        }
        let rest = busy.dropFirst(Self.resourceLines).map(\.name) + calm.map(\.name)
        if !rest.isEmpty { lines.append(Self.folded("used without much waiting: ", rest)) }
        if !idle.isEmpty { lines.append(Self.folded("nearly idle, without a queue: ", idle.map(\.name))) }
        return lines
    }

    /// As many names as fit into one line.
    private static func folded(_ title: String, _ names: [String]) -> String {
        var line = title + names[0]
        for (index, name) in names.enumerated().dropFirst() {
            if line.displayWidth + name.displayWidth + 2 > width - 10 {
                return line + " and \(Format.count(names.count - index)) more"
            }
            line += ", " + name
        }
        return line
    }

    /// Who turned somebody away first; then by the length of the queue (by Little's law, the waiting that each costs).
    /// What is neither busy nor waited for is calm, and idle when it is hardly used at all.
    static func ranked(
        _ resources: [ResourceResult]
    ) -> (busy: [ResourceResult], calm: [ResourceResult], idle: [ResourceResult]) {
        func refused(_ resource: ResourceResult) -> Int { resource.rejections + resource.timeouts }
        func isBusy(_ resource: ResourceResult) -> Bool {
            refused(resource) > 0 || resource.meanQueue >= 0.01 || resource.utilisation >= 0.05
        }
        func isIdle(_ resource: ResourceResult) -> Bool { resource.utilisation < 0.01 && resource.maximumQueue == 0 }
        let busy = resources.filter(isBusy).sorted { left, right in
            if (refused(left) > 0) != (refused(right) > 0) { return refused(left) > 0 }
            if left.meanQueue != right.meanQueue { return left.meanQueue > right.meanQueue }
            if left.utilisation != right.utilisation { return left.utilisation > right.utilisation }
            return left.name < right.name
        }
        let others = resources.filter { !isBusy($0) }
        return (busy, others.filter { !isIdle($0) }, others.filter(isIdle))
    }

    /// Locks have no capacity.
    private static func utilisation(_ resource: ResourceResult) -> String {
        resource.capacity > 0 ? Format.percent(resource.utilisation) : Format.nothing
    }

    /// Not every resource counts its users.
    private static func inUse(_ resource: ResourceResult) -> String {
        let isUncounted = resource.maximumInUse == 0 && (resource.utilisation > 0 || resource.capacity == 0)
        return isUncounted ? Format.nothing : Format.count(resource.maximumInUse)
    }

    private static func capacity(_ resource: ResourceResult) -> String {
        if resource.capacity == 0 { return Format.nothing }
        // Virtual threads and the like.
        return resource.capacity >= 1_000_000_000 ? "no limit" : Format.count(resource.capacity)
    }

    // MARK: Databases, cache, failover

    /// Connections against the design's limit, the cache, and the stores that failed.
    var storesSection: [String] {
        var lines = balancerLine + connectionLines
        if let hitRate = result.cache.hitRate {
            lines.append(
                "cache: \(Format.percent(hitRate)) hits (\(Format.count(result.cache.hits)) of "
                    + "\(Format.count(result.cache.hits + result.cache.misses)) look-ups)")
        }
        for failover in result.failovers { lines += failoverLines(failover) }
        lines += eventLine
        let alone = result.scenario.topology.singlePointsOfFailure
        if !alone.isEmpty {
            let text = "single points of failure: \(alone.joined(separator: "; "))"
            lines += text.wrapped(to: Self.width, indent: "    ")
        }
        return lines
    }

    /// What the balancer answered by itself, where it had to.
    private var balancerLine: [String] {
        guard let balancer = result.scenario.topology.loadBalancer?.name else { return [] }
        let own = [(499, "its user had hung up"), (502, "no server answered"), (504, "a server took too long")]
        let parts = own.compactMap { status, meaning -> String? in
            guard let count = result.metrics["answers.\(balancer).\(status)"], count > 0 else { return nil }
            return "\(Format.count(Int(count))) × \(status) (\(meaning))"
        }
        guard !parts.isEmpty else { return [] }
        return "\(balancer) by itself: \(parts.joined(separator: ", "))".wrapped(to: Self.width, indent: "    ")
    }

    private var eventLine: [String] {
        guard let published = result.metrics["events.published"], let lost = result.metrics["events.lost"] else {
            return []
        }
        let fate = lost > 0 ? style.paint(.bad, "\(Format.plural(Int(lost), "delivery")) LOST") : "all delivered"
        return ["order events: \(Format.count(Int(published))) published, \(fate)"]
    }

    private var connectionLines: [String] {
        guard let mysql = result.scenario.topology.mysql else { return [] }
        let limit = result.scenario.topology.limits?.connectionsPerDatabase
        var meters: [String: ResourceResult] = [:]
        for resource in result.resources { meters[resource.name] = resource }
        func pools(_ name: String) -> [ResourceResult] {
            result.scenario.topology.application.servers.compactMap { meters["\($0).\(name)"] }
        }
        var lines =
            serverLine
            + line(
                "connections to \(mysql.primary)", meters["\(mysql.primary).connections"], pools("primaryPool"), limit)
        for (index, replica) in mysql.replicas.enumerated() {
            // The pools are for all replicas together, and stand beside the first.
            let pools = index == 0 ? pools("replicaPool") : []
            lines += line("connections to \(replica)", meters["\(replica).connections"], pools, limit)
        }
        return lines
    }

    /// The design's S counts application and database servers.
    private var serverLine: [String] {
        let topology = result.scenario.topology
        guard let limit = topology.limits?.servers else { return [] }
        let databases = topology.mysql.map { 1 + $0.replicas.count } ?? 0
        let count = topology.application.servers.count + databases
        let verdict = count > limit ? style.paint(.bad, ": EXCEEDED") : ""
        return ["servers: \(count), of which \(databases) for the database; the design allows \(limit)\(verdict)"]
    }

    private func line(_ what: String, _ server: ResourceResult?, _ pools: [ResourceResult], _ limit: Int?) -> [String] {
        func use(_ inUse: Int, _ capacity: Int) -> String { "\(Format.count(inUse)) of \(Format.count(capacity))" }
        var parts: [String] = []
        if let server { parts.append("at most \(use(server.maximumInUse, server.capacity)) open") }
        let (inUse, size) = pools.reduce((0, 0)) { ($0.0 + $1.maximumInUse, $0.1 + $1.capacity) }
        if !pools.isEmpty { parts.append("\(use(inUse, size)) used by the pools") }
        guard !parts.isEmpty else { return [] }
        if let limit {
            var text = "the design allows \(Format.count(limit))"
            if max(server?.maximumInUse ?? 0, inUse) > limit {
                text += style.paint(.bad, ": EXCEEDED")
            } else if size > limit {
                text += ", the pools may open more"
            }
            parts.append(text)
        }
        return "\(what): \(parts.joined(separator: "; "))".wrapped(to: Self.width, indent: "    ")
    }

    private func failoverLines(_ failover: FailoverResult) -> [String] {
        func stage(_ name: String, _ span: TimeSpan?) -> String {
            span.map { "\(name) after \(Format.duration($0))" } ?? "never \(name)"
        }
        let stages = [
            stage("detected", failover.detected), stage("promoted", failover.promoted),
            "writes " + stage("resumed", failover.writesResumed),
            failover.readsResumed.map { "reads resumed after \(Format.duration($0))" } ?? "no read since",
        ]
        var text =
            "failover of \(failover.store), which failed at \(Format.moment(failover.faultAt)): "
            + stages.joined(separator: ", ") + "; \(Format.plural(failover.requestsAffected, "request")) affected"
        if let lost = failover.lostOrders {
            text += ", \(Format.plural(lost, "acknowledged order")) \(lost > 0 ? style.paint(.bad, "LOST") : "lost")"
        }
        return text.wrapped(to: Self.width, indent: "    ")
    }
}
