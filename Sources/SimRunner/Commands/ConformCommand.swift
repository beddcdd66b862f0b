import SimNodes
import Topology

/// `conform`: holds the model against recordings of real servers.
enum ConformCommand: Command {
    static let syntax = CommandSyntax(
        name: "conform", summary: "Replays recordings of real servers and shows where the model differs.",
        operands: "PATH…", operandCount: 1...Int.max,
        options: [
            CommandOption("--flavor", "NAME", "recorded (default): behave as the recorded server; mysql8: as MySQL 8."),
            CommandOption("--quiet", nil, "Print only files that differ and the summary."),
        ],
        notes: """
            A path is a recording (Tests/Fixtures/README.md has the format) or a folder, of which every .json file below
            it is taken. Exit code 0: everything that the model covers agrees; 99: something differs.
            """)

    /// How one server's recordings came out.
    fileprivate struct Count {
        var agreed = 0
        var differed = 0
        var notCovered = 0
    }

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let flavor = try flavor(arguments.text("--flavor"))
        let recordings: [(path: String, content: Recording)]
        do throws(ConfigurationErrors) {
            recordings = try TextFile.readAll(arguments.operands, kind: "recording") {
                path throws(ConfigurationErrors) in
                guard let bytes = TextFile.bytes(path) else { throw TextFile.nothing("recording", at: path) }
                return try Recording(bytes, file: path)
            }
        } catch {
            console.err(ConfigurationReport.text(error.all, style: .plain))
            return ExitCode.configuration.rawValue
        }
        var counts: [RecordedServer: Count] = [:]
        for (path, recording) in recordings {
            let outcome = recording.replay(as: flavor)
            counts[recording.server, default: Count()].add(outcome)
            if let line = line(path, outcome, isQuiet: arguments.has("--quiet")) { console.out(line + "\n") }
        }
        console.out(summary(counts))
        return (counts.values.contains { $0.differed > 0 } ? ExitCode.broken : .holds).rawValue
    }

    private static func flavor(_ word: String?) throws(UsageError) -> ReplayFlavor {
        guard let word else { return .recorded }
        guard let flavor = ReplayFlavor(rawValue: word) else {
            let names = ReplayFlavor.allCases.map(\.rawValue)
            throw UsageError("there is no flavor \"\(word)\"; \(Suggestions.remedy(for: word, among: names))")
        }
        return flavor
    }

    private static func line(_ path: String, _ outcome: ReplayOutcome, isQuiet: Bool) -> String? {
        switch outcome {
        case .agrees: isQuiet ? nil : "agrees       \(path)"
        case .disagrees(let difference): "differs      \(path): \(difference)"
        case .notCovered(let reason): isQuiet ? nil : "not covered  \(path): \(reason)"
        }
    }

    private static func summary(_ counts: [RecordedServer: Count]) -> String {
        var text = ""
        for server in RecordedServer.allCases {
            guard let count = counts[server] else { continue }
            let covered = count.agreed + count.differed
            var parts = covered > 0 ? ["\(count.agreed) of \(covered) agree"] : []
            if count.notCovered > 0 { parts.append("\(count.notCovered) not covered") }
            text += "\(server.rawValue): \(parts.joined(separator: ", "))\n"
        }
        return text
    }
}

extension ConformCommand.Count {
    mutating func add(_ outcome: ReplayOutcome) {
        switch outcome {
        case .agrees: agreed += 1
        case .disagrees: differed += 1
        case .notCovered: notCovered += 1
        }
    }
}
