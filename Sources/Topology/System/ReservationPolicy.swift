/// How a purchase takes units from the stock in Redis before the database sells them (`"stockCheck": "decrementFirst"`),
/// and gives them back when the sale fails.
public struct ReservationPolicy: Hashable, Sendable {
    /// How units are taken.
    public var take = StockTake.script
    /// What becomes of a stock that `DECRBY` has brought below zero.
    public var belowZero = BelowZeroPolicy.giveBack
    /// Whether Redis remembers who has taken what.
    public var record = ReservationRecord.none
    /// How units are given back when the sale fails.
    public var giveBack = StockGiveBack.increment
    /// How often the flow tries to give them back when it gets no answer.
    public var giveBackAttempts = 1
    /// `WAIT` after taking; 0: none.
    public var waitForReplicas = 0
    /// Of that `WAIT`.
    public var waitTimeout = TimeSpan.seconds(1)
    /// Between two rounds of the job that looks for forgotten reservations; 0: there is none.
    public var reapEvery = TimeSpan.zero
    /// Age at which a reservation counts as forgotten.
    public var reapAfter = TimeSpan.seconds(30)

    /// All defaults.
    public init() {}
}

extension ReservationPolicy: Configurable {
    package static var fields: [Field<ReservationPolicy>] {
        [
            Field("take", \.take, "How units are taken from Redis."),
            Field("belowZero", \.belowZero, "What becomes of a stock that DECRBY has brought below zero."),
            Field("record", \.record, "Whether Redis remembers who has taken what."),
            Field("giveBack", \.giveBack, "How units are given back when the sale fails."),
            Field(
                "giveBackAttempts", \.giveBackAttempts, 1...100,
                "How often the flow tries to give units back when it gets no answer."),
            Field(
                "waitForReplicas", \.waitForReplicas, 0...100,
                "Replicas that must have the reservation (WAIT); 0: none."),
            Field("waitTimeout", \.waitTimeout, "How long WAIT waits; 0s: for ever."),
            Field("reapEvery", \.reapEvery, "Time between two looks for forgotten reservations; 0s: nobody looks."),
            Field(
                "reapAfter", \.reapAfter, TimeSpan.milliseconds(1)..., "Age at which a reservation counts as forgotten."
            ),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard record == .none else { return }
        if reapEvery > .zero {
            decoder.reject(
                "reapEvery", of: node, "nobody can look for reservations that nobody writes down",
                remedy: "set \"record\": \"perKey\"")
        }
        if giveBack == .recorded {
            decoder.reject(
                "giveBack", of: node, "there is no record to give back from", remedy: "set \"record\": \"perKey\"")
        }
    }
}

/// How a purchase takes units from the stock in Redis.
public enum StockTake: String, CaseIterable, Keyword {
    /// One script that decrements only what is there and is enough.
    case script
    /// `DECRBY`, whose answer tells whether there was enough.
    case decrement
    /// `GET`, then `DECRBY` if there was enough: two at once may both see the last unit.
    case getThenDecrement
}

/// What becomes of a stock that `DECRBY` has brought below zero.
public enum BelowZeroPolicy: String, CaseIterable, Keyword {
    /// `INCRBY`.
    case giveBack
    /// Nothing: a unit that comes back later only fills the hole.
    case leave
}

/// Whether Redis remembers who has taken what.
public enum ReservationRecord: String, CaseIterable, Keyword {
    /// The stock is a bare number.
    case none
    /// The scripts keep a record for each idempotency key, so that taking, giving back and selling happen once a key.
    case perKey
}

/// How a failed sale gives back what it took from Redis.
public enum StockGiveBack: String, CaseIterable, Keyword {
    /// `INCRBY` of what the flow knows to have taken.
    case increment
    /// `INCRBY` in the `catch` around everything, whether or not the units were taken.
    case unconditional
    /// A script that gives back what the record says, once.
    case recorded
}
