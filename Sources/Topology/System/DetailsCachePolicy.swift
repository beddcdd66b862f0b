/// How a product's cached details follow a purchase of it.
public struct DetailsCachePolicy: Hashable, Sendable {
    /// What is done with the entry.
    public var update = DetailsCacheUpdate.none
    /// When.
    public var at = DetailsUpdatePoint.afterCommit
    /// The delayed second `DEL`, against a reader that stored what it had read before; 0s: none.
    public var deleteAgainAfter = TimeSpan.zero

    /// Entries only expire.
    public init() {}
}

extension DetailsCachePolicy: Configurable {
    package static var fields: [Field<DetailsCachePolicy>] {
        [
            Field("update", \.update, "What a purchase does with the product's cached details."),
            Field("at", \.at, "Who does so, and on which side of the commit."),
            Field(
                "deleteAgainAfter", \.deleteAgainAfter,
                "With \"update\": \"delete\", time to a second deletion; 0s: none."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard update == .ifNewer, at != .afterCommit else { return }
        decoder.reject(
            "at", of: node, "only who has just committed knows what the transaction left",
            remedy: "write \"afterCommit\", or \"update\": \"delete\"")
    }
}

/// What a purchase does with the product's cached details.
public enum DetailsCacheUpdate: String, CaseIterable, Keyword {
    /// Nothing: they are as old as their TTL allows.
    case none
    /// `DEL`, of an outstanding lease as well.
    case delete
    /// One script stores what the sale left, unless something newer is there.
    case ifNewer
}

/// Who brings a product's cached details in line with a purchase, and when.
public enum DetailsUpdatePoint: String, CaseIterable, Keyword {
    /// The purchase, once it is committed.
    case afterCommit
    /// The purchase, before it commits.
    case beforeCommit
    /// The relay of the outbox, together with the event: at least once, whatever becomes of the purchase's server.
    case relay
}
