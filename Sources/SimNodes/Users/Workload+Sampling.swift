import Topology

extension Workload {
    /// The moments at which users arrive; nil where the workload lists them, or all come at once.
    func arrivals(start: Instant, stream: RandomStream) -> Arrivals? {
        switch arrive {
        case .atOnce, .trace: nil
        case .poisson(let rate):
            Arrivals(.constant(rate.perSecond), spacing: .poisson, start: start, duration: `for`, stream: stream)
        case .constant(let rate):
            Arrivals(.constant(rate.perSecond), spacing: .even, start: start, duration: `for`, stream: stream)
        case .ramp(let ramp):
            Arrivals(
                .ramp(from: ramp.from.perSecond, to: ramp.to.perSecond, over: ramp.over), spacing: .poisson,
                start: start, duration: `for` ?? ramp.over, stream: stream)
        case .spike(let spike):
            Arrivals(
                .spike(
                    base: spike.base.perSecond, peak: spike.peak.perSecond, at: spike.at, lasting: spike.for),
                spacing: .poisson, start: start, duration: `for`, stream: stream)
        case .stages(let stages):
            Arrivals(
                .stages(stages.map { ($0.rate.perSecond, $0.for) }), spacing: .poisson, start: start,
                duration: `for` ?? stages.reduce(.zero) { $0 + $1.for }, stream: stream)
        }
    }

    /// Which product a user wants.
    package var popularitySampler: PopularitySampler {
        switch popularity {
        case .uniform: .uniform(count: products)
        case .zipf(let exponent): .zipf(count: products, exponent: exponent)
        case .hot(let share): .hot(count: products, share: share)
        }
    }

    /// Units of each product at the opening.
    package var initialStocks: [Int] { stocks ?? [Int](repeating: stock, count: products) }
}
