import SimNodes
import Topology

/// The reports as versioned JSON; docs/report-format.md explains it.
///
/// Nothing in it depends on the machine or on real time, so equal runs give equal files.
enum JSONReport {
    static let format = "stampede.run/1"

    /// One scenario of the command with what came of it.
    struct Entry {
        let replay: ReplayCommand
        let content: Content

        enum Content {
            case run(UniverseOutcome)
            case seeds(SeedsSummary)
        }
    }

    static func document(_ entries: [Entry], code: ExitCode, isComplete: Bool = true) -> JSONNode {
        object([
            ("format", .string(format)),
            ("program", .string("\(Program.name) \(Program.version)")),
            ("exitCode", .integer(Int(code.rawValue))),
            ("complete", .bool(isComplete)),
            ("scenarios", .array(entries.map(entry))),
        ])
    }

    private static func entry(_ entry: Entry) -> JSONNode {
        var members: [(String, JSONValue)] = [
            ("path", .string(entry.replay.path)),
            ("settings", .array(entry.replay.settings.map { JSONNode(.string($0)) })),
        ]
        switch entry.content {
        case .run(let outcome):
            members += [
                ("title", .string(outcome.result.scenario.title)), ("run", run(outcome.result).value),
                ("deterministic", outcome.repetition.map { .bool($0.isSame) } ?? .null),
                ("replay", .string(entry.replay.text(seed: outcome.result.seed))),
            ]
        case .seeds(let summary):
            members += [
                ("title", .string(summary.scenario?.title ?? "")), ("seeds", seeds(summary).value),
                ("replay", .string(entry.replay.text(seed: summary.decisive?.seed ?? 0))),
            ]
        }
        return object(members)
    }

    // MARK: One run

    static func run(_ result: RunResult) -> JSONNode {
        object([
            ("seed", seed(result.seed)), ("digest", .string(result.digest.description)),
            ("events", .integer(Int(clamping: result.events))),
            ("simulatedSeconds", .seconds(result.simulated)), ("durationSeconds", .seconds(result.duration)),
            ("verdict", verdict(result.verdict)), ("exitCode", .integer(Int(ExitCode(result).rawValue))),
            ("programFaults", .array(result.programFaults.map { JSONNode(.string($0)) })),
            ("milestones", .array(result.milestones.map(milestone))),
            ("flows", .array(result.flows.map(flow))),
            ("resources", .array(result.resources.map(resource))),
            ("cache", cache(result.cache)),
            ("failovers", .array(result.failovers.map(failover))),
            ("faults", .array(result.faults.map(fault))),
            ("series", series(result.series)), ("recovery", result.recovery.map(recovery) ?? .null),
            ("invariants", .array(result.invariants.map(invariant))),
            ("expectations", .array(result.expectations.map { expectation($0, result.scenario.topology) })),
            ("metrics", .object(result.metrics.map { JSONMember(key: $0.key, value: JSONNode(.finite($0.value))) })),
        ])
    }

    static func verdict(_ verdict: Verdict) -> JSONValue {
        object([("kind", .string(verdict.kind.rawValue)), ("reason", .string(verdict.reason))]).value
    }

    static func seed(_ seed: UInt64) -> JSONValue { .integer(Int(clamping: seed)) }

    private static func milestone(_ milestone: Milestone) -> JSONNode {
        object([
            ("atSeconds", .finite(milestone.at.seconds)), ("kind", .string(milestone.kind.rawValue)),
            ("node", .string(milestone.node)), ("text", .string(milestone.text)),
        ])
    }

    private static func flow(_ flow: FlowResult) -> JSONNode {
        object([
            ("name", .string(flow.name)), ("count", .integer(flow.count)),
            ("outcomes", .array(flow.outcomes.map { outcome($0, of: flow.count) })),
            ("cached", .array(flow.cached.map { outcome($0, of: flow.count) })),
        ])
    }

    private static func outcome(_ outcome: OutcomeResult, of total: Int) -> JSONNode {
        object([
            ("name", .string(outcome.name)), ("isSuccess", .bool(outcome.isSuccess)),
            ("count", .integer(outcome.count)),
            ("share", total > 0 ? .finite(Double(outcome.count) / Double(total)) : .null),
            ("latency", latency(outcome.latency)),
        ])
    }

    static func latency(_ histogram: LatencyHistogram) -> JSONValue {
        guard histogram.count > 0 else { return .null }
        return object([
            ("count", .integer(histogram.count)), ("minimumSeconds", .seconds(histogram.minimum)),
            ("meanSeconds", .seconds(histogram.mean)), ("p50Seconds", .seconds(histogram.percentile(50))),
            ("p90Seconds", .seconds(histogram.percentile(90))), ("p95Seconds", .seconds(histogram.percentile(95))),
            ("p99Seconds", .seconds(histogram.percentile(99))),
            ("p99.9Seconds", .seconds(histogram.percentile(99.9))), ("maximumSeconds", .seconds(histogram.maximum)),
        ]).value
    }

    private static func resource(_ resource: ResourceResult) -> JSONNode {
        object([
            ("name", .string(resource.name)), ("capacity", .integer(resource.capacity)),
            ("utilisation", .finite(resource.utilisation)), ("meanQueue", .finite(resource.meanQueue)),
            ("maximumQueue", .integer(resource.maximumQueue)), ("maximumInUse", .integer(resource.maximumInUse)),
            ("wait", latency(resource.waits)), ("rejections", .integer(resource.rejections)),
            ("timeouts", .integer(resource.timeouts)),
            (
                "busiest",
                resource.busiest.map { busiest in
                    object([
                        ("number", .integer(busiest.number)), ("utilisation", .finite(busiest.utilisation)),
                        ("customers", .integer(busiest.customers)), ("eachSeconds", .finite(busiest.each)),
                    ]).value
                } ?? .null
            ),
        ])
    }

    private static func cache(_ cache: CacheResult) -> JSONValue {
        object([
            ("hits", .integer(cache.hits)), ("misses", .integer(cache.misses)),
            ("hitRate", cache.hitRate.map { .finite($0) } ?? .null),
        ]).value
    }

    private static func failover(_ failover: FailoverResult) -> JSONNode {
        object([
            ("store", .string(failover.store)), ("faultAtSeconds", .finite(failover.faultAt.seconds)),
            ("detectedSeconds", .seconds(failover.detected)), ("promotedSeconds", .seconds(failover.promoted)),
            ("writesResumedSeconds", .seconds(failover.writesResumed)),
            ("readsResumedSeconds", .seconds(failover.readsResumed)),
            ("requestsAffected", .integer(failover.requestsAffected)),
            ("lostOrders", failover.lostOrders.map { .integer($0) } ?? .null),
        ])
    }

    private static func fault(_ fault: FaultResult) -> JSONNode {
        object([
            ("description", .string(fault.description)),
            ("appliedAtSeconds", fault.appliedAt.map { .finite($0.seconds) } ?? .null),
            ("endedAtSeconds", fault.endedAt.map { .finite($0.seconds) } ?? .null),
            ("requestsAffected", .integer(fault.requestsAffected)), ("hadEffect", .bool(fault.hadEffect)),
        ])
    }

    private static func series(_ series: OutcomeSeries) -> JSONValue {
        object([
            ("widthSeconds", .seconds(series.width)),
            ("successes", .array(series.successes.map { JSONNode(.integer($0)) })),
            ("failures", .array(series.failures.map { JSONNode(.integer($0)) })),
            ("wanted", .array(series.wanted.map { JSONNode(.integer($0)) })),
            ("attempts", .array(series.attempts.map { JSONNode(.integer($0)) })),
        ]).value
    }

    private static func invariant(_ invariant: InvariantResult) -> JSONNode {
        object([
            ("id", .string(invariant.id)), ("title", .string(invariant.title)), ("holds", .bool(invariant.holds)),
            ("detail", .string(invariant.detail)),
            ("evidence", .array(invariant.evidence.map { JSONNode(.string($0)) })),
            ("status", .string(invariant.status.rawValue)), ("count", .integer(invariant.count)),
            ("violations", .array(invariant.violations.map(violation))),
        ])
    }

    private static func violation(_ violation: Violation) -> JSONNode {
        func list(_ numbers: [Int]) -> JSONValue { .array(numbers.map { JSONNode(.integer($0)) }) }
        return object([
            ("kind", .string(violation.kind.rawValue)),
            ("atSeconds", violation.at.map { .finite($0.seconds) } ?? .null),
            ("products", list(violation.products)), ("requests", list(violation.requests)),
            ("nodes", .array(violation.nodes.map { JSONNode(.string($0)) })), ("text", .string(violation.text)),
        ])
    }

    private static func expectation(_ expectation: ExpectationResult, _ topology: SystemTopology) -> JSONNode {
        let written = expectation.expectation
        return object([
            ("expression", .string(written.source)), ("metric", .string(written.metric)),
            ("unit", MetricCatalogue(for: topology).unit(of: written.metric).map { .string($0.rawValue) } ?? .null),
            ("value", expectation.value.map { .finite($0) } ?? .null),
            ("threshold", .finite(written.threshold.value)), ("passed", .bool(expectation.passed)),
            ("margin", expectation.margin.map { .finite($0) } ?? .null),
        ])
    }

    static func object(_ members: [(String, JSONValue)]) -> JSONNode {
        JSONNode(.object(members.map { JSONMember(key: $0.0, value: JSONNode($0.1)) }))
    }
}

extension JSONValue {
    /// JSON has no infinity.
    static func finite(_ number: Double) -> JSONValue { number.isFinite ? .number(number) : .null }

    static func seconds(_ span: TimeSpan?) -> JSONValue { span.map { .number($0.seconds) } ?? .null }
}
