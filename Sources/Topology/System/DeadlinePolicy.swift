/// What an application server does with the deadline that a request carries: until when its user waits.
public struct DeadlinePolicy: Hashable, Sendable {
    /// When it is looked at.
    public var check = DeadlineCheck.never
    /// How much time must be left: what the rest of the work and the answer take.
    public var margin = TimeSpan.zero

    /// It is ignored.
    public init() {}
}

extension DeadlinePolicy: Configurable {
    package static var fields: [Field<DeadlinePolicy>] {
        [
            Field("check", \.check, "When a purchase looks whether its user still waits."),
            Field("margin", \.margin, "Time that must be left then."),
        ]
    }
}

/// When a purchase looks whether its user still waits.
public enum DeadlineCheck: String, CaseIterable, Keyword {
    /// Never: what was asked for once is done, however late.
    case never
    /// Before it starts to work, that is after the wait for a thread.
    case start
    /// Also before it commits, that is after the waits for locks and connections.
    case commit
}
