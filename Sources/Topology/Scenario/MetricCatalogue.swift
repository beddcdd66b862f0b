/// Every metric that a run of a topology can report.
public struct MetricCatalogue: Sendable {
    /// What a metric's values are.
    public enum Unit: String, Sendable {
        /// Seconds.
        case duration
        /// How many.
        case count
        /// 0 to 1.
        case ratio
        /// Events a second.
        case rate
    }

    /// A family of metrics: one name from each list of alternatives, joined by dots.
    public struct Pattern: Sendable {
        /// The alternatives, segment by segment.
        public var segments: [[String]]
        /// The unit of all of them.
        public var unit: Unit
        /// What it measures, in one sentence.
        public var about: String

        init(_ segments: [String]..., unit: Unit, _ about: String) {
            (self.segments, self.unit, self.about) = (segments, unit, about)
        }

        /// Whether a metric belongs to the family.
        public func matches(_ metric: String) -> Bool { Self.matches(metric[...], segments[...]) }

        private static func matches(_ rest: Substring, _ segments: ArraySlice<[String]>) -> Bool {
            guard let first = segments.first else { return false }
            // Alternatives may hold dots themselves ("p99.9"), so the name can't be split at them.
            if segments.count == 1 { return first.contains { $0 == rest } }
            return first.contains { word in
                rest.hasPrefix(word) && rest.dropFirst(word.count).first == "."
                    && matches(rest.dropFirst(word.count + 1), segments.dropFirst())
            }
        }

        /// The names of the family.
        public var names: [String] {
            segments.dropFirst().reduce(segments.first ?? []) { names, segment in
                names.flatMap { name in segment.map { "\(name).\($0)" } }
            }
        }
    }

    /// All families, in the order of documentation.
    public let patterns: [Pattern]

    /// The metrics of a topology.
    public init(for topology: SystemTopology) {
        let servers = topology.application.servers
        let balancers = topology.loadBalancer.map { [$0.name] } ?? []
        patterns =
            Self.flows + Self.invariants + Self.failovers + Self.resources(of: topology.selectableNames) + [
                Pattern(["load"], servers, ["requests"], unit: .count, "Requests that an application server got."),
                Pattern(["load"], servers, ["share"], unit: .ratio, "Its share of all requests."),
                Pattern(
                    ["answers"], balancers, Self.loggedStatuses.map(String.init), unit: .count,
                    "Requests with that status in the balancer's access log; 499: the user had hung up."),
            ]
    }

    /// The statuses that users' requests can have in a balancer's access log.
    public static let loggedStatuses = [200, 409, 423, 499, 500, 502, 503, 504]

    /// All names, in the order of the families.
    public var names: [String] { patterns.flatMap(\.names) }

    /// The unit of a metric, or nil when there is no such metric.
    public func unit(of metric: String) -> Unit? { patterns.first { $0.matches(metric) }?.unit }

    private static let latencies = ["mean", "p50", "p90", "p95", "p99", "p99.9", "max"]

    private static var flows: [Pattern] {
        let all = ["view", "purchase", "all"]
        let outcomes = [
            "success", "insufficientStock", "lockNotAcquired", "rejected", "timedOut", "unknown", "failed",
            "alreadyOrdered", "any",
        ]
        let cached = ["hit", "miss"]
        return [
            Pattern(all, outcomes, ["count"], unit: .count, "Requests that ended so."),
            Pattern(all, outcomes, ["share"], unit: .ratio, "Their share of the flow's requests."),
            Pattern(all, outcomes, latencies, unit: .duration, "Their latency from the intended start."),
            Pattern(all, outcomes, ["rate"], unit: .rate, "How many a second ended so."),
            Pattern(
                all, ["errors"], ["count"], unit: .count,
                "Requests that the system failed: rejected, timed out, unknown or failed."),
            Pattern(all, ["errors"], ["share"], unit: .ratio, "Their share of the flow's requests."),
            Pattern(["view"], cached, ["count"], unit: .count, "Views that found the product cached, or did not."),
            Pattern(["view"], cached, ["share"], unit: .ratio, "Their share of the views."),
            Pattern(["view"], cached, latencies, unit: .duration, "Their latency from the intended start."),
            Pattern(["view"], cached, ["rate"], unit: .rate, "How many a second there were."),
            Pattern(
                ["workload"], ["requests", "views", "purchases", "cacheHits", "replicaReads"], unit: .count,
                "What the users asked for, and where it was answered."),
            Pattern(["cache.hitRate"], unit: .ratio, "Share of the views that found the product cached."),
            Pattern(["throughput"], unit: .rate, "Successful requests a second."),
            Pattern(["duration"], unit: .duration, "From the start to the last answer."),
            Pattern(["retries.share"], unit: .ratio, "Share of the attempts that were not their request's first."),
            Pattern(
                ["recovery.share"], unit: .ratio,
                "Share of the requests that are served long after a fault or peak has ended, relative to that before."),
            Pattern(
                ["recovery.time"], unit: .duration,
                "From the end of a fault or peak until requests are served nearly as before, for good."),
        ]
    }

    private static var invariants: [Pattern] {
        [
            Pattern(["oversold"], unit: .count, "Units sold beyond the stock."),
            Pattern(["soldUnits"], unit: .count, "Units in committed orders."),
            Pattern(["lostOrders"], unit: .count, "Orders acknowledged to a user and no longer in the database."),
            Pattern(["lostUnits"], unit: .count, "Units in such orders."),
            Pattern(["duplicateOrders"], unit: .count, "Orders beyond the first for one request."),
            Pattern(["staleLockEntries"], unit: .count, "Locks still held when all is at rest."),
            Pattern(["unanswered"], unit: .count, "Requests without any answer at the end."),
            Pattern(["drift"], unit: .count, "Units by which Redis and the database disagree at rest."),
            Pattern(
                ["events"], ["published", "delivered", "lost"], unit: .count,
                "Order events over pub/sub; lost ones count once for each subscriber that missed them."),
            Pattern(["staleReads"], unit: .count, "Views that showed something already overwritten."),
            Pattern(
                ["staleness"], latencies, unit: .duration,
                "For how long that had been overwritten when such a view showed it."),
            Pattern(["invariants.violated"], unit: .count, "Invariants that did not hold."),
            Pattern(
                ["invariants"], Defect.invariants, unit: .count,
                "Violations of one invariant, in its own unit; no sample where the design makes no such promise."),
        ]
    }

    private static var failovers: [Pattern] {
        let servers = ["mysql", "redis"]
        return [
            Pattern(
                ["failover"], servers, ["detected", "promoted", "writesResumed", "readsResumed"], unit: .duration,
                "Time since the fault."),
            Pattern(["failover"], servers, ["requestsAffected"], unit: .count, "Requests that failed because of it."),
        ]
    }

    private static func resources(of nodes: [String]) -> [Pattern] {
        let resources = [
            "cpu", "thread", "primaryPool", "replicaPool", "connections", "storage", "flush", "applier", "rowLocks",
            "command", "worker", "productLock",
        ]
        return [
            Pattern(["resource"], nodes, resources, ["utilisation"], unit: .ratio, "Busy share of a resource."),
            Pattern(
                ["resource"], nodes, resources, ["maxQueue", "meanQueue", "rejections", "maxInUse"], unit: .count,
                "Waiting, refused and simultaneous uses of a resource."),
            Pattern(["resource"], nodes, resources, ["waitMean", "waitP99"], unit: .duration, "Wait for a resource."),
        ]
    }
}
