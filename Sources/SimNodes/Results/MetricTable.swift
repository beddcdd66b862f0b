import Topology

/// The values of all metrics that had samples, by their names in the catalogue.
struct MetricTable {
    private(set) var values: [String: Double] = [:]

    subscript(name: String) -> Double? {
        get { values[name] }
        set { values[name] = newValue }
    }

    // MARK: - Requests

    mutating func add(_ flows: [FlowResult], duration: TimeSpan) {
        for flow in flows {
            let total = flow.count
            for name in Outcome.allCases.map(\.name) {
                let result = flow.outcomes.first { $0.name == name }
                add(result?.latency ?? LatencyHistogram(), "\(flow.name).\(name)", of: total, duration)
            }
            let errors = Outcome.allCases.filter { !$0.isRegular }.map(\.name)
            let failed = flow.outcomes.reduce(0) { errors.contains($1.name) ? $0 + $1.count : $0 }
            values["\(flow.name).errors.count"] = Double(failed)
            if total > 0 { values["\(flow.name).errors.share"] = Double(failed) / Double(total) }
            var all = LatencyHistogram()
            for outcome in flow.outcomes { all.merge(outcome.latency) }
            add(all, "\(flow.name).any", of: total, duration)
            for cached in flow.cached { add(cached.latency, "\(flow.name).\(cached.name)", of: total, duration) }
        }
        values["throughput"] = values["all.success.rate"]
        values["duration"] = duration.seconds
    }

    private mutating func add(_ latency: LatencyHistogram, _ prefix: String, of total: Int, _ duration: TimeSpan) {
        values["\(prefix).count"] = Double(latency.count)
        if total > 0 { values["\(prefix).share"] = Double(latency.count) / Double(total) }
        if duration > .zero { values["\(prefix).rate"] = Double(latency.count) / duration.seconds }
        add(latency, prefix)
    }

    /// Mean, percentiles and maximum, where there were samples.
    mutating func add(_ latency: LatencyHistogram, _ prefix: String) {
        guard let mean = latency.mean, let maximum = latency.maximum else { return }
        values["\(prefix).mean"] = mean.seconds
        values["\(prefix).max"] = maximum.seconds
        for percent in [50, 90, 95, 99, 99.9] {
            let name = percent == 99.9 ? "p99.9" : "p\(Int(percent))"
            values["\(prefix).\(name)"] = latency.percentile(percent)?.seconds
        }
    }

    // MARK: - Resources

    mutating func add(_ resources: [ResourceResult]) {
        for resource in resources {
            let prefix = "resource.\(resource.name)"
            values["\(prefix).utilisation"] = resource.utilisation
            values["\(prefix).meanQueue"] = resource.meanQueue
            values["\(prefix).maxQueue"] = Double(resource.maximumQueue)
            values["\(prefix).maxInUse"] = Double(resource.maximumInUse)
            values["\(prefix).rejections"] = Double(resource.rejections + resource.timeouts)
            values["\(prefix).waitMean"] = resource.waits.mean?.seconds
            values["\(prefix).waitP99"] = resource.waits.percentile(99)?.seconds
        }
    }

    /// A group's resource stands for the worst of its nodes; counts add up.
    mutating func addGroups(_ members: (String) -> [String], resources: [ResourceResult], groups: [String]) {
        for group in groups {
            let nodes = Set(members(group))
            let byKind = Dictionary(grouping: resources.filter { nodes.contains($0.node) }) { $0.kind }
            for (kind, all) in byKind {
                let prefix = "resource.\(group).\(kind)"
                values["\(prefix).utilisation"] = all.map(\.utilisation).max()
                values["\(prefix).meanQueue"] = all.map(\.meanQueue).reduce(0, +)
                values["\(prefix).maxQueue"] = Double(all.map(\.maximumQueue).max() ?? 0)
                values["\(prefix).maxInUse"] = Double(all.map(\.maximumInUse).reduce(0, +))
                values["\(prefix).rejections"] = Double(all.map { $0.rejections + $0.timeouts }.reduce(0, +))
                var waits = LatencyHistogram()
                for resource in all { waits.merge(resource.waits) }
                values["\(prefix).waitMean"] = waits.mean?.seconds
                values["\(prefix).waitP99"] = waits.percentile(99)?.seconds
            }
        }
    }

    // MARK: - Failovers

    mutating func add(_ failover: FailoverResult) {
        let prefix = "failover.\(failover.store)"
        values["\(prefix).detected"] = failover.detected?.seconds
        values["\(prefix).promoted"] = failover.promoted?.seconds
        values["\(prefix).writesResumed"] = failover.writesResumed?.seconds
        values["\(prefix).readsResumed"] = failover.readsResumed?.seconds
        values["\(prefix).requestsAffected"] = Double(failover.requestsAffected)
    }
}

extension ResourceResult {
    /// The part of the name before the last dot.
    var node: String { String(name[..<(name.lastIndex(of: ".") ?? name.endIndex)]) }
    /// The part behind it.
    var kind: String { String(name[(name.lastIndex(of: ".").map { name.index(after: $0) } ?? name.startIndex)...]) }
}
