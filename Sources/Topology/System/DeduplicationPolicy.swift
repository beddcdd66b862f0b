/// How Redis keeps a second order of the same user, or of the same request, away from the sale.
public struct DeduplicationPolicy: Hashable, Sendable {
    /// How it is found out that somebody comes again.
    public var check = DeduplicationCheck.none
    /// What is told apart.
    public var of = DeduplicationSubject.user
    /// Life of a flag, with `setNxPx`.
    public var ttl = TimeSpan.seconds(60)
    /// What becomes of the mark when the sale fails.
    public var release = DeduplicationRelease.onFailure

    /// All defaults.
    public init() {}
}

extension DeduplicationPolicy: Configurable {
    package static var fields: [Field<DeduplicationPolicy>] {
        [
            Field("check", \.check, "How it is found out that somebody comes again."),
            Field("of", \.of, "What is told apart: users, or idempotency keys."),
            Field("ttl", \.ttl, TimeSpan.milliseconds(1)..., "Life of a flag, where \"check\" is \"setNxPx\"."),
            Field("release", \.release, "What becomes of the mark when the sale fails."),
        ]
    }
}

/// How Redis finds out that somebody comes again.
public enum DeduplicationCheck: String, CaseIterable, Keyword {
    /// Not at all.
    case none
    /// `SISMEMBER`, then `SADD`: two at once may both be the first.
    case sismemberThenSadd
    /// `SADD`, whose answer tells.
    case sadd
    /// The script that takes the stock looks into the set, and adds to it.
    case withStock
    /// `SET … NX PX`: a flag that lives for a time.
    case setNxPx
}

/// What a deduplication tells apart, for each product.
public enum DeduplicationSubject: String, CaseIterable, Keyword {
    case user, key
}

/// What becomes of the mark of a sale that failed.
public enum DeduplicationRelease: String, CaseIterable, Keyword {
    /// It is taken back when the sale certainly failed.
    case onFailure
    /// It stays: who has failed once, never gets in again.
    case never
}
