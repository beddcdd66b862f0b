import SimNodes
import Topology

extension TextReport {
    static let resourceLines = 10

    /// What limits, worst first; what is hardly used on one line.
    var resourcesSection: [String] {
        guard !result.resources.isEmpty else { return [] }
        let (busy, idle) = Self.ranked(result.resources)
        var lines: [String] = []
        if !busy.isEmpty {
            var table = Table([
                ("resource", .left), ("capacity", .right), ("max in use", .right), ("utilisation", .right),
                ("mean queue", .right), ("max queue", .right), ("wait p99", .right), ("rejected", .right),
                ("timed out", .right),
            ])
            for resource in busy.prefix(Self.resourceLines) {
                table.add([
                    resource.name, Self.capacity(resource), Format.count(resource.maximumInUse),
                    Format.percent(resource.utilisation), Format.number(resource.meanQueue),
                    Format.count(resource.maximumQueue), Format.duration(resource.waits.percentile(99)),
                    Format.count(resource.rejections), Format.count(resource.timeouts),
                ])
            }
            lines += table.lines(style: style)
        }
        let rest = busy.dropFirst(Self.resourceLines).map(\.name)
        if !rest.isEmpty {
            lines += "used without much waiting: \(rest.joined(separator: ", "))".wrapped(to: Self.width, indent: "  ")
        }
        if !idle.isEmpty {
            let names = idle.map(\.name).joined(separator: ", ")
            lines += "nearly idle, without a queue: \(names)".wrapped(to: Self.width, indent: "  ")
        }
        return lines
    }

    /// Who turned somebody away first; then by the length of the queue (by Little's law, the waiting that each costs).
    static func ranked(_ resources: [ResourceResult]) -> (busy: [ResourceResult], idle: [ResourceResult]) {
        func isIdle(_ resource: ResourceResult) -> Bool {
            resource.utilisation < 0.01 && resource.maximumQueue == 0 && refused(resource) == 0
        }
        func refused(_ resource: ResourceResult) -> Int { resource.rejections + resource.timeouts }
        let busy = resources.filter { !isIdle($0) }.sorted { left, right in
            if (refused(left) > 0) != (refused(right) > 0) { return refused(left) > 0 }
            if left.meanQueue != right.meanQueue { return left.meanQueue > right.meanQueue }
            if left.utilisation != right.utilisation { return left.utilisation > right.utilisation }
            return left.name < right.name
        }
        return (busy, resources.filter(isIdle))
    }

    private static func capacity(_ resource: ResourceResult) -> String {
        // Virtual threads and the like.
        resource.capacity >= 1_000_000_000 ? "no limit" : Format.count(resource.capacity)
    }

    // MARK: Databases, cache, failover

    /// Connections against the design's limit, the cache, and the stores that failed.
    var storesSection: [String] {
        var lines = connectionLines
        if let hitRate = result.cache.hitRate {
            lines.append(
                "cache: \(Format.percent(hitRate)) hits (\(Format.count(result.cache.hits)) of "
                    + "\(Format.count(result.cache.hits + result.cache.misses)) look-ups)")
        }
        for failover in result.failovers { lines += failoverLines(failover) }
        return lines
    }

    private var connectionLines: [String] {
        guard let mysql = result.scenario.topology.mysql else { return [] }
        let limit = result.scenario.topology.limits?.connectionsPerDatabase
        var meters: [String: ResourceResult] = [:]
        for resource in result.resources { meters[resource.name] = resource }
        var lines: [String] = []
        for server in [mysql.primary] + mysql.replicas {
            guard let meter = meters["\(server).connections"] else { continue }
            lines.append(line("connections at \(server)", meter.maximumInUse, meter.capacity, limit))
        }
        for (pool, title) in [("primaryPool", "to the primary"), ("replicaPool", "to the replicas")] {
            let pools = result.scenario.topology.application.servers.compactMap { meters["\($0).\(pool)"] }
            guard !pools.isEmpty else { continue }
            let inUse = pools.reduce(0) { $0 + $1.maximumInUse }
            lines.append(line("pools \(title)", inUse, pools.reduce(0) { $0 + $1.capacity }, limit))
        }
        return lines
    }

    private func line(_ what: String, _ inUse: Int, _ capacity: Int, _ limit: Int?) -> String {
        var text = "\(what): at most \(Format.count(inUse)) of \(Format.count(capacity)) in use"
        guard let limit else { return text }
        text += "; the design allows \(Format.count(limit))"
        if inUse > limit {
            text += style.paint(.bad, ": EXCEEDED")
        } else if capacity > limit {
            text += ": more can be opened than that"
        }
        return text
    }

    private func failoverLines(_ failover: FailoverResult) -> [String] {
        func stage(_ name: String, _ span: TimeSpan?) -> String {
            span.map { "\(name) after \(Format.duration($0))" } ?? "never \(name)"
        }
        let stages = [
            stage("detected", failover.detected), stage("promoted", failover.promoted),
            "writes " + stage("resumed", failover.writesResumed), "reads " + stage("resumed", failover.readsResumed),
        ]
        var lines = [
            "failover of \(failover.store), which failed at \(Format.moment(failover.faultAt)): "
                + stages.joined(separator: ", ")
        ]
        var damage = "  \(Format.plural(failover.requestsAffected, "request")) affected"
        if let lost = failover.lostOrders {
            damage += ", \(Format.plural(lost, "acknowledged order")) \(lost > 0 ? style.paint(.bad, "LOST") : "lost")"
        }
        lines.append(damage)
        return lines.flatMap { $0.wrapped(to: Self.width, indent: "    ") }
    }
}
