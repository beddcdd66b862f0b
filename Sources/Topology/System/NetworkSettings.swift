/// How long messages take between nodes, and how TCP deals with lost ones.
public struct NetworkSettings: Hashable, Sendable {
    /// One way; the order of a switched network in one data centre.
    public var latency = Distribution.constant(.microseconds(100))
    /// Pairs that differ from the default.
    public var links: [NetworkLink] = []
    /// `TCP_RTO_MIN` of Linux.
    public var retransmissionTimeout = TimeSpan.milliseconds(200)
    /// `TCP_TIMEOUT_INIT` of Linux (RFC 6298).
    public var connectRetry = TimeSpan.seconds(1)

    /// All defaults.
    public init() {}
}

extension NetworkSettings: Configurable {
    package static var fields: [Field<NetworkSettings>] {
        [
            Field("latency", \.latency, "One-way latency of a link that is not listed."),
            Field("links", \.links, "Links that differ; node to node beats node to group beats group to group."),
            Field(
                "retransmissionTimeout", \.retransmissionTimeout, TimeSpan.microseconds(1)...,
                "Wait before a lost segment is sent again; doubles each time."),
            Field(
                "connectRetry", \.connectRetry, TimeSpan.microseconds(1)...,
                "Wait before a lost SYN is sent again; doubles each time."),
        ]
    }
}

/// The latency between two nodes or groups, the same in both directions.
public struct NetworkLink: Hashable, Sendable {
    /// A node or a group.
    public var from = ""
    /// A node or a group.
    public var to = ""
    /// One way.
    public var latency = Distribution.constant(.microseconds(100))

    /// A link between nobody.
    public init() {}

    /// A link between two nodes or groups.
    public init(from: String, to: String, latency: Distribution) {
        (self.from, self.to, self.latency) = (from, to, latency)
    }
}

extension NetworkLink: Configurable {
    package static var fields: [Field<NetworkLink>] {
        [
            Field("from", \.from, required: true, "A node or a group."),
            Field("to", \.to, required: true, "A node or a group."),
            Field("latency", \.latency, required: true, "One-way latency, the same in both directions."),
        ]
    }
}
