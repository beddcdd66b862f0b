/// What users do when a request fails.
public struct RetryPolicy: Hashable, Sendable {
    /// Whether and when they try again.
    public var policy = RetrySchedule.none
    /// Before the first repetition.
    public var delay = TimeSpan.seconds(1)
    /// Of the growing delay.
    public var maximum = TimeSpan.seconds(30)
    /// How the delay is spread.
    public var jitter = RetryJitter.none
    /// Of one request, the first included.
    public var attempts = 3
    /// Ratio of repetitions to requests over all users; 0: no limit.
    public var budget = 0.0
    /// What makes a user try again.
    public var on: Set<RetryReason> = [.rejected, .timedOut, .unknown, .connection]
    /// Whether the repetition has the idempotency key of the first attempt.
    public var key = RetryKey.same

    /// Nobody tries again.
    public init() {}
}

extension RetryPolicy: Configurable {
    package static var fields: [Field<RetryPolicy>] {
        [
            Field("policy", \.policy, "Whether and when users try again."),
            Field("delay", \.delay, "Wait before the first repetition."),
            Field("maximum", \.maximum, "Longest wait when it grows."),
            Field("jitter", \.jitter, "How the wait is spread at random."),
            Field("attempts", \.attempts, 1...1_000, "Attempts at one request, the first included."),
            Field("budget", \.budget, 0...1_000.0, "Ratio of repetitions to requests over all users; 0: no limit."),
            Field("on", \.on, "Outcomes that make a user try again."),
            Field("key", \.key, "Whether a repetition has the idempotency key of the first attempt."),
        ]
    }
}

/// Whether and when users try again.
public enum RetrySchedule: String, CaseIterable, Keyword {
    /// Never.
    case none
    /// After the same wait each time.
    case fixed
    /// After a wait that doubles each time.
    case backoff
}

/// How a wait is spread at random.
public enum RetryJitter: String, CaseIterable, Keyword {
    /// Not at all.
    case none
    /// From zero to the wait.
    case full
    /// From half of the wait to the wait.
    case equal
}

/// Outcomes that make a user try again.
public enum RetryReason: String, CaseIterable, Keyword {
    case rejected, timedOut, unknown, lockNotAcquired, connection
}

/// Whether a repetition has the idempotency key of the first attempt.
public enum RetryKey: String, CaseIterable, Keyword {
    case same, new
}
