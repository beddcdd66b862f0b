/// The one line that repeats a run.
struct ReplayCommand {
    let path: String
    let settings: [String]

    func text(seed: UInt64) -> String {
        let words = ["run", path, "--seed", String(seed)] + settings.flatMap { ["--set", $0] }
        return "swift run -c release \(Program.name) " + words.map(Self.quoted).joined(separator: " ")
    }

    /// As a POSIX shell takes it back unchanged.
    static func quoted(_ word: String) -> String {
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
