import SimNodes
import Topology

/// `claims`: what the documents of a design say, measured.
enum ClaimsCommand: Command {
    static let syntax = CommandSyntax(
        name: "claims", summary: "Measures what a design's documents claim, and says what holds.",
        operands: "[ID|DESIGN…]", operandCount: 0...Int.max,
        options: [
            CommandOption("--from", "PATH", "Where the claims stand, a file or a folder (default: configs/claims)."),
            CommandOption("--jobs", "N", "Run so many universes at once (default: one a core)."),
            CommandOption("--brief", nil, "Print the table alone."),
            CommandOption("--json", "FILE", "Write the ledger to this file."),
        ],
        notes: """
            A claim's file quotes what is stated, and names the situations in which it is measured; what comes out is
            decided by the runs alone. A claim holds when every expectation holds in every situation, with the 95 %
            interval of its mean clear of the threshold; it is refuted when one fails where the claim is made,
            conditional when it fails only elsewhere, inconclusive when an interval lies across the threshold.
            Situations are run with the seeds 1, 2, 3, …: 5, and twice as many until all is clear, or known to within
            3 %, or the file's cap is reached.
            The exit code is 0 when every claim that can be measured holds, 99 when one is refuted or conditional, 111
            when one is undecided, 104 for wrong files, 105 when interrupted, 107 for a fault of the program.
            """)

    /// Where the claims of the designs stand.
    private static let folder = "configs/claims"

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let request = try ClaimsRequest(arguments)
        let all: [ClaimCase]
        do throws(ConfigurationErrors) {
            let files = try TextFile.readAll([arguments.text("--from") ?? folder], kind: "claim") {
                path throws(ConfigurationErrors) in try ClaimCase.load(path: path)
            }
            all = files.map(\.content)
            try checkNames(all)
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        let claims = try request.choose(from: all)
        let isInterrupted = Monitor(false)
        Interruption.observe { isInterrupted.update { $0 = true } }
        var progress = ProgressLine(console: console)
        var planned = 0
        let metrics = Set(claims.flatMap { $0.situations.flatMap(\.metrics) })
        let laboratory = Laboratory(threads: request.threads) {
            Simulation.run($0, seed: $1).keeping(metrics)
        } isInterrupted: {
            isInterrupted.update { $0 }
        } observe: { made in
            progress.show { "\(Format.count(made)) of \(Format.count(planned)) runs, \(Int($0)) s" }
        }
        let ledger = ClaimLedger(claims, laboratory) { planned = laboratory.runs + $0 }
        progress.clear()
        let report = ClaimsReport(
            ledger: ledger, runs: laboratory.runs, events: laboratory.events, style: console.style)
        console.out(request.isBrief ? report.brief : report.text)
        do throws(AtomicFile.Failure) { try request.json?.write(report.json.prettyText) } catch {
            console.err("\(Program.name): --json: \(error.message)\n")
            return ExitCode.programFault.rawValue
        }
        return report.code.rawValue
    }

    /// A name means one claim.
    private static func checkNames(_ claims: [ClaimCase]) throws(ConfigurationErrors) {
        var errors: [ConfigurationError] = []
        for (index, claim) in claims.enumerated() {
            guard let other = claims[..<index].first(where: { $0.claim.id == claim.claim.id }) else { continue }
            errors.append(
                ConfigurationError(
                    place: SourcePlace(file: claim.path, line: 0, column: 0), path: ["id"],
                    cause: "\"\(claim.claim.id)\" is the name of the claim in \(other.path) too",
                    remedy: "rename one of them", kind: .meaning))
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    }
}

/// What a `claims` command line asks for.
private struct ClaimsRequest {
    /// Names of claims or designs; empty: all.
    let names: [String]
    let threads: Int
    let isBrief: Bool
    let json: AtomicFile?

    init(_ arguments: Arguments) throws(UsageError) {
        names = arguments.operands
        threads = try arguments.integer("--jobs", in: 1...1024) ?? WorkerThread.cores
        isBrief = arguments.has("--brief")
        json = arguments.text("--json").map { AtomicFile(path: $0) }
        do throws(AtomicFile.Failure) { try json?.check() } catch { throw UsageError("--json: \(error.message)") }
    }

    /// The claims that were asked for, in the order of their files.
    func choose(from all: [ClaimCase]) throws(UsageError) -> [ClaimCase] {
        if names.isEmpty { return all }
        let known = all.map(\.claim.id) + Self.designs(of: all)
        for name in names where !known.contains(name) {
            throw UsageError("there is no claim \"\(name)\"; \(Suggestions.remedy(for: name, among: known))")
        }
        return all.filter { names.contains($0.claim.id) || names.contains($0.claim.design) }
    }

    private static func designs(of claims: [ClaimCase]) -> [String] {
        claims.map(\.claim.design).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
