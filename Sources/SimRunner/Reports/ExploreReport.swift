import SimNodes
import Topology

/// What an exploration found. Nothing in it depends on the machine, on the time it took or on how it was shared out.
struct ExploreReport {
    let header: ExplorationFile.Header
    let found: Exploration
    let style: Style

    var text: String {
        let sections = [heading, breakages, counterexamples, families, situations, holes, footer]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    static func code(_ found: Exploration) -> ExitCode {
        if found.programFault != nil { return .programFault }
        if found.runs == 0 { return .inconclusive }
        return found.brokenRuns > 0 ? .broken : .holds
    }

    private var verdict: Verdict {
        if found.runs == 0 { return Verdict(.inconclusive, "no run was made") }
        guard let first = found.firstCounterexample.seed else {
            return Verdict(.holds, "\(Format.plural(found.runs, "run")) kept every invariant")
        }
        let list = found.breakages.map { "\($0.id) in \(Format.count($0.runs))" }.joined(separator: ", ")
        return Verdict(
            .breaks,
            "\(Format.count(found.brokenRuns)) of \(Format.plural(found.runs, "run")) broke an invariant (\(list)), "
                + "the first with seed \(first)")
    }

    // MARK: Sections

    private var heading: [String] {
        var lines = "\(TextReport.verdictWord(verdict.kind, style)): \(verdict.reason)".wrapped(
            to: TextReport.width, indent: "  ")
        lines.append(header.title.isEmpty ? header.source.path : "\(header.title) (\(header.source.path))")
        if let (seed, text) = found.programFault {
            lines += "FAULT OF THE PROGRAM with seed \(seed): \(text)".wrapped(to: TextReport.width, indent: "  ")
        }
        let shard = header.shard.count > 1 ? ", shard \(header.shard)" : ""
        let chance = found.chanceOfNews.map { ", one more run shows a new one with a chance of \(Format.percent($0))" }
        lines.append(
            "seeds \(header.seeds.lowerBound) to \(header.seeds.upperBound)\(shard), faults \(header.faults.rawValue)")
        lines += "\(Format.plural(found.distinctBehaviours, "distinct behaviour"))\(chance ?? "")".wrapped(
            to: TextReport.width, indent: "  ")
        return lines
    }

    private var breakages: [String] {
        guard !found.breakages.isEmpty else { return [] }
        var table = Table([
            ("broken", .left), ("runs", .right), ("share", .right), ("first seed", .right), ("there", .left),
        ])
        for breakage in found.breakages {
            table.add([
                "\(breakage.id) \(breakage.title)", Format.count(breakage.runs),
                Format.percent(Double(breakage.runs) / Double(found.runs)), "\(breakage.firstSeed)",
                breakage.firstDetail,
            ])
        }
        return table.lines(style: style)
    }

    /// The first run that broke each invariant.
    private var counterexamples: [String] {
        var lines: [String] = []
        var told: Set<UInt64> = []
        for breakage in found.breakages {
            guard told.insert(breakage.firstSeed).inserted,
                let example = found.counterexamples.first(where: { $0.seed == breakage.firstSeed })
            else { continue }
            if !lines.isEmpty { lines.append("") }
            lines.append(example.description)
        }
        return lines
    }

    private var families: [String] {
        guard !found.families.isEmpty else { return [] }
        var table = Table([
            ("fault", .left), ("drawn", .right), ("struck", .right), ("had effect", .right), ("runs", .right),
            ("of them broken", .right),
        ])
        for (verb, tally) in found.families {
            table.add([
                verb, Format.count(tally.drawn), Format.count(tally.struck), Format.count(tally.effective),
                Format.count(tally.runs),
                "\(Format.count(tally.brokenRuns)) (\(Format.percent(Double(tally.brokenRuns) / Double(tally.runs))))",
            ])
        }
        return table.lines(style: style)
    }

    private var situations: [String] {
        var table = Table([("reached", .left), ("runs", .right), ("what happened", .left)])
        for situation in Sometimes.allCases where found.runs(in: situation) > 0 {
            table.add([situation.name, Format.count(found.runs(in: situation)), situation.meaning])
        }
        return table.rows.isEmpty ? [] : table.lines(style: style)
    }

    private var holes: [String] {
        let holes = found.holes
        guard !holes.isEmpty else { return [] }
        let title = "HOLES: \(holes.count) of \(Sometimes.allCases.count) situations that no run reached"
        return [style.paint(.doubtful, title)] + Table.aligned(holes.map { ["  " + $0.name, $0.meaning] })
    }

    private var footer: [String] {
        let settings = header.source.settings.flatMap { ["--set", $0] }
        var words = ["explore", header.source.path] + settings
        words += [
            "--seeds", "\(header.seeds.lowerBound)...\(header.seeds.upperBound)", "--faults", header.faults.rawValue,
        ]
        if header.shard.count > 1 { words += ["--shard", "\(header.shard)"] }
        return [
            "\(Format.plural(found.runs, "run")), \(Format.count(found.requests)) requests, "
                + "\(Format.count(Int(found.events))) events",
            "swift run -c release \(Program.name) " + words.map(ShellWord.quoted).joined(separator: " "),
        ]
    }
}
