/// How events get from the outbox table to their channel: a relay in each application server polls for them.
public struct OutboxPolicy: Hashable, Sendable {
    /// Between two looks into the table.
    public var pollInterval = TimeSpan.milliseconds(100)
    /// Events that one look takes.
    public var batch = 100

    /// Ten looks a second.
    public init() {}
}

extension OutboxPolicy: Configurable {
    package static var fields: [Field<OutboxPolicy>] {
        [
            Field(
                "pollInterval", \.pollInterval, TimeSpan.milliseconds(1)...,
                "Time between two looks of a relay into the outbox table."),
            Field("batch", \.batch, 1...100_000, "Events that a relay takes at once."),
        ]
    }
}
