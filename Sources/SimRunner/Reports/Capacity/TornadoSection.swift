import SimNodes
import Topology

/// Which inputs matter.
struct TornadoSection: CapacitySection {
    static let name = "tornado"
    static let title = "Tornado"

    let tornado: Tornado

    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> TornadoSection? {
        let seed = UInt64(study.scenario.seed)
        // What an input does is a difference between runs that meet the same users: two of them tell it.
        let allowance = try study.allowance(share: 1)
        let binding = try study.replications().runs.first?.bindingResource.map { String($0.resourceKind) }
        let tornado = try Tornado.measure(
            study.scenario, seeds: seed..<(seed + 2), by: study.laboratory, binding: binding,
            allowance: allowance)
        return tornado.map { TornadoSection(tornado: $0) }
    }

    /// Below this a change is no more than what another seed makes.
    private static let least = 0.005
    private static let barWidth = 14

    func lines(style: Style) -> [String] {
        let figure = "\(tornado.flow.rawValue).success.p99"
        let shown = tornado.inputs.filter { max($0.latencySwing, $0.throughputSwing) >= Self.least }
        let widest = shown.map(\.latencySwing).max() ?? 0
        var table = Table([
            ("input", .left), ("−20 %", .right), ("p99", .right), ("", .left),
            ("+20 %", .right), ("throughput: −20 %", .right), ("+20 %", .right),
        ])
        for input in shown {
            let (less, more) = (input.less, input.more)
            table.add([
                input.name, Self.change(less?.latency), bar(input, widest, isLeft: true),
                "│" + bar(input, widest, isLeft: false), Self.change(more?.latency), Self.change(less?.throughput),
                Self.change(more?.throughput),
            ])
        }
        var lines = [
            "each input a fifth less and a fifth more, \(Format.plural(tornado.runs, "run")) with the same users; ░ less of it, █ more of it; now \(figure) is "
                + "\(Format.seconds(tornado.latency)), throughput \(Format.rate(tornado.throughput))"
        ].flatMap { $0.wrapped(to: TextReport.width, indent: "    ") }
        lines += table.lines(style: style)
        let idle = tornado.inputs.filter { max($0.latencySwing, $0.throughputSwing) < Self.least }.map(\.name)
        if !idle.isEmpty {
            lines += "without effect: \(idle.joined(separator: ", "))".wrapped(to: TextReport.width, indent: "    ")
        }
        if !tornado.untried.isEmpty {
            lines +=
                "not tried, as what searches may cost is used up (--budget): \(tornado.untried.joined(separator: ", "))"
                .wrapped(to: TextReport.width, indent: "    ")
        }
        return lines
    }

    /// What makes the figure smaller goes to the left, what makes it larger to the right.
    private func bar(_ input: Tornado.Input, _ widest: Double, isLeft: Bool) -> String {
        guard widest > 0 else { return "" }
        func length(_ change: Double?) -> Int {
            guard let change, isLeft ? change < 0 : change > 0 else { return 0 }
            return Int((abs(change) / widest * Double(Self.barWidth)).rounded())
        }
        let (less, more) = (length(input.less?.latency), length(input.more?.latency))
        // Where both go the same way the shorter one stands inside of the longer.
        let inner = min(less, more)
        let text =
            String(repeating: less <= more ? "░" : "█", count: inner)
            + String(repeating: less <= more ? "█" : "░", count: max(less, more) - inner)
        return isLeft ? String(text.reversed()).paddedLeft(to: Self.barWidth) : text.padded(to: Self.barWidth)
    }

    private static func change(_ change: Double?) -> String {
        guard let change else { return Format.nothing }
        if abs(change) < least { return "." }
        return "\(change < 0 ? "−" : "+")\(Format.percent(abs(change)))"
    }

    var json: JSONNode {
        func effect(_ effect: Tornado.Effect?) -> JSONValue {
            guard let effect else { return .null }
            return JSONReport.object([
                ("latency", .finite(effect.latency)), ("throughput", .finite(effect.throughput)),
                ("settings", .array(effect.settings.map { JSONNode(.string($0)) })),
            ]).value
        }
        return JSONReport.object([
            ("metric", .string("\(tornado.flow.rawValue).success.p99")), ("seconds", .finite(tornado.latency)),
            ("throughput", .finite(tornado.throughput)), ("change", .finite(Tornado.change)),
            (
                "inputs",
                .array(
                    tornado.inputs.map {
                        JSONReport.object([
                            ("name", .string($0.name)), ("less", effect($0.less)), ("more", effect($0.more)),
                        ])
                    })
            ), ("untried", .array(tornado.untried.map { JSONNode(.string($0)) })),
        ])
    }
}
