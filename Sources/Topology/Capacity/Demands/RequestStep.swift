/// One thing that happens on a request's way: work at a tier, or a pause that keeps nobody else waiting.
package struct RequestStep: Hashable, Sendable {
    /// Where work is done; nil for a pause: the way over the network, a wait between two attempts.
    package let tier: Tier?
    /// Mean time of one visit in seconds.
    package let mean: Double
    /// Variance of that time divided by the square of its mean.
    package let variability: Double
    /// How often it happens in one request, on average.
    package let visits: Double
    /// What happens, as a sequence diagram has it.
    package let what: String
    /// Which setting says so.
    package let source: String
    /// What the request holds meanwhile; a connection twice if it has two.
    package let held: [Holding]
    /// Whether the answer waits for it; false for what follows in the background.
    package let isAwaited: Bool
    /// Whether it happens only in a system so idle that connections have to be checked before use.
    package let isOnlyWhenIdle: Bool

    /// Mean time of all visits in seconds.
    package var time: Double { visits * mean }
}
