import Testing
import Topology

/// The project's files, found from this one, so that a clone of the project is all that a test needs.
enum TestFiles {
    static let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

    /// A scenario of the project, with settings as `--set` takes them.
    static func scenario(_ path: String, _ settings: [String] = []) throws -> Scenario {
        do {
            return try ScenarioLoader.load(path: "\(root)/\(path)", overrides: settings)
        } catch {
            Issue.record("\(path): \(error)")
            throw error
        }
    }

    /// The command that repeats a run.
    static func replay(_ path: String, _ settings: [String], seed: UInt64) -> Comment {
        let options = settings.map { " --set \($0)" }.joined()
        return "swift run -c release SimRunner run \(path) --seed \(seed)\(options)"
    }
}
