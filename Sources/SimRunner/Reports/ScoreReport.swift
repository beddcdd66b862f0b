import SimNodes
import Topology

/// What each bug's search came to, and what it says about the net.
struct ScoreReport {
    static let format = "stampede.score/1"
    let board: Scoreboard
    let style: Style

    var code: ExitCode {
        if board.scores.contains(where: { $0.programFault != nil }) { return .programFault }
        if board.scores.isEmpty { return .inconclusive }
        return board.caught == board.scores.count && board.falseAlarms == 0 ? .holds : .broken
    }

    var text: String {
        [heading, table.lines(style: style), notes].filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }

    private var verdict: Verdict {
        let missed = board.scores.filter { !$0.isCaught }.map { "\($0.pair.defect.number)" }
        if board.scores.isEmpty { return Verdict(.inconclusive, "no bug was put in") }
        if !missed.isEmpty {
            let list = missed.joined(separator: ", ")
            return Verdict(.breaks, "\(missed.count) of \(board.scores.count) bugs not caught: \(list)")
        }
        if board.falseAlarms > 0 {
            return Verdict(.breaks, "\(Format.plural(board.falseAlarms, "false alarm")) on sound twins")
        }
        return Verdict(.holds, "all \(board.scores.count) bugs caught, no false alarm")
    }

    private var heading: [String] {
        var lines = "\(TextReport.verdictWord(verdict.kind, style)): \(verdict.reason)".wrapped(
            to: TextReport.width, indent: "  ")
        if let median = board.quantileOfMedians(0.5), let slow = board.quantileOfMedians(0.9) {
            lines.append(
                "\(board.caught) of \(Format.plural(board.scores.count, "bug")) caught; seeds until caught: median "
                    + "\(Format.count(median)), 90th percentile \(Format.count(slow))")
        }
        lines.append(
            "\(Format.plural(board.controls, "run")) of sound twins: \(Format.plural(board.falseAlarms, "false alarm"))"
        )
        let catchers = board.catchers().map { "\($0.invariant) \($0.defects)" }.joined(separator: ", ")
        if !catchers.isEmpty { lines.append("bugs caught by invariant: \(catchers)") }
        return lines
    }

    private var table: Table {
        var table = Table([
            ("bug", .left), ("needs", .left), ("caught by", .left), ("first seed", .right), ("median", .right),
            ("90 %", .right), ("runs", .right), ("controls", .right), ("alarms", .right),
        ])
        for score in board.scores {
            let defect = score.pair.defect
            let catches = score.catches.filter { $0.runs > 0 }.map { "\($0.invariant) ×\($0.runs)" }
            table.add([
                "\(defect.number) \(defect.name)", defect.needs ?? Format.nothing,
                score.isCaught ? catches.joined(separator: ", ") : style.paint(.bad, "NOT CAUGHT"),
                score.firstSeed.map { "\($0)" } ?? Format.nothing, count(score.median),
                count(DefectScore.quantile(0.9, of: score.seedsUntilCaught)), Format.count(score.runs),
                Format.count(score.controls), Format.count(score.falseAlarms.count),
            ])
        }
        return table
    }

    private func count(_ number: Int?) -> String { number.map { Format.count($0) } ?? Format.nothing }

    /// What a person has to look at.
    private var notes: [String] {
        var lines: [String] = []
        for score in board.scores {
            let name = "\(score.pair.defect.number) \(score.pair.defect.name)"
            if let fault = score.programFault { lines.append("FAULT OF THE PROGRAM in \(name), \(fault)") }
            if let alarm = score.falseAlarms.first {
                lines += "false alarm of \(name), seed \(alarm.seed): \(alarm.invariant), \(alarm.detail)".wrapped(
                    to: TextReport.width, indent: "  ")
            }
            for excused in score.excused where excused.runs > 0 {
                let why = score.pair.defect.beside[excused.invariant] ?? ""
                let runs = "\(excused.invariant) broke in \(excused.runs) of \(score.controls) runs"
                lines += "\(name): the sound twin's \(runs), as expected: \(why)".wrapped(
                    to: TextReport.width, indent: "  ")
            }
        }
        return lines
    }

    // MARK: - JSON

    func json(_ code: ExitCode) -> JSONNode {
        JSONReport.object([
            ("format", .string(Self.format)), ("program", .string("\(Program.name) \(Program.version)")),
            ("exitCode", .integer(Int(code.rawValue))), ("verdict", JSONReport.verdict(verdict)),
            ("medianSeedsUntilCaught", optional(board.quantileOfMedians(0.5))),
            ("p90SeedsUntilCaught", optional(board.quantileOfMedians(0.9))),
            ("bugs", .array(board.scores.map(entry))),
        ])
    }

    private func optional(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }

    private func entry(_ score: DefectScore) -> JSONNode {
        let defect = score.pair.defect
        func tally(_ counts: [(invariant: String, runs: Int)]) -> JSONValue {
            .object(counts.map { JSONMember(key: $0.invariant, value: JSONNode(.integer($0.runs))) })
        }
        return JSONReport.object([
            ("number", .integer(defect.number)), ("name", .string(defect.name)), ("path", .string(score.pair.path)),
            ("needs", defect.needs.map { .string($0) } ?? .null), ("caught", .bool(score.isCaught)),
            ("firstSeed", score.firstSeed.map { JSONReport.seed($0) } ?? .null), ("runs", .integer(score.runs)),
            ("seedsUntilCaught", .array(score.seedsUntilCaught.map { JSONNode(.integer($0)) })),
            ("catches", tally(score.catches)), ("controls", .integer(score.controls)),
            ("excused", tally(score.excused)),
            (
                "falseAlarms",
                .array(
                    score.falseAlarms.prefix(20).map {
                        JSONReport.object([
                            ("seed", JSONReport.seed($0.seed)), ("invariant", .string($0.invariant)),
                            ("detail", .string($0.detail)),
                        ])
                    })
            ),
        ])
    }
}
