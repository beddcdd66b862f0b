import SimNodes
import Topology

/// The capacity report: the verdict in its first line, then what each section found.
struct CapacityReport {
    static let format = "stampede.capacity/1"

    /// All sections, in the order of reading.
    static var sections: [any CapacitySection.Type] {
        [
            HandSection.self, TheorySection.self, SimulationSection.self, VerdictSection.self, KneeSection.self,
            SizingSection.self, OutageSection.self, RecoverySection.self, TornadoSection.self,
        ]
    }

    let path: String
    let settings: [String]
    let scenario: Scenario
    /// Those that were finished.
    private(set) var found: [any CapacitySection] = []
    /// Whether all that were asked for are there.
    private(set) var isComplete = true
    private(set) var runs = 0
    private(set) var events: UInt64 = 0

    /// Measures the sections one after the other; `observe` is told which comes next.
    init(
        path: String, settings: [String], study: CapacityStudy, sections: [any CapacitySection.Type] = Self.sections,
        observe: (String) -> Void = { _ in }
    ) {
        (self.path, self.settings, scenario) = (path, settings, study.scenario)
        do throws(Laboratory.Interrupted) {
            for section in sections {
                observe(section.title.lowercased())
                if let section = try section.measure(study) { found.append(section) }
            }
        } catch {
            isComplete = false
        }
        (runs, events) = (study.laboratory.runs, study.laboratory.events)
    }

    private var verdict: VerdictSection? { found.lazy.compactMap { $0 as? VerdictSection }.first }

    var code: ExitCode {
        guard let verdict = verdict?.verdict else { return isComplete ? .holds : .interrupted }
        return verdict.programFaults.isEmpty ? ExitCode(verdict.kind) : .programFault
    }

    /// The answer: the verdict, its cause, and the smallest change that mends it.
    func headline(style: Style) -> [String] {
        guard let verdict else {
            let word = isComplete ? "" : "\(style.paint(.doubtful, "INTERRUPTED")): before there was a verdict; "
            return ["\(word)\(Format.plural(runs, "run")) made"]
        }
        let remedy = verdict.verdict.kind == .breaks ? remedy : ""
        let word = TextReport.verdictWord(verdict.verdict.kind, style)
        return "\(word): \(verdict.sentence)\(remedy)".wrapped(to: TextReport.width, indent: "  ")
    }

    /// The smallest change that mends it; where none does, what is nearest, and what the design carries as it is.
    private var remedy: String {
        let changes = found.flatMap(\.smallestChanges)
        if !changes.isEmpty { return "; smallest change: \(changes.prefix(3).joined(separator: ", or "))" }
        let miss = found.lazy.compactMap(\.nearestMiss).first
        let load = found.lazy.compactMap(\.carries).first
        return [miss, load].compactMap { $0 }.map { "; \($0)" }.joined()
    }

    /// The whole report; it ends with a line break.
    func text(style: Style) -> String {
        let title = scenario.title.isEmpty ? path : "\(scenario.title) (\(path))"
        var parts = [headline(style: style) + [title]]
        for (index, section) in found.enumerated() {
            let heading = style.paint(.heading, "\(index + 1). \(type(of: section).title)")
            parts.append([heading] + section.lines(style: style))
        }
        parts.append(footer)
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var footer: [String] {
        var lines = ["\(Format.plural(runs, "run")), \(Format.count(Int(clamping: events))) events"]
        if let verdict { lines.append(ReplayCommand(path: path, settings: settings).text(seed: verdict.verdict.seed)) }
        return lines
    }

    func json(_ code: ExitCode) -> JSONNode {
        JSONReport.object(
            [
                ("format", .string(Self.format)), ("program", .string("\(Program.name) \(Program.version)")),
                ("exitCode", .integer(Int(code.rawValue))), ("complete", .bool(isComplete)), ("path", .string(path)),
                ("settings", .array(settings.map { JSONNode(.string($0)) })), ("title", .string(scenario.title)),
                ("answer", .string(headline(style: .plain).joined(separator: " ").singleSpaced)),
                ("runs", .integer(runs)), ("events", .integer(Int(clamping: events))),
            ] + found.map { (type(of: $0).name, $0.json.value) })
    }
}

extension String {
    /// Without the indentation that wrapping has put in.
    fileprivate var singleSpaced: String { split(separator: " ").joined(separator: " ") }
}
