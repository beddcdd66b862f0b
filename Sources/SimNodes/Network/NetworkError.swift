/// How a call fails when no answer comes: what a real client's socket would report.
public enum NetworkError: Error, Hashable, Sendable {
    /// Nobody listens there: the host is up, the process is not.
    case refused
    /// The connection attempt stayed unanswered until its time-out.
    case connectTimedOut
    /// The connection was known to be closed before anything was sent.
    case closed
    /// The connection broke while the call was under way; whether it took effect is unknown.
    case reset
    /// No answer within the time-out; the callee's work goes on, and may still take effect.
    case timedOut

    /// Whether the callee may have done what it was asked to.
    public var isOutcomeUnknown: Bool { self == .reset || self == .timedOut }
}

/// Thrown by a handler to close the connection instead of answering.
public struct ConnectionAborted: Error {
    public init() {}
}
