/// The way of one class of requests, step by step, and what follows from the steps by addition alone.
package struct RequestPath: Hashable, Sendable {
    /// Which class.
    package let requestClass: RequestClass
    /// In order.
    package let steps: [RequestStep]

    /// Time from the request to its answer when nobody else is there, in seconds.
    ///
    /// - Parameter idle: whether the system has been idle for so long that pooled connections are checked before use;
    ///   under load they are not.
    package func latency(idle: Bool) -> Double {
        steps.reduce(0) { $0 + ($1.isAwaited && (idle || !$1.isOnlyWhenIdle) ? $1.time : 0) }
    }

    /// The part of the answer's time that is spent on the network and in other pauses, under load, in seconds.
    package var pauses: Double {
        steps.reduce(0) { $0 + ($1.isAwaited && !$1.isOnlyWhenIdle && $1.tier == nil ? $1.time : 0) }
    }

    /// Time of service that one request takes of a tier, in seconds, what follows in the background included.
    package func demand(at tier: Tier) -> Double { steps.reduce(0) { $0 + ($1.tier == tier ? $1.time : 0) } }

    /// The same, of that part alone that the answer waits for.
    package func awaitedDemand(at tier: Tier) -> Double {
        steps.reduce(0) { $0 + ($1.tier == tier && $1.isAwaited ? $1.time : 0) }
    }

    /// How often one request comes to a tier.
    package func visits(at tier: Tier) -> Double { steps.reduce(0) { $0 + ($1.tier == tier ? $1.visits : 0) } }

    /// For how long it holds something under load with nobody in its way, in seconds; twice over if it holds two.
    package func holdingTime(_ holding: Holding) -> Double {
        steps.reduce(0) { sum, step in
            guard !step.isOnlyWhenIdle else { return sum }
            return sum + step.time * Double(step.held.count { $0 == holding })
        }
    }

    /// How many of something it has at once, at most.
    package func mostHeld(_ holding: Holding) -> Int { steps.map { $0.held.count { $0 == holding } }.max() ?? 0 }
}
