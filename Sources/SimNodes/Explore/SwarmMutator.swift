import Topology

/// A generator of the user's own: changes a variant further, with random numbers of the seed.
///
///     let alwaysHot: SwarmMutator = { scenario, random in
///         scenario.workload.popularity = .hot(0.5 + 0.5 * random.uniform())
///     }
public typealias SwarmMutator = @Sendable (inout Scenario, inout RandomStream) -> Void
