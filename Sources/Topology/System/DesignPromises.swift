/// What the design promises about orders beyond what its policies say by themselves; invariants hold it to that.
public struct DesignPromises: Hashable, Sendable {
    /// I2: nobody has more than one order of a product.
    public var onePerUser = false
    /// I8: an idempotency key takes effect once; absent: where the orders table has a unique key over it.
    public var onePerKey: Bool?

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
        ]
    }
}
