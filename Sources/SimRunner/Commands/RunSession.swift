import SimNodes
import Topology

/// The runs of one command: collects what they showed, and reports each scenario as soon as it is complete.
struct RunSession {
    let request: RunRequest
    let console: Console
    private var entries: [JSONReport.Entry] = []
    private var verdicts: [(path: String, verdict: Verdict, code: ExitCode)] = []
    private var summary: SeedsSummary?
    private var summaryIndex = 0

    init(request: RunRequest, console: Console) { (self.request, self.console) = (request, console) }

    /// Makes all runs; false after an interruption.
    mutating func run(_ simulator: Simulator, interruption: UniversePool.Interrupter) -> Bool {
        let pool = UniversePool(simulator: simulator, threads: request.threads)
        var progress = ProgressLine(console: console)
        var outcomes: [UniverseOutcome] = []
        // The closures can't both change the session, so outcomes wait here until the progress line is away.
        let isComplete = pool.run(request.jobs, interruption: interruption) {
            if !outcomes.isEmpty {
                if prints(outcomes) { progress.clear() }
                for outcome in outcomes { take(outcome) }
                outcomes = []
            }
            progress.show($0)
        } deliver: {
            outcomes.append($0)
        }
        progress.clear()
        for outcome in outcomes { take(outcome) }
        closeSeries()
        return isComplete
    }

    /// Whether these complete a report, which must not begin behind a progress line.
    private func prints(_ outcomes: [UniverseOutcome]) -> Bool {
        !request.isSeries || outcomes.contains { $0.job.scenarioIndex != summaryIndex }
    }

    private mutating func take(_ outcome: UniverseOutcome) {
        let index = outcome.job.scenarioIndex
        guard request.isSeries else {
            show(outcome)
            return
        }
        if summaryIndex != index { closeSeries() }
        summaryIndex = index
        var summary = self.summary ?? SeedsSummary()
        self.summary = nil
        summary.add(outcome)
        self.summary = summary
    }

    private mutating func show(_ outcome: UniverseOutcome) {
        let replay = request.replay(outcome.job.scenarioIndex)
        if request.isQuiet {
            let path = request.paths.count > 1 ? replay.path : nil
            console.out(TextReport.headline(outcome.result, path: path, style: console.style) + "\n")
            if outcome.repetition?.isSame == false { console.out("  NOT DETERMINISTIC: a second run differs\n") }
        } else {
            separate()
            console.out(TextReport(outcome, replay: replay, style: console.style).text)
        }
        if request.json != nil { entries.append(.init(replay: replay, content: .run(outcome))) }
        let verdict =
            outcome.exitCode == .notDeterministic
            ? Verdict(.invalid, "the run is not deterministic") : outcome.result.verdict
        verdicts.append((replay.path, verdict, outcome.exitCode))
    }

    private mutating func closeSeries() {
        guard let summary else { return }
        self.summary = nil
        let replay = request.replay(summaryIndex)
        if request.isQuiet {
            let path = request.paths.count > 1 ? replay.path : nil
            console.out(SeedsReport.headline(summary, path: path, style: console.style) + "\n")
        } else {
            separate()
            console.out(SeedsReport(summary: summary, replay: replay, style: console.style).text)
        }
        if request.json != nil { entries.append(.init(replay: replay, content: .seeds(summary))) }
        verdicts.append((replay.path, summary.verdict, summary.code))
    }

    private func separate() {
        if !verdicts.isEmpty { console.out("\n" + String(repeating: "-", count: 72) + "\n\n") }
    }

    /// Prints the summary of several scenarios, writes the JSON, and decides on the exit code.
    func finish(isComplete: Bool) -> ExitCode {
        var code = isComplete ? ExitCode.worst(verdicts.map(\.code)) : .interrupted
        if request.paths.count > 1, !request.isQuiet {
            let heads = Table.aligned(
                verdicts.map { [TextReport.verdictWord($0.verdict.kind, console.style), $0.path, "|"] })
            separate()
            for (head, verdict) in zip(heads, verdicts) {
                let start = head.dropLast()
                let indent = String(repeating: " ", count: String(start).displayWidth)
                let reason = verdict.verdict.reason.wrapped(to: max(40, TextReport.width - indent.count), indent: "")
                console.out(start + reason.joined(separator: "\n" + indent) + "\n")
            }
        }
        if !isComplete {
            let jobs = request.jobs.count
            let runs = request.isSeries ? "run" : "scenario"
            console.err("\(Program.name): interrupted; not all of \(Format.plural(jobs, runs)) were finished\n")
        }
        if let json = request.json {
            let document = JSONReport.document(entries, code: code, isComplete: isComplete)
            do throws(AtomicFile.Failure) {
                try json.write(document.prettyText)
            } catch {
                console.err("\(Program.name): --json: \(error.message)\n")
                code = ExitCode.worst([code == .interrupted ? .holds : code, .programFault])
            }
        }
        return code
    }
}
