/// What the design promises about orders beyond what its policies say by themselves; invariants hold it to that.
public struct DesignPromises: Hashable, Sendable {
    /// I2: nobody has more than one order of a product.
    public var onePerUser = false
    /// I8: an idempotency key takes effect once; absent: where the orders table has a unique key over it.
    public var onePerKey: Bool?
    /// I7: every request is answered within this time of its user's wanting it; absent: some day.
    public var answeredWithin: TimeSpan?

    /// I3: an order that survives is announced at least once.
    public var eventPerOrder = false
    /// I9: no order is made later than this after its user has given up; absent: it may.
    public var nothingAfterGiveUp: TimeSpan?
    /// I7: requests that are let through in a second of the servers' clocks; absent: any number.
    public var admittedPerSecond: Int?
    /// I6: who has bought a product sees it as that purchase left it, or later.
    public var readYourWrites = false

    /// None.
    public init() {}
}

extension DesignPromises: Configurable {
    package static var fields: [Field<DesignPromises>] {
        [
            Field("onePerUser", \.onePerUser, "Nobody has more than one order of a product (I2)."),
            Field(
                "onePerKey", \.onePerKey,
                "An idempotency key takes effect once (I8); absent: where \"idempotencyKey\" is \"unique\"."),
            Field("eventPerOrder", \.eventPerOrder, "An order that survives is announced at least once (I3)."),
            Field(
                "nothingAfterGiveUp", \.nothingAfterGiveUp,
                "No order is made later than this after its user has given up (I9)."),
            Field(
                "admittedPerSecond", \.admittedPerSecond, 1...100_000_000,
                "Requests that the rate limiter lets through in a second at most (I7)."),
            Field(
                "readYourWrites", \.readYourWrites,
                "Who has bought a product sees it as that purchase left it, or later (I6)."),
            Field(
                "answeredWithin", \.answeredWithin, TimeSpan.milliseconds(1)...,
                "Every request is answered within this time (I7); absent: some day."),
        ]
    }
}
