/// A circuit breaker around the purchase in each application server, as Resilience4j has it (FIDELITY §9).
public struct CircuitBreakerPolicy: Hashable, Sendable {
    /// `recordExceptions`: what counts as a failure.
    public var failures = BreakerFailures.errors
    /// `failureRateThreshold`: 50 %.
    public var failureRate = 0.5
    /// `slidingWindowSize`: the last 100 calls.
    public var window = 100
    /// `minimumNumberOfCalls`: 100.
    public var minimumCalls = 100
    /// `waitDurationInOpenState`: 60 s.
    public var openFor = TimeSpan.seconds(60)
    /// What comes after that.
    public var recovery = BreakerRecovery.halfOpen
    /// `permittedNumberOfCallsInHalfOpenState`: 10.
    public var halfOpenCalls = 10

    /// All defaults.
    public init() {}
}

extension CircuitBreakerPolicy: Configurable {
    package static var fields: [Field<CircuitBreakerPolicy>] {
        [
            Field("failures", \.failures, "Which answers count as failures."),
            Field("failureRate", \.failureRate, 0...1.0, "Share of failures at which it opens."),
            Field("window", \.window, 1...1_000_000, "Calls of which the share is taken."),
            Field("minimumCalls", \.minimumCalls, 1...1_000_000, "Calls that it takes to judge."),
            Field("openFor", \.openFor, "How long it stays open."),
            Field("recovery", \.recovery, "What comes after that."),
            Field("halfOpenCalls", \.halfOpenCalls, 1...1_000_000, "Calls that are let through to try."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard minimumCalls > window else { return }
        decoder.reject(
            "minimumCalls", of: node, "a window of \(window) calls never has \(minimumCalls)",
            remedy: "write at most \(window)")
    }
}

/// What a circuit breaker takes for a failure.
public enum BreakerFailures: String, CaseIterable, Keyword {
    /// Errors of what it protects; "sold out" is none.
    case errors
    /// Every exception, "sold out" and "being processed" among them.
    case errorsAndRefusals
}

/// How an open circuit breaker closes again.
public enum BreakerRecovery: String, CaseIterable, Keyword {
    /// After its time it tries some calls, and judges by them.
    case halfOpen
    /// Never by itself: somebody has to reset it.
    case never
}
