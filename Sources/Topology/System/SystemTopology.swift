/// What a system consists of and how its parts are set: the content of a topology file.
public struct SystemTopology: Hashable, Sendable {
    /// The design's own limits; only reports use them.
    public var limits: DesignLimits?
    /// What the design promises about orders; invariants hold it to that.
    public var promises = DesignPromises()
    /// How long messages take.
    public var network = NetworkSettings()
    /// In front of the application servers.
    public var loadBalancer: LoadBalancerSettings?
    /// The servers that run the shop.
    public var application = ApplicationSettings()
    /// Cache, locks and publication.
    public var redis: RedisSettings?
    /// Products and orders.
    public var mysql: MySQLSettings?
    /// How a product is shown.
    public var view = ViewPolicy()
    /// How a product is bought.
    public var purchase = PurchasePolicy()

    /// An empty system with one application server.
    public init() {}
}

extension SystemTopology: Configurable {
    package static var fields: [Field<SystemTopology>] {
        [
            .unkept("$schema", String.self, "The JSON Schema, for editors."),
            Field("limits", \.limits, "The design's own limits; only reports use them."),
            Field("promises", \.promises, "What the design promises about orders; invariants hold it to that."),
            Field("network", \.network, "How long messages take."),
            Field("loadBalancer", \.loadBalancer, "The nginx in front of the application servers."),
            Field("application", \.application, required: true, "The servers that run the shop."),
            Field("redis", \.redis, "Cache, locks and publication, and the Sentinels that watch over them."),
            Field("mysql", \.mysql, "Products and orders, and who fails them over."),
            Field("view", \.view, "How a product is shown."),
            Field("purchase", \.purchase, "How a product is bought."),
        ]
    }
}

/// What the design promises to stay within.
public struct DesignLimits: Hashable, Sendable {
    /// Machines in all.
    public var servers: Int?
    /// Connections open at one database at the same time.
    public var connectionsPerDatabase: Int?

    /// No limits.
    public init() {}
}

extension DesignLimits: Configurable {
    package static var fields: [Field<DesignLimits>] {
        [
            Field("servers", \.servers, 1...100_000, "Machines in all."),
            Field(
                "connectionsPerDatabase", \.connectionsPerDatabase, 1...1_000_000,
                "Connections open at one database at the same time."),
        ]
    }
}
