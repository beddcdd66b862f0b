/// One line on the terminal that says how far the runs are; it vanishes at the end.
struct ProgressLine {
    private let console: Console
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var shown = ""

    init(console: Console) {
        self.console = console
        start = clock.now
    }

    /// Shows progress on a terminal once a second has passed, whenever there is something new to say.
    mutating func show(_ progress: UniversePool.Progress) {
        show { Self.text(progress, elapsed: $0) }
    }

    /// Shows a line on a terminal once a second has passed; the text is given the seconds so far.
    mutating func show(_ text: (Double) -> String) {
        guard console.showsProgress else { return }
        let elapsed = start.duration(to: clock.now)
        guard elapsed >= .seconds(1) else { return }
        let text = text(elapsed.inSeconds)
        guard text != shown else { return }
        shown = text
        console.err("\r\u{1B}[K" + text)
    }

    /// Takes the line away, so that the report begins on a clean one.
    mutating func clear() {
        if !shown.isEmpty { console.err("\r\u{1B}[K") }
        shown = ""
    }

    static func text(_ progress: UniversePool.Progress, elapsed: Double) -> String {
        let seconds = "\(Int(elapsed)) s"
        guard progress.count > 1 else { return "running, \(seconds)" }
        let share = Double(progress.finished) / Double(progress.count)
        var text = "\(progress.finished) of \(progress.count) runs, \(Int(share * 100)) %, \(seconds)"
        if progress.finished > 0 { text += ", about \(Int((elapsed / share - elapsed).rounded(.up))) s left" }
        return text
    }
}
