import SimNodes
import Topology

/// `score`: how good the net is: every named bug put in, and what caught it.
enum ScoreCommand: Command {
    static let syntax = CommandSyntax(
        name: "score", summary: "Puts named bugs in, one at a time, and tells what catches each, and how soon.",
        operands: "[PATH…]", operandCount: 0...Int.max,
        options: [
            CommandOption("--seeds", "N", "Give a bug up after so many seeds (default: 2000)."),
            CommandOption("--catches", "N", "Go on until it has been caught so often (default: 10)."),
            CommandOption("--controls", "N", "Runs of all sound twins together (default: 20000)."),
            CommandOption("--jobs", "N", "Run so many universes at once (default: one a core)."),
            CommandOption("--print", "SIDE", "Print one bug's scenario, \"defect\" or \"sound\", and run nothing."),
            CommandOption("--json", "FILE", "Write the scores to this file."),
        ],
        notes: """
            A path is a file as in configs/defects, or a folder of them (default: configs/defects). For each bug the
            defective scenario is run with the seeds 0, 1, 2, … until it has been caught often enough; its sound twin,
            which differs in the bug alone, must raise no alarm. For a single bug the shortest story is told as well.
            The exit code is 0 when every bug was caught and no twin raised an alarm, 99 otherwise, 105 when interrupted.
            """)

    /// Where the bugs of the reference design stand.
    private static let folder = "configs/defects"

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let request = try ScoreRequest(arguments)
        let pairs: [DefectPair]
        do throws(ConfigurationErrors) {
            let operands = arguments.operands.isEmpty ? [folder] : arguments.operands
            pairs = try TextFile.readAll(operands, kind: "defect") { path throws(ConfigurationErrors) in
                try DefectPair.load(path: path)
            }.map(\.content)
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        if let side = request.side {
            guard pairs.count == 1 else { throw UsageError("--print needs one bug, not \(pairs.count)") }
            console.out((side == .defect ? pairs[0].defective : pairs[0].sound).json.prettyText)
            return ExitCode.holds.rawValue
        }
        let isInterrupted = Monitor(false)
        Interruption.observe { isInterrupted.update { $0 = true } }
        var progress = ProgressLine(console: console)
        var count = 0
        let board = Scoreboard(pairs, request.effort(for: pairs.count), threads: request.threads) {
            isInterrupted.update { $0 }
        } observe: { score in
            count += 1
            progress.show { "\(count) of \(pairs.count) bugs, \(Int($0)) s, last: \(score.pair.defect.name)" }
        }
        progress.clear()
        let report = ScoreReport(board: board, style: console.style)
        console.out(report.text)
        if pairs.count == 1, let score = board.scores.first { console.out(story(of: score)) }
        let code = isInterrupted.update { $0 } ? .interrupted : report.code
        if let file = request.json {
            do throws(AtomicFile.Failure) { try file.write(report.json(code).prettyText) } catch {
                console.err("\(Program.name): --json: \(error.message)\n")
                return ExitCode.programFault.rawValue
            }
        }
        return code.rawValue
    }

    /// The first run that was caught, made small.
    private static func story(of score: DefectScore) -> String {
        guard let seed = score.firstSeed, let invariant = score.catches.first(where: { $0.runs > 0 })?.invariant
        else { return "" }
        let variant = Explorer(score.pair.defective, faults: score.pair.isSwarm ? .swarm : .configured)
            .variant(seed: seed)
        // Caught by one invariant first and by another most often: the story is of the seed's own.
        let found =
            Counterexample.shrunk(variant, seed: seed, invariant: invariant)
            ?? Counterexample.shrunk(variant, seed: seed)
        return found.map { "\n\($0)\n" } ?? ""
    }
}

/// What a `score` command line asks for.
private struct ScoreRequest {
    enum Side: String, CaseIterable { case defect, sound }

    let mostSeeds: Int
    let catches: Int
    let controls: Int
    let threads: Int
    let side: Side?
    let json: AtomicFile?

    init(_ arguments: Arguments) throws(UsageError) {
        mostSeeds = try arguments.integer("--seeds", in: 1...10_000_000) ?? 2_000
        catches = try arguments.integer("--catches", in: 1...100_000) ?? 10
        controls = try arguments.integer("--controls", in: 0...100_000_000) ?? 20_000
        threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        json = arguments.text("--json").map { AtomicFile(path: $0) }
        do throws(AtomicFile.Failure) { try json?.check() } catch { throw UsageError("--json: \(error.message)") }
        guard let word = arguments.text("--print") else {
            side = nil
            return
        }
        guard let side = Side(rawValue: word) else {
            let remedy = Suggestions.remedy(for: word, among: Side.allCases.map(\.rawValue))
            throw UsageError("--print: there is no side \"\(word)\"; \(remedy)")
        }
        self.side = side
    }

    /// The controls are shared out evenly, at least so many in all.
    func effort(for defects: Int) -> DefectScore.Effort {
        var effort = DefectScore.Effort()
        (effort.mostSeeds, effort.catches) = (mostSeeds, catches)
        effort.controls = (controls + defects - 1) / max(defects, 1)
        return effort
    }
}
