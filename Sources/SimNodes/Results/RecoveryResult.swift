import Topology

/// How users fared before a disturbance that came to its end, and long after it.
///
/// A system is metastable when it does not come back although what disturbed it is over and no more is asked of it than
/// before: its own repetitions keep it busy (Bronson et al., HotOS 2021).
public struct RecoveryResult: Sendable, Hashable {
    /// Requests that were wanted in a span of time.
    public struct Window: Sendable, Hashable {
        public let from: Instant
        public let to: Instant
        /// Requests that users began to want.
        public let wanted: Int
        /// Of those, requests that were done, or refused for a reason of the sale's own, within their users' patience.
        public let served: Int
        /// Attempts in the span, of whichever requests.
        public let attempts: Int
        /// Of those, attempts after the first.
        public let repetitions: Int

        /// Requests that users began to want, a second.
        public var rate: Double { to > from ? Double(wanted) / (to - from).seconds : 0 }
        /// 0 to 1; zero where nothing was wanted.
        public var servedShare: Double { wanted > 0 ? Double(served) / Double(wanted) : 0 }
        /// 0 to 1; zero where nothing was attempted.
        public var repeatedShare: Double { attempts > 0 ? Double(repetitions) / Double(attempts) : 0 }

        /// What was counted in a span, or what a test invents.
        package init(from: Instant, to: Instant, wanted: Int, served: Int, attempts: Int, repetitions: Int) {
            (self.from, self.to, self.wanted, self.served) = (from, to, wanted, served)
            (self.attempts, self.repetitions) = (attempts, repetitions)
        }
    }

    /// What it came to.
    public enum Outcome: String, Sendable {
        case recovered
        /// Worse than before to the end, and becoming better.
        case recovering
        /// Worse than before to the end, and not becoming better, under no more load than before.
        case metastable
        /// Worse than before, but more is asked than before.
        case overloaded
    }

    /// What disturbed the system, the last where there were several.
    public let disturbance: String
    /// When the first disturbance began, since the opening.
    public let began: Instant
    /// When the last one ended, since the opening.
    public let ended: Instant
    public let before: Window
    /// The last third of the time from the disturbance's end to the last arrival.
    public let after: Window
    public let outcome: Outcome
    /// From the end of the disturbance until users fared nearly as before, for good; nil: not within the run.
    public let recoveredAfter: TimeSpan?

    /// What a run, or a test that invents one, has found out.
    package init(
        disturbance: String, began: Instant, ended: Instant, before: Window, after: Window, outcome: Outcome,
        recoveredAfter: TimeSpan?
    ) {
        (self.disturbance, self.began, self.ended) = (disturbance, began, ended)
        (self.before, self.after, self.outcome, self.recoveredAfter) = (before, after, outcome, recoveredAfter)
    }

    /// For the first line of a report, where it is metastable.
    package var sentence: String {
        func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }
        let late = ((after.to - ended).seconds * 10).rounded() / 10
        return "METASTABLE: \(late) s after \(disturbance) was over, \(percent(after.servedShare)) of the requests are "
            + "served, \(percent(before.servedShare)) before it; \(percent(after.repeatedShare)) of all attempts are "
            + "repetitions"
    }
}
