/// The scenario as a closed network, for bounds and mean value analysis.
extension ServiceDemands {
    /// A station of the network, and where in the system it stands.
    struct Place {
        let tier: Tier
        let resource: String
        let demand: Double
        /// Nil for group commit, which never makes anybody wait for others' work to be done.
        let servers: Int?
    }

    /// Every machine of every tier with what an average request takes of it while its user waits.
    var places: [Place] {
        tiers.flatMap { tier in
            let demand = paths.reduce(0) { $0 + mix[$1.requestClass] * $1.awaitedDemand(at: tier.tier) }
            return zip(tier.machines, tier.resources).map { machine, resource in
                Place(
                    tier: tier.tier, resource: resource, demand: demand * machine.share,
                    servers: tier.servesInGroups ? nil : tier.serversEach)
            }
        }.filter { $0.demand > 0 }
    }

    /// Time of an average request on the network and in other pauses, under load, in seconds.
    package var pauses: Double { paths.reduce(0) { $0 + mix[$1.requestClass] * $1.pauses } }

    /// What the demands alone say about so many users in a closed loop.
    ///
    /// - Parameter think: mean pause between an answer and the next request, in seconds.
    package func operationalBounds(think: Double) throws(QueueingError) -> OperationalBounds {
        var stations = places.map { (demand: $0.demand, servers: $0.servers) }
        stations.append((pauses, nil))
        return try OperationalBounds(stations: stations, thinkTime: think)
    }

    /// The closed network of an average request: one chain, since each request of a user is of a class at random.
    ///
    /// - Parameter think: mean pause between an answer and the next request, in seconds.
    package func closedNetwork(users: Int, think: Double) throws(QueueingError) -> ClosedNetwork {
        var stations = places.map { place in
            let kind = place.servers.map { ClosedNetwork.Kind.servers($0) } ?? .delay
            return ClosedNetwork.Station(place.resource, kind, demands: [place.demand])
        }
        stations.append(ClosedNetwork.Station("network", .delay, demands: [pauses]))
        return try ClosedNetwork(population: users, thinkTime: think, stations: stations)
    }
}
