/// A rate limiter in front of the shop, with its counter in Redis: fixed windows of one second, as gateways have them
/// (FIDELITY §9).
public struct RateLimitPolicy: Hashable, Sendable {
    /// Requests that all servers together let through in a second of their clocks.
    public var perSecond = 1_000
    /// How they are counted.
    public var count = RateLimitCounting.increment
    /// When Redis does not answer.
    public var onFailure = RateLimitFailure.admit

    /// A thousand requests.
    public init() {}
}

extension RateLimitPolicy: Configurable {
    package static var fields: [Field<RateLimitPolicy>] {
        [
            Field(
                "perSecond", \.perSecond, 1...100_000_000, required: true,
                "Requests that all servers together let through in a second; the others get 429."),
            Field("count", \.count, "How requests are counted."),
            Field("onFailure", \.onFailure, "What happens to a request when Redis does not answer."),
        ]
    }
}

/// How a rate limiter counts.
public enum RateLimitCounting: String, CaseIterable, Keyword {
    /// `INCR`, and whoever gets a number beyond the limit is turned away.
    case increment
    /// `GET`, and if that is below the limit `INCR`: who comes in between sees the same number.
    case checkThenIncrement
}

/// What a rate limiter does without its counter.
public enum RateLimitFailure: String, CaseIterable, Keyword {
    /// Lets everybody in (Kong's `fault_tolerant`).
    case admit
    /// Turns everybody away.
    case reject
}
