/// How the stock in Redis is loaded from the database again when it may have been lost.
public struct RewarmPolicy: Hashable, Sendable {
    /// When.
    public var when = RewarmOccasion.never
    /// How.
    public var how = RewarmMethod.setIfAbsent
    /// Between two rounds, with `periodically`.
    public var every = TimeSpan.seconds(5)

    /// Never.
    public init() {}
}

extension RewarmPolicy: Configurable {
    package static var fields: [Field<RewarmPolicy>] {
        [
            Field("when", \.when, "When the stock in Redis is loaded from the database again."),
            Field("how", \.how, "How it is loaded."),
            Field("every", \.every, TimeSpan.milliseconds(1)..., "Time between two rounds of \"periodically\"."),
        ]
    }
}

/// When the stock in Redis is loaded from the database again.
public enum RewarmOccasion: String, CaseIterable, Keyword {
    case never
    /// A reservation finds none (`EXISTS`), loads it and goes on.
    case onMissing
    /// An application server has lost its connection to Redis and has got another: all products.
    case onReconnect
    /// A job of each application server does so now and then: all products.
    case periodically
}

/// How the stock in Redis is loaded from the database.
public enum RewarmMethod: String, CaseIterable, Keyword {
    /// `SET`: what has been taken and not yet sold is forgotten.
    case set
    /// `SET … NX`.
    case setIfAbsent
    /// A script that sets it only if no unit of the product is reserved and none was sold since the database was asked.
    case setIfQuiet
}
