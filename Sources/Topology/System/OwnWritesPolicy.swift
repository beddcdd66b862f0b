/// What somebody sees who has just bought: replicas lag, and caches hold what was.
///
/// The answer to a purchase marks the user's session (a cookie), and views that carry the mark are served apart.
public struct OwnWritesPolicy: Hashable, Sendable {
    /// Where such a view reads.
    public var source = OwnWritesSource.asOthers
    /// How long a session stays marked.
    public var `for` = TimeSpan.seconds(5)
    /// With `caughtUpReplica`: how long the replica may take to catch up before the primary is asked.
    public var timeout = TimeSpan.milliseconds(500)

    /// As everybody else.
    public init() {}
}

extension OwnWritesPolicy: Configurable {
    package static var fields: [Field<OwnWritesPolicy>] {
        [
            Field("source", \.source, "Where the views of a user read who has just bought."),
            Field("for", \.for, "How long after a purchase."),
            Field(
                "timeout", \.timeout,
                "With \"source\": \"caughtUpReplica\", how long the replica may take before the primary is asked."
            ),
        ]
    }
}

/// Where the views of a user read who has just bought.
public enum OwnWritesSource: String, CaseIterable, Keyword {
    /// In the cache, as everybody's.
    case asOthers
    /// On the primary: the session is pinned to it.
    case primary
    /// On the replica, as soon as it has the purchase (`WAIT_FOR_EXECUTED_GTID_SET`).
    case caughtUpReplica
}
