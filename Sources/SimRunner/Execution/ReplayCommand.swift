import SimNodes

/// The one line that repeats a run.
struct ReplayCommand {
    let path: String
    let settings: [String]

    func text(seed: UInt64) -> String {
        let words = ["run", path, "--seed", String(seed)] + settings.flatMap { ["--set", $0] }
        return "swift run -c release \(Program.name) " + words.map(ShellWord.quoted).joined(separator: " ")
    }
}
