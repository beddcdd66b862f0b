import Topology

/// A run that breaks an invariant, or the news that none was found.
public struct BrokenRun: Sendable {
    /// Nil when none was found.
    public let run: ExploredRun?
    private let origin: ExplorationOrigin

    init(run: ExploredRun?, of origin: ExplorationOrigin) { (self.run, self.origin) = (run, origin) }

    public var seed: UInt64? { run?.seed }
    public var violations: [Violation] { run?.violations ?? [] }

    /// The scenario that was run; nil when none was found, or when the runs were made elsewhere.
    public var variant: Scenario? {
        guard let run else { return nil }
        return origin.explorer?.variant(seed: run.seed)
    }

    /// The run made as small as it can be; nil when none was found.
    ///
    /// - Parameters:
    ///   - invariant: which one has to stay broken; nil: the worst that is.
    ///   - mostRuns: the shrinking ends with what it has after so many runs.
    public func shrunk(_ invariant: String? = nil, mostRuns: Int = 2_000) -> Counterexample? {
        guard let run, let variant else { return nil }
        return Counterexample.shrunk(variant, seed: run.seed, invariant: invariant, mostRuns: mostRuns)
    }

    /// What to type, or to write in a test, to see the run again; nil when none was found.
    public var replay: String? {
        guard let run else { return nil }
        // Generators of the user's own are code: the command line doesn't have them.
        guard let source = origin.source, origin.explorer?.mutators.isEmpty ?? true else {
            return "Explorer(…).run(seed: \(run.seed))"
        }
        let words = [source.path] + source.settings.flatMap { ["--set", $0] }
        let tail = words.map(ShellWord.quoted).joined(separator: " ")
        switch origin.faults {
        case .configured: return "swift run -c release SimRunner run \(tail) --seed \(run.seed)"
        case .swarm:
            return "swift run -c release SimRunner explore \(tail) --variant \(run.seed) > seed-\(run.seed).json && "
                + "swift run -c release SimRunner run seed-\(run.seed).json"
        }
    }
}

extension BrokenRun: CustomStringConvertible {
    /// Seed, what broke with its evidence, the faults, and how to see it again.
    public var description: String {
        guard let run else { return "no run broke an invariant" }
        var lines: [String] = []
        for invariant in run.broken {
            lines.append("seed \(run.seed) breaks \(invariant.id) \(invariant.title): \(invariant.detail)")
            lines += invariant.violations.prefix(3).map { "   \($0.text)" }
        }
        lines += run.faultTexts.map { "   fault: \($0)" }
        if let replay { lines.append(replay) }
        return lines.joined(separator: "\n")
    }
}

/// Words of a command line.
package enum ShellWord {
    /// As a POSIX shell takes it back unchanged.
    package static func quoted(_ word: String) -> String {
        let safe = word.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "-_./=:,%+@".unicodeScalars.contains($0)
        }
        if safe, !word.isEmpty { return word }
        var text = "'"
        for character in word { text += character == "'" ? "'\\''" : String(character) }
        return text + "'"
    }
}
