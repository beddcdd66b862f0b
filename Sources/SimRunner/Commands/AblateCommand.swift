import SimNodes
import Topology

/// `ablate`: takes the layers of protection away, in every combination, to see which of them carries what.
enum AblateCommand: Command {
    static let syntax = CommandSyntax(
        name: "ablate", summary: "Takes a design's layers away, in every combination, under every family of faults.",
        operands: "SCENARIO", operandCount: 1...1,
        options: [
            CommandOption("--runs", "N", "Runs of each combination under each family (default: 500)."),
            CommandOption("--faults", "LIST", "Only these families, such as crash,pause; \"none\" is one of them."),
            CommandOption("--story-runs", "N", "Runs that shrinking one story may take (default: 200; 0: no stories)."),
            CommandOption("--jobs", "N", "Run so many universes at once (default: one a core)."),
            CommandOption("--set", "PATH=VALUE", "Change the scenario or its topology.", repeats: true),
            CommandOption("--out", "FOLDER", "Write the shortest story of each cell there, as capsules."),
            CommandOption("--json", "FILE", "Write all numbers to this file."),
        ],
        notes: """
            The layers are those of the reference design: L the distributed lock, T the database transaction with its row
            lock, V the conditions of the update (version, enough stock), C the stock in Redis; a layer that the design
            doesn't have is left out. Every combination meets the same faults, users and times. The speed is that of a
            sale in which all come at once and there is enough for everybody.
            The exit code is 0, whatever breaks: nothing is judged here; 105 when interrupted, 107 for a fault of the
            program.
            """)

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let request = try AblateRequest(arguments)
        let scenario: Scenario
        do throws(ConfigurationErrors) {
            scenario = try ScenarioLoader.load(path: request.path, overrides: arguments.texts("--set"))
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        let isInterrupted = Monitor(false)
        Interruption.observe { isInterrupted.update { $0 = true } }
        var progress = ProgressLine(console: console)
        var done = 0
        let ablation = Ablation(scenario, families: request.families, request.effort, threads: request.threads) {
            isInterrupted.update { $0 }
        } observe: { cell, count in
            done += 1
            progress.show { "\(done) of \(count) cells, \(Int($0)) s, last: \(cell.layers.code)" }
        }
        progress.clear()
        let report = AblationReport(
            path: request.path, title: scenario.title, ablation: ablation, effort: request.effort,
            folder: request.folder, style: console.style)
        console.out(report.text)
        let code = isInterrupted.update { $0 } ? .interrupted : report.code
        do throws(AtomicFile.Failure) {
            if let folder = request.folder { try write(ablation, to: folder) }
            try request.json?.write(report.json(code).prettyText)
        } catch {
            console.err("\(Program.name): \(error.message)\n")
            return ExitCode.programFault.rawValue
        }
        return code.rawValue
    }

    private static func write(_ ablation: Ablation, to folder: String) throws(AtomicFile.Failure) {
        FileSystem.makeFolder(folder)
        for cell in ablation.cells {
            guard let story = cell.story else { continue }
            let file = AtomicFile(path: "\(folder)/\(AblationReport.name(of: cell)).json")
            try file.write(Capsule(story, version: Program.version).text)
        }
    }
}

/// What an `ablate` command line asks for.
private struct AblateRequest {
    let path: String
    let families: [String?]
    let effort: Ablation.Effort
    let threads: Int
    let folder: String?
    let json: AtomicFile?

    init(_ arguments: Arguments) throws(UsageError) {
        path = arguments.operands[0]
        var effort = Ablation.Effort()
        effort.runs = try arguments.integer("--runs", in: 1...1_000_000) ?? effort.runs
        effort.runsPerStory = try arguments.integer("--story-runs", in: 0...1_000_000) ?? effort.runsPerStory
        self.effort = effort
        threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        folder = arguments.text("--out")
        json = arguments.text("--json").map { AtomicFile(path: $0) }
        do throws(AtomicFile.Failure) { try json?.check() } catch { throw UsageError("--json: \(error.message)") }
        guard let list = arguments.text("--faults") else {
            families = Ablation.families
            return
        }
        let known = Ablation.families.compactMap { $0 } + [AblationReport.noFault]
        let words = list.split(separator: ",").map(String.init)
        guard !words.isEmpty else { throw UsageError("--faults: the list is empty; write for example crash,pause") }
        for word in words where !known.contains(word) {
            throw UsageError(
                "--faults: there is no family \"\(word)\"; \(Suggestions.remedy(for: word, among: known))")
        }
        families = Ablation.families.filter { words.contains($0 ?? AblationReport.noFault) }
    }
}
