import SimNodes
import Topology

/// Shrinks the first run that broke each invariant, tells its story, and writes it as a capsule.
struct StoryTeller {
    /// What the commands that tell stories have in common.
    static let options = [
        CommandOption("--shrink", "N", "Runs that shrinking one counterexample may take (default: 500; 0: none)."),
        CommandOption("--capsules", "FOLDER", "Where the shrunk counterexamples are written (default: capsules)."),
    ]

    let mostRuns: Int
    let folder: String

    init(_ arguments: Arguments) throws(UsageError) {
        mostRuns = try arguments.integer("--shrink", in: 0...10_000_000) ?? 500
        folder = arguments.text("--capsules") ?? "capsules"
    }

    /// Tells a story for each broken invariant.
    func tell(_ found: Exploration, console: Console) throws(AtomicFile.Failure) {
        guard mostRuns > 0 else { return }
        var progress = ProgressLine(console: console)
        for breakage in found.breakages {
            guard let broken = found.counterexamples.first(where: { $0.seed == breakage.firstSeed }),
                Defect.invariants.contains(breakage.id)
            else { continue }
            progress.show { "shrinking seed \(breakage.firstSeed), which breaks \(breakage.id), \(Int($0)) s" }
            guard let story = broken.shrunk(breakage.id, mostRuns: mostRuns) else { continue }
            progress.clear()
            console.out("\n\(story)\n\(try write(story))\n")
        }
        progress.clear()
    }

    /// Writes the capsule, and says how to see it again.
    private func write(_ story: Counterexample) throws(AtomicFile.Failure) -> String {
        FileSystem.makeFolder(folder)
        let path = "\(folder)/\(story.invariant)-seed-\(story.seed).json"
        try AtomicFile(path: path).write(Capsule(story, version: Program.version).text)
        return "swift run -c release \(Program.name) replay \(ShellWord.quoted(path))"
    }
}
