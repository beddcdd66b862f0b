/// What a queue is like in the long run; times in the unit of its service time, rates in the reciprocal.
package struct SteadyState: Hashable, Sendable {
    /// Busy servers divided by all, 0 to 1.
    package var utilisation: Double
    /// Customers served in a unit of time.
    package var throughput: Double
    /// Mean number of customers that wait.
    package var meanQueue: Double
    /// Mean wait of those who are let in, zeros included.
    package var meanWait: Double
    /// Mean time from arrival to departure of those who are let in.
    package var meanResponse: Double
    /// Probability that somebody who is let in has to wait.
    package var waitProbability: Double
    /// Probability of being turned away, or of giving up.
    package var lossProbability: Double
    /// Mean number of customers present, waiting and in service.
    package var meanPresent: Double
}

/// L = λ W (Little, "A proof for the queuing formula L = λW", Operations Research 9, 1961): each of the three from the
/// other two, for any boundary that one cares to draw.
package enum LittlesLaw {
    /// How many are inside, from how many come a second and how long each stays.
    package static func present(rate: Double, time: Double) -> Double { rate * time }

    /// How long each stays; nil when nobody comes.
    package static func time(present: Double, rate: Double) -> Double? { rate > 0 ? present / rate : nil }

    /// How many a second pass; nil when they stay for no time.
    package static func rate(present: Double, time: Double) -> Double? { time > 0 ? present / time : nil }
}
