import SimNodes

/// One line on the terminal that says how far an exploration is; it vanishes at the end.
struct ExploreProgress {
    private let console: Console
    private let count: Int
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var lastShown = 0.0
    private var isShown = false

    init(console: Console, count: Int) {
        self.console = console
        self.count = count
        start = clock.now
    }

    /// Seconds since the start.
    var elapsed: Double { start.duration(to: clock.now).inSeconds }

    /// Shows progress on a terminal, twice a second.
    mutating func show(_ found: Exploration) {
        guard console.showsProgress, found.runs % 16 == 0 || found.runs < 16 else { return }
        let elapsed = elapsed
        guard elapsed - lastShown >= 0.5 else { return }
        lastShown = elapsed
        isShown = true
        console.err("\r\u{1B}[K" + Self.text(found, of: count, elapsed: elapsed))
    }

    /// Takes the line away, so that the report begins on a clean one.
    mutating func clear() {
        if isShown { console.err("\r\u{1B}[K") }
        isShown = false
    }

    static func text(_ found: Exploration, of count: Int, elapsed: Double) -> String {
        let share = count > 0 ? found.runs * 100 / count : 100
        return "\(Format.count(found.runs)) of \(Format.plural(count, "run")), \(share) %, \(Int(elapsed)) s, "
            + "\(Format.rate(Double(found.runs) / max(elapsed, 1e-9))), "
            + "\(Format.plural(found.distinctBehaviours, "behaviour")), \(Format.count(found.brokenRuns)) broken"
    }

    /// What depends on the machine, and so is no part of the report.
    func summary(_ found: Exploration) -> String {
        "\(Format.plural(found.runs, "run")) in \(Format.seconds(elapsed)): "
            + "\(Format.rate(Double(found.runs) / max(elapsed, 1e-9))), "
            + "\(Format.rate(Double(found.events) / max(elapsed, 1e-9))) events\n"
    }
}
