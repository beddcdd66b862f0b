import SimNodes
import Topology

/// What the runs of one scenario under several seeds showed.
struct SeedsReport {
    let summary: SeedsSummary
    let replay: ReplayCommand
    let style: Style

    var text: String {
        let sections = [heading, outcomesSection, resourcesSection, storesSection, checksSection, footer]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    static func headline(_ summary: SeedsSummary, path: String? = nil, style: Style) -> String {
        let verdict = summary.verdict
        return "\(TextReport.verdictWord(verdict.kind, style)): \(path.map { "\($0): " } ?? "")\(verdict.reason)"
    }

    private var heading: [String] {
        var lines = Self.headline(summary, style: style).wrapped(to: TextReport.width, indent: "  ")
        let title = summary.scenario?.title ?? ""
        lines.append(title.isEmpty ? replay.path : "\(title) (\(replay.path))")
        let holding = summary.seeds(.holds).count
        lines.append("holds in \(Format.count(holding)) of \(Format.plural(summary.runs.count, "run"))")
        for (code, word) in [
            (ExitCode.broken, "breaks"), (.inconclusive, "inconclusive"), (.invalid, "invalid"),
            (.programFault, "fault of the program"), (.notDeterministic, "not deterministic"),
        ] {
            let seeds = summary.seeds(code)
            if !seeds.isEmpty {
                lines += "\(word) with \(seeds.count == 1 ? "seed" : "seeds") \(Self.list(seeds))".wrapped(
                    to: TextReport.width, indent: "  ")
            }
        }
        return lines
    }

    /// Neighbouring seeds as ranges; the first dozen.
    static func list(_ seeds: [UInt64]) -> String {
        var ranges: [ClosedRange<UInt64>] = []
        for seed in seeds {
            if let last = ranges.last, last.upperBound + 1 == seed {
                ranges[ranges.count - 1] = last.lowerBound...seed
            } else {
                ranges.append(seed...seed)
            }
        }
        let texts = ranges.prefix(12).map {
            $0.count == 1
                ? "\($0.lowerBound)"
                : $0.count == 2 ? "\($0.lowerBound), \($0.upperBound)" : "\($0.lowerBound)–\($0.upperBound)"
        }
        let more = ranges.dropFirst(12).reduce(0) { $0 + $1.count }
        return texts.joined(separator: ", ") + (more > 0 ? " and \(Format.count(more)) more" : "")
    }

    // MARK: Tables

    private static let percents: [(title: String, value: Double)] = [
        ("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p99.9", 99.9),
    ]

    /// Percentiles of all runs' requests together, and below them means over the runs with their 95 % intervals.
    private var outcomesSection: [String] {
        guard !summary.lines.isEmpty else { return ["No request was made."] }
        var pooled = Table(
            [("requests", .left), ("outcome", .left), ("count", .right)]
                + Self.percents.map { ($0.title, .right) } + [("max", .right)])
        var means = Table(
            [("requests", .left), ("outcome", .left), ("count", .right), ("share", .right)]
                + [("p50", .right), ("p95", .right), ("p99", .right), ("max", .right)])
        var previous = ""
        for line in summary.lines {
            let name = line.flow == previous ? "" : Format.words(line.flow)
            previous = line.flow
            pooled.add(
                [name, line.label, Format.count(Int(line.counts.reduce(0, +)))]
                    + Self.percents.map { Format.duration(line.latency.percentile($0.value)) }
                    + [Format.duration(line.latency.merged.maximum)])
            means.add(
                [name, line.label, Self.number(line.counts), Self.percent(line.shares)]
                    + [50, 95, 99].map { Self.seconds(line.latency.interval($0)) }
                    + [Self.seconds(SeedsSummary.interval(line.maxima))])
        }
        return ["All runs together:"] + pooled.lines(style: style)
            + ["", "Means of a run, with their 95 % confidence intervals:"] + means.lines(style: style)
    }

    private var resourcesSection: [String] {
        let names = rankedResources.prefix(TextReport.resourceLines)
        guard !names.isEmpty else { return [] }
        var table = Table([
            ("resource", .left), ("max in use", .right), ("utilisation", .right), ("mean queue", .right),
            ("max queue", .right), ("wait p99", .right), ("rejected", .right), ("timed out", .right),
        ])
        for name in names {
            let figures = summary.resources[name] ?? [:]
            func count(_ figure: ResourceResult.Figure) -> String { Self.number(figures[figure] ?? []) }
            table.add([
                name, count(.maximumInUse), Self.percent(figures[.utilisation] ?? []), count(.meanQueue),
                count(.maximumQueue), Self.seconds(SeedsSummary.interval(figures[.waitP99])), count(.rejections),
                count(.timeouts),
            ])
        }
        return table.lines(style: style)
    }

    /// In the order of the single run's report, without those that nobody waited for.
    private var rankedResources: [String] {
        func mean(_ name: String, _ figure: ResourceResult.Figure) -> Double {
            SeedsSummary.interval(summary.resources[name]?[figure])?.mean ?? 0
        }
        func refused(_ name: String) -> Bool { mean(name, .rejections) + mean(name, .timeouts) > 0 }
        return summary.resourceNames
            .filter { refused($0) || mean($0, .meanQueue) >= 0.01 || mean($0, .utilisation) >= 0.05 }
            .sorted { left, right in
                if refused(left) != refused(right) { return refused(left) }
                let queues = (mean(left, .meanQueue), mean(right, .meanQueue))
                if queues.0 != queues.1 { return queues.0 > queues.1 }
                let busy = (mean(left, .utilisation), mean(right, .utilisation))
                return busy.0 != busy.1 ? busy.0 > busy.1 : left < right
            }
    }

    private var storesSection: [String] {
        var lines: [String] = []
        if !summary.hitRates.isEmpty { lines.append("cache hit rate: \(Self.percent(summary.hitRates))") }
        for store in summary.stores {
            let runs = summary.failoverRuns[store] ?? 0
            var parts: [String] = []
            for figure in FailoverResult.Figure.allCases {
                guard let values = summary.failovers[store]?[figure] else {
                    if figure != .lostOrders, figure != .readsResumed {
                        parts.append("never \(Format.words(figure.rawValue))")
                    }
                    continue
                }
                let isCount = figure == .requestsAffected || figure == .lostOrders
                let value = isCount ? Self.number(values) : Self.seconds(SeedsSummary.interval(values))
                let share = values.count < runs ? " (in \(Format.count(values.count)))" : ""
                parts.append("\(Format.words(figure.rawValue)) \(value)\(share)")
            }
            let text = "failover of \(store) in \(Format.plural(runs, "run")): \(parts.joined(separator: ", "))"
            lines += text.wrapped(to: TextReport.width, indent: "    ")
        }
        return lines
    }

    private var checksSection: [String] {
        var lines: [String] = []
        let checks =
            (summary.invariants + summary.expectations).map { ("holds", $0) }
            + summary.faults.map { ("has an effect", $0) }
        for (verb, check) in checks {
            let isGood = check.passed == check.runs
            let word = isGood ? style.paint(.good, "ok    ") : style.paint(.bad, "BROKEN")
            var text = "\(check.name): \(verb) in \(Format.count(check.passed)) of \(Format.count(check.runs))"
            if let broken = check.firstBroken { text += "; with seed \(broken.seed): \(broken.detail)" }
            let wrapped = text.wrapped(to: TextReport.width - 8, indent: "   ")
            lines += wrapped.enumerated().map { $0 == 0 ? "\(word)  \($1)" : "        \($1)" }
        }
        return lines
    }

    private var footer: [String] {
        let events = summary.runs.reduce(UInt64(0)) { $0 &+ $1.events }
        let simulated = summary.runs.reduce(TimeSpan.zero) { $0 + $1.simulated }
        var digest = TraceDigest()
        for run in summary.runs { digest.mix(run.digest.value) }
        let seeds = summary.runs.map(\.seed)
        return [
            "seeds \(Self.list(seeds)), digest of all \(digest), \(Format.count(Int(clamping: events))) events, "
                + "\(Format.duration(simulated)) simulated in \(Format.seconds(summary.wallSeconds)) of all threads together",
            replay.text(seed: summary.decisive?.seed ?? 0),
        ]
    }

    // MARK: Cells

    private static func number(_ values: [Double]) -> String {
        guard let interval = SeedsSummary.interval(values) else { return Format.nothing }
        return Format.spread(interval.mean, interval.halfWidth)
    }

    private static func percent(_ values: [Double]) -> String {
        guard let interval = SeedsSummary.interval(values) else { return Format.nothing }
        return "\(Format.spread(interval.mean * 100, interval.halfWidth * 100, isCount: false)) %"
    }

    private static func seconds(_ interval: ConfidenceInterval?) -> String {
        guard let interval else { return Format.nothing }
        return Format.seconds(interval.mean, halfWidth: interval.halfWidth)
    }
}
