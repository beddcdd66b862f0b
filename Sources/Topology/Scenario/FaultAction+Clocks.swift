/// Who reads a wall clock: Redis for expiry, Sentinels for their timer, nginx for `fail_timeout`.
private let clockReach = FaultReach(
    [.redis, .sentinels, .loadBalancer], "only Redis, Sentinels and nginx decide anything by their wall clock")

/// A wall clock is stepped, as by NTP or by hand.
public struct ClockJumpFault: Hashable, Sendable {
    /// The node.
    public var clockJump = FaultNode.named("")
    /// How far.
    public var by = TimeSpan.zero
    /// Which way.
    public var direction = ClockDirection.forward
    /// Absent: the clock stays wrong.
    public var `for`: TimeSpan?

    /// No clock is stepped.
    public init() {}

    /// A clock is stepped.
    public init(
        _ node: FaultNode, by step: TimeSpan, direction: ClockDirection = .forward, for span: TimeSpan? = nil
    ) {
        (clockJump, by, self.direction, `for`) = (node, step, direction, span)
    }

    /// The step with its sign.
    package var step: TimeSpan { direction == .forward ? by : -by }
}

extension ClockJumpFault: FaultFamily {
    package static var verb: String { "clockJump" }
    package static var reach: FaultReach { clockReach }
    package var node: FaultNode? { clockJump }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<ClockJumpFault>] {
        [
            Field("clockJump", \.clockJump, required: true, "Node whose wall clock is stepped."),
            Field("by", \.by, required: true, "How far."),
            Field("direction", \.direction, "Which way."),
            Field("for", \.for, "Time until it is stepped back; absent: it stays wrong."),
        ]
    }
}

/// Which way a clock is stepped.
public enum ClockDirection: String, CaseIterable, Keyword {
    case forward, back
}

/// A wall clock runs fast or slow.
public struct ClockDriftFault: Hashable, Sendable {
    /// The node.
    public var clockDrift = FaultNode.named("")
    /// Seconds too many a second; negative: too few.
    public var rate = 0.0
    /// Absent: to the end. What the drift has added stays.
    public var `for`: TimeSpan?

    /// No clock drifts.
    public init() {}

    /// A clock drifts.
    public init(_ node: FaultNode, rate: Double, for span: TimeSpan? = nil) {
        (clockDrift, self.rate, `for`) = (node, rate, span)
    }
}

extension ClockDriftFault: FaultFamily {
    package static var verb: String { "clockDrift" }
    package static var reach: FaultReach { clockReach }
    package var node: FaultNode? { clockDrift }
    package var duration: TimeSpan? { `for` }

    package static var fields: [Field<ClockDriftFault>] {
        [
            Field("clockDrift", \.clockDrift, required: true, "Node whose wall clock runs at another speed."),
            Field("rate", \.rate, -0.9...10.0, required: true, "Seconds that it gains in one; negative: loses."),
            Field("for", \.for, "How long; absent: to the end. What it has gained stays."),
        ]
    }
}
