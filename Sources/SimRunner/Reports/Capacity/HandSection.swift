import SimNodes
import Topology

/// The arithmetic that anyone can follow, before anything is simulated.
struct HandSection: CapacitySection {
    static let name = "hand"
    static let title = "By hand"

    let demands: ServiceDemands
    let analysis: HandAnalysis

    init(_ scenario: Scenario) {
        demands = ServiceDemands(scenario)
        analysis = HandAnalysis(scenario, demands)
    }

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> HandSection? {
        HandSection(study.scenario)
    }

    // MARK: - Text

    func lines(style: Style) -> [String] {
        var lines = table.lines(style: style)
        let topics: [HandAnalysis.Topic] = [.responses, .bounds, .burst, .hotProduct]
        for result in topics.flatMap(analysis.results) where isShown(result) {
            let value = Format.metric(result.value, result.unit)
            let text = "\(result.name): \(Self.formula(result)) = \(value); \(result.meaning)"
            lines += text.wrapped(to: TextReport.width, indent: "  ")
        }
        if let ceiling = demands.ceiling {
            lines.append(
                "the system carries at most \(Format.rate(ceiling.rate)) of this mix; first to saturate: \(ceiling.name)"
            )
        }
        lines += "assumed: \(demands.mix.basis.joined(separator: "; "))".wrapped(to: TextReport.width, indent: "  ")
        return lines
            + "left out: \(demands.omissions.joined(separator: "; "))".wrapped(to: TextReport.width, indent: "  ")
    }

    /// What the table has is not said again, nor what limits nothing.
    private func isShown(_ result: HandAnalysis.Result) -> Bool {
        switch result.topic {
        case .demands, .ceilings: false
        case .responses: !result.name.hasSuffix(", alone")
        case .burst: result.value > 0 && !result.name.contains("worked off")
        case .bounds, .hotProduct: true
        }
    }

    private var isBurst: Bool { if case .burst = demands.arrivals { true } else { false } }

    private var classes: [RequestPath] { demands.paths.filter { demands.mix[$0.requestClass] > 0 } }

    /// Demands by tier and class, and what each tier carries.
    private var table: Table {
        let paths = classes
        var table = Table(
            [("time of", .left)] + paths.map { ($0.requestClass.shortTitle, .right) } + [
                ("average", .right), ("servers", .right), ("carries", .right), (isBurst ? "all done in" : "", .right),
            ])
        table.add(["share of the requests"] + paths.map { Format.percent(demands.mix[$0.requestClass]) })
        for tier in demands.tiers where demands.demand(at: tier.tier) > 0 {
            let capacity = demands.capacity(of: tier)
            table.add(
                [tier.tier.title] + paths.map { Self.span($0.demand(at: tier.tier)) }
                    + [
                        Self.span(demands.demand(at: tier.tier)), Format.count(tier.servers),
                        tier.servesInGroups ? "any number" : Format.rate(capacity), burst(capacity),
                    ])
        }
        table.add(["network and pauses"] + paths.map { Self.span($0.pauses) } + [Self.span(demands.pauses)])
        table.add(
            ["answer, nobody else there"] + paths.map { Self.span($0.latency(idle: false)) }
                + [Self.span(demands.latency)])
        for pool in demands.pools {
            let carries = pool.throughput(demands.tiers) / pool.borrowings
            table.add(
                ["\(pool.holding.title) held"] + paths.map { Self.span($0.holdingTime(pool.holding)) }
                    + [
                        Self.span(pool.holdingTime * pool.borrowings), Format.count(pool.places), Format.rate(carries),
                        burst(carries),
                    ])
        }
        return table
    }

    /// The time in which a burst is worked off at this rate.
    private func burst(_ rate: Double) -> String {
        guard case .burst(let requests) = demands.arrivals, rate < .infinity else { return "" }
        return Format.seconds(Double(requests) / rate)
    }

    private static func span(_ seconds: Double) -> String { seconds > 0 ? Format.seconds(seconds) : Format.nothing }

    private static func formula(_ result: HandAnalysis.Result) -> String {
        result.formula.text { Format.metric($0, $1) }
    }

    // MARK: - JSON

    var json: JSONNode {
        JSONReport.object([
            ("classes", .array(classes.map(path))), ("results", .array(analysis.results.map(result))),
            ("assumed", .array(demands.mix.basis.map { JSONNode(.string($0)) })),
            ("leftOut", .array(demands.omissions.map { JSONNode(.string($0)) })),
        ])
    }

    private func path(_ path: RequestPath) -> JSONNode {
        JSONReport.object([
            ("class", .string(path.requestClass.rawValue)), ("share", .finite(demands.mix[path.requestClass])),
            ("unloadedSeconds", .finite(path.latency(idle: false))), ("idleSeconds", .finite(path.latency(idle: true))),
            ("steps", .array(path.steps.map(step))),
        ])
    }

    private func step(_ step: RequestStep) -> JSONNode {
        JSONReport.object([
            ("what", .string(step.what)), ("source", .string(step.source)),
            ("tier", step.tier.map { .string($0.rawValue) } ?? .null), ("visits", .finite(step.visits)),
            ("meanSeconds", .finite(step.mean)), ("awaited", .bool(step.isAwaited)),
            ("onlyWhenIdle", .bool(step.isOnlyWhenIdle)),
            ("held", .array(step.held.map { JSONNode(.string($0.rawValue)) })),
        ])
    }

    private func result(_ result: HandAnalysis.Result) -> JSONNode {
        JSONReport.object([
            ("topic", .string(result.topic.rawValue)), ("name", .string(result.name)),
            ("formula", .string(Self.formula(result))), ("value", .finite(result.value)),
            ("unit", .string(result.unit.rawValue)), ("meaning", .string(result.meaning)),
        ])
    }
}

extension RequestClass {
    /// For the head of a column.
    fileprivate var shortTitle: String {
        switch self {
        case .viewLocalHit: "local hit"
        case .viewHit: "view hit"
        case .viewMiss: "view miss"
        case .purchaseSold: "sold"
        case .purchaseInsufficientStock: "too little"
        case .purchaseLockNotAcquired: "lock taken"
        }
    }
}
