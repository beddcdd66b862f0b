import Topology

/// The later passes: numbers, times and distributions.
extension Shrinker {
    /// Single units, and as little stock as will do.
    mutating func reduceUnits() {
        if case .trace(var arrivals) = current.workload.arrive {
            for index in arrivals.indices where arrivals[index].quantity != nil { arrivals[index].quantity = 1 }
            var candidate = current
            candidate.workload.arrive = .trace(arrivals)
            take(candidate)
        }
        guard current.workload.stocks == nil else { return }
        // Halves first, then one by one.
        for step in [{ $0 / 2 }, { $0 - 1 }] as [(Int) -> Int] {
            var candidate = current
            repeat {
                candidate.workload.stock = step(current.workload.stock)
            } while candidate.workload.stock >= 0 && take(candidate)
        }
    }

    // MARK: - Retries

    /// Users who give up at the first failure, or after as few attempts as will do.
    mutating func reduceRetries() {
        guard current.workload.retry != RetryPolicy() else { return }
        var candidate = current
        candidate.workload.retry = RetryPolicy()
        if take(candidate) { return }
        for attempts in 2..<max(3, min(current.workload.retry.attempts, 10)) {
            candidate.workload.retry = current.workload.retry
            candidate.workload.retry.attempts = attempts
            if take(candidate) { return }
        }
    }

    // MARK: - Times

    /// Moments and durations of requests, users and faults become round: whole seconds where that will do.
    mutating func roundTimes() {
        for unit in [TimeSpan.seconds(1), .milliseconds(100), .milliseconds(10), .milliseconds(1)] {
            if roundArrivals(to: unit) { break }
        }
        for section in ["faults", "workload"] {
            for path in spans(in: section) { roundSpan(at: path) }
        }
    }

    private mutating func roundArrivals(to unit: TimeSpan) -> Bool {
        guard case .trace(var arrivals) = current.workload.arrive else { return true }
        for index in arrivals.indices { arrivals[index].at = arrivals[index].at.rounded(to: unit) }
        var candidate = current
        candidate.workload.arrive = .trace(arrivals)
        return candidate == current || take(candidate)
    }

    private mutating func roundSpan(at path: [String]) {
        let tree = current.json
        guard let text = tree.value(at: path)?.string, let span = try? TimeSpan.parse(text) else { return }
        for unit in [TimeSpan.seconds(1), .milliseconds(100), .milliseconds(10), .milliseconds(1)] {
            // Without any pause, retries and polls would only make the story longer.
            let rounded = max(span.rounded(to: unit), span > .zero ? unit : .zero)
            if rounded == span { return }
            if take(tree.replacing(path, by: rounded.json)) { return }
        }
    }

    /// Where the durations of a section stand.
    private func spans(in section: String) -> [[String]] {
        guard let part = current.json[section] else { return [] }
        return ScenarioTree.paths(of: part) { node in
            node.string.map { (try? TimeSpan.parse($0)) != nil } ?? false
        }
        .map { [section] + $0 }
    }

    // MARK: - Distributions

    /// Latencies and service times that vary become constant, where the failure doesn't need their chance.
    mutating func calmDistributions() {
        let tree = current.json
        for path in ScenarioTree.paths(of: tree["topology"] ?? tree, where: Self.isRandom) {
            let whole = ["topology"] + path
            guard let node = current.json.value(at: whole), let mean = Self.distribution(node)?.mean, mean.isFinite
            else { continue }
            take(current.json.replacing(whole, by: TimeSpan(seconds: mean).json))
        }
    }

    private static func isRandom(_ node: JSONNode) -> Bool {
        guard case .object = node.value, let distribution = distribution(node) else { return false }
        if case .constant = distribution { return false }
        return true
    }

    private static func distribution(_ node: JSONNode) -> Distribution? {
        var decoder = ConfigurationDecoder()
        let distribution = Distribution.decode(node, in: &decoder)
        return decoder.errors.isEmpty ? distribution : nil
    }
}

extension TimeSpan {
    /// The nearest multiple of a unit.
    fileprivate func rounded(to unit: TimeSpan) -> TimeSpan {
        let count = (nanoseconds + unit.nanoseconds / 2) / unit.nanoseconds
        return TimeSpan(nanoseconds: count * unit.nanoseconds)
    }
}
