import SimNodes
import Topology

/// How much load the design carries, and how throughput and latency grow with it.
struct KneeSection: CapacitySection {
    static let name = "knee"
    static let title = "Knee and ceiling"

    let users: Ceiling
    let rate: Ceiling
    let curve: LoadCurve
    /// What the service demands alone say; nil where they say nothing.
    let bounds: OperationalBounds?
    /// What theory says at the loads of the curve, in its order.
    let theory: [TheoryPoint]

    /// How long requests come at a rate: many times what one of them takes.
    private static let length = TimeSpan.seconds(2)

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> KneeSection? {
        let scenario = study.scenario
        // A trace can't be multiplied.
        if case .trace = scenario.workload.arrive { return nil }
        let runs = try study.replications().runs
        let asked = Load.users.asked(of: scenario) ?? Int64(runs[0].requests)
        let throughput = runs[0].metrics["throughput"] ?? 0
        let bounds = Self.bounds(scenario)
        let users = try Ceiling.find(
            .users, of: scenario, from: asked, lasting: .zero, by: study.examiner(share: 0.1))
        let rate = try Ceiling.find(
            .rate, of: scenario, from: Load.rate.asked(of: scenario) ?? max(1, Int64(throughput * 0.9)),
            lasting: length, by: study.examiner(share: 0.12))
        let curve = try LoadCurve.measure(
            scenario, upTo: asked * 2, by: study.laboratory, seed: UInt64(scenario.seed),
            eventsEach: Double(runs[0].events) / Double(max(1, asked)), left: study.examiner(share: 0.1).left)
        let theory = Self.theory(scenario, curve)
        return KneeSection(users: users, rate: rate, curve: curve, bounds: bounds, theory: theory)
    }

    private static func bounds(_ scenario: Scenario) -> OperationalBounds? {
        let demands = ServiceDemands(scenario)
        let think: Double = if case .closed(_, let think) = demands.arrivals { think } else { 0 }
        guard let bounds = try? demands.operationalBounds(think: think), bounds.largestDemand > 0 else { return nil }
        return bounds
    }

    static func theory(_ scenario: Scenario, _ curve: LoadCurve) -> [TheoryPoint] {
        curve.points.compactMap { point in
            let settings = Load.users.settings(point.users, of: scenario, lasting: .zero)
            let loaded = try? ScenarioLoader.load(scenario, overrides: settings)
            return loaded.map { TheoryPoint($0, load: Double(point.users)) }
        }
    }

    var carries: String? {
        let parts = [
            users.edge.passing.map { "\(Self.amount($0, of: .users)) at once" },
            rate.edge.passing.map { Self.amount($0, of: .rate) },
        ].compactMap { $0 }
        if !parts.isEmpty { return "as it is, it carries \(parts.joined(separator: ", or "))" }
        return users.edge.failing.map { "as it is, it does not even carry \(Self.amount($0, of: .users)) at once" }
    }

    // MARK: - Text

    func lines(style: Style) -> [String] {
        var rows = [
            ["users at once", Self.text(users)], ["arrivals", Self.text(rate)],
        ]
        if let bounds, bounds.knee.isFinite {
            let (response, demand) = (Format.seconds(bounds.unloadedResponse), Format.seconds(bounds.largestDemand))
            rows.append([
                "knee",
                "N* = (R₀ + Z) / D = (\(response) + \(Format.seconds(bounds.thinkTime))) / \(demand) = "
                    + "\(Format.significant(bounds.knee)): with more users inside, somebody must wait",
            ])
        }
        var lines: [String] = []
        for row in rows {
            let head = row[0].padded(to: 15)
            lines += (head + row[1]).wrapped(to: TextReport.width, indent: String(repeating: " ", count: 15))
        }
        return lines + ["shown by: \(Self.options(users.settings))"] + charts(style)
    }

    private static func amount(_ amount: Int64, of load: Load) -> String {
        switch load {
        case .users: Format.plural(Int(amount), "user")
        case .rate: "\(Format.count(Int(amount)))/s at random"
        }
    }

    /// The ceiling in a sentence.
    static func text(_ ceiling: Ceiling) -> String {
        let edge = ceiling.edge
        if edge.isCutShort, edge.passing == nil, edge.failing == nil, edge.unclear.isEmpty {
            return "not looked at, as what searches may cost is used up (--budget)"
        }
        func amount(_ amount: Int64) -> String { Self.amount(amount, of: ceiling.load) }
        let reason = ceiling.breaks.map { ": \($0)" } ?? ""
        var text: String
        switch (edge.passing, edge.failing) {
        case (let passing?, let failing?):
            text = "carries \(amount(passing)), \(amount(failing)) break it\(reason)"
        case (let passing?, nil): text = "carries \(amount(passing)), and nothing that was tried breaks it"
        case (nil, let failing?): text = "does not even carry \(amount(failing))\(reason)"
        case (nil, nil): text = "nothing could be decided\(reason)"
        }
        if let asked = ceiling.asked, let headroom = ceiling.headroom {
            let share = headroom < 0 ? ", of which that is" : ": headroom"
            text += "; asked are \(amount(asked))\(share) \(Format.percent(headroom < 0 ? 1 + headroom : headroom))"
        }
        if let amount = edge.unclear.first {
            let more = edge.unclear.count > 1 ? " (and \(edge.unclear.count - 1) more)" : ""
            let why = ceiling.undecided.map { ": \($0)" } ?? ""
            text += "; undecided at \(Format.count(Int(amount)))\(more)\(why)"
        }
        if !ceiling.unjudged.isEmpty {
            text += "; too few requests there for \(ceiling.unjudged.joined(separator: ", "))"
        }
        if !ceiling.leftOut.isEmpty {
            text += "; below what is asked without \(ceiling.leftOut.joined(separator: ", "))"
        }
        if let odd = edge.exceptions.first { text += "; but \(amount(odd)) pass: the load is not what decides" }
        if edge.isCutShort { text += "; looked no closer, as what searches may cost is used up (--budget)" }
        return text
    }

    static func options(_ settings: [String]) -> String {
        settings.map { "--set \(ShellWord.quoted($0))" }.joined(separator: " ")
    }

    private func charts(_ style: Style) -> [String] {
        func points(_ value: (LoadCurve.Point) -> Double?) -> [(x: Double, y: Double)] {
            curve.points.compactMap { point in value(point).map { (Double(point.users), $0) } }
        }
        func bound(_ value: (Int) -> Double?) -> [(x: Double, y: Double)] {
            curve.points.compactMap { point in value(Int(point.users)).map { (Double(point.users), $0) } }
        }
        func predicted(_ value: (TheoryPoint) -> Double?) -> [(x: Double, y: Double)] {
            theory.compactMap { point in value(point).map { (point.load, $0) } }
        }
        let flow = curve.flow.rawValue
        let throughput = Chart(
            title: "Successful requests a second over users at once", xTitle: "users",
            curves: [
                Chart.Curve(
                    name: "upper bound min(N / (R₀ + Z), 1 / D)", mark: "·", isContinuous: true,
                    points: bound { bounds?.throughput(population: $0).upperBound }),
                // Theory counts whoever is answered; of those the simulation's are the ones that end well.
                Chart.Curve(name: "theory, all answers", mark: "+", points: predicted(\.throughput)),
                Chart.Curve(name: "simulation", mark: "o", points: points(\.throughput)),
            ], xText: { Format.count(Int($0.rounded())) }, yText: Format.rate)
        let latency = Chart(
            title: "Latency over users at once", xTitle: "users",
            curves: [
                Chart.Curve(
                    name: "lower bound of the mean of all, max(R₀, N D − Z)", mark: "·", isContinuous: true,
                    points: bound { bounds?.response(population: $0).lowerBound }),
                Chart.Curve(name: "theory, mean", mark: "+", points: predicted { $0.successes[curve.flow] }),
                Chart.Curve(name: "\(flow).success mean", mark: "o", points: points(\.mean)),
                Chart.Curve(name: "p95", mark: "^", points: points(\.p95)),
            ], xText: { Format.count(Int($0.rounded())) }, yText: Format.seconds)
        return curveGaps
            + [throughput, latency].map { $0.lines(width: 72, height: 12, style: style) }
            .filter { !$0.isEmpty }.flatMap { [""] + $0 }
    }

    /// What the curves don't show.
    private var curveGaps: [String] {
        guard !curve.untried.isEmpty else { return [] }
        let amounts = curve.untried.map { Format.count(Int($0)) }.joined(separator: ", ")
        return ["not run, as what searches may cost is used up (--budget): \(amounts) users"]
    }

    // MARK: - JSON

    var json: JSONNode {
        JSONReport.object([
            ("users", Self.json(users)), ("rate", Self.json(rate)),
            ("knee", bounds.map { .finite($0.knee) } ?? .null),
            (
                "curve",
                .array(
                    curve.points.map { point in
                        let predicted = theory.first { $0.load == Double(point.users) }
                        return JSONReport.object([
                            ("users", .integer(Int(point.users))),
                            ("throughput", point.throughput.map { .finite($0) } ?? .null),
                            ("meanSeconds", point.mean.map { .finite($0) } ?? .null),
                            ("p95Seconds", point.p95.map { .finite($0) } ?? .null),
                            ("theoryThroughput", predicted.map { .finite($0.throughput) } ?? .null),
                            ("theoryMeanSeconds", predicted?.successes[curve.flow].map { .finite($0) } ?? .null),
                            (
                                "throughputBound",
                                bounds.map { .finite($0.throughput(population: Int(point.users)).upperBound) } ?? .null
                            ),
                        ])
                    })
            ), ("curveUntried", .array(curve.untried.map { JSONNode(.integer(Int($0))) })),
        ])
    }

    static func json(_ ceiling: Ceiling) -> JSONValue {
        func amount(_ amount: Int64?) -> JSONValue { amount.map { .integer(Int($0)) } ?? .null }
        return JSONReport.object([
            ("asked", amount(ceiling.asked)), ("passing", amount(ceiling.edge.passing)),
            ("failing", amount(ceiling.edge.failing)),
            ("unclear", .array(ceiling.edge.unclear.map { JSONNode(.integer(Int($0))) })),
            ("exceptions", .array(ceiling.edge.exceptions.map { JSONNode(.integer(Int($0))) })),
            ("headroom", ceiling.headroom.map { .finite($0) } ?? .null),
            ("cutShort", .bool(ceiling.edge.isCutShort)), ("breaks", ceiling.breaks.map { .string($0) } ?? .null),
            ("undecided", ceiling.undecided.map { .string($0) } ?? .null),
            ("leftOut", .array(ceiling.leftOut.map { JSONNode(.string($0)) })),
            ("unjudged", .array(ceiling.unjudged.map { JSONNode(.string($0)) })),
            ("settings", .array(ceiling.settings.map { JSONNode(.string($0)) })),
        ]).value
    }
}
