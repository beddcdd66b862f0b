/// How many purchases the product lock and the stock let through, by the arithmetic of a counter with a dead time.
///
/// A lock that is held for H turns away whoever comes meanwhile, as a Geiger counter does: of r a second it lets
/// r / (1 + r H) through (a non-paralysable counter; Feller 1948). The share that is turned away, r H / (1 + r H), is
/// Erlang's loss formula for one server, so that only the mean of H matters.
package struct ExpectedPurchases: Hashable, Sendable {
    /// Shares of the purchases, together 1.
    package struct Outcome: Hashable, Sendable {
        /// Become orders.
        package var sold: Double
        /// Find the lock taken, and give up.
        package var busy: Double
        /// Find too little stock.
        package var short: Double
        /// What was assumed.
        package var basis: String
    }

    private let workload: Workload
    private let popularity: [Double]
    /// For how long one sale keeps its product from others; nil without a lock.
    package let lockTime: Double?
    /// Over how long a burst is spread when it reaches the lock: by the workers and cores in front of it, in seconds.
    package let spread: Double
    /// By how much a burst prolongs the lock time: waits for the cores with the lock in hand, in seconds.
    package let backlog: Double
    /// Whether somebody who finds the lock taken comes back.
    package let comesBack: Bool

    init(_ scenario: Scenario, _ popularity: [Double], paths: [RequestPath]) {
        workload = scenario.workload
        self.popularity = popularity
        let lock = scenario.topology.purchase.lock
        let sold = paths.first { $0.requestClass == .purchaseSold }
        lockTime = lock.kind == .none ? nil : sold?.holdingTime(.productLock)
        let retry = workload.retry
        comesBack =
            lock.onBusy == .retry || retry.policy != .none && retry.on.contains(.lockNotAcquired) && retry.attempts > 1
        spread = BurstSpread(scenario, paths: paths).beforeStores
        // Whoever holds the lock and comes to the cores finds half of the burst before it, on average.
        let visits = sold?.steps.reduce(0) { sum, step in
            sum + (step.tier == .applicationCPU && step.held.contains(.productLock) ? step.visits : 0)
        }
        backlog = (visits ?? 0) * spread / 2
    }

    /// What becomes of so many purchases, all in one burst or at a rate a second.
    package func outcome(count: Double, rate: Double?) -> Outcome {
        guard count > 0 else { return Outcome(sold: 0, busy: 0, short: 0, basis: "there are no purchases") }
        var (sold, short) = (0.0, 0.0)
        let units: Double =
            switch workload.quantity {
            case .fixed(let units): Double(units)
            case .uniform(let range): Double(range.lowerBound + range.upperBound) / 2
            }
        for (product, share) in popularity.enumerated() {
            let wanted = count * share
            let stock = Double(workload.stocks?[product] ?? workload.stock) / units
            let admitted = admitted(wanted, rate: rate.map { $0 * share })
            sold += min(admitted, stock)
            short += max(0, admitted - stock)
        }
        return Outcome(
            sold: sold / count, busy: max(0, 1 - (sold + short) / count), short: short / count, basis: basis(rate))
    }

    /// The mean time that buyers in a burst of so many purchases come back for, when each product is sold to one of them
    /// after the other, a lock time each.
    package func meanLockWait(_ count: Double) -> Double {
        guard let lockTime, lockTime > 0 else { return 0 }
        var (sold, waited) = (0.0, 0.0)
        for share in popularity {
            let buyers = admitted(count * share, rate: nil)
            sold += buyers
            waited += buyers * max(0, buyers - 1) / 2 * lockTime
        }
        return sold > 0 ? waited / sold : 0
    }

    /// How long a burst of so many purchases keeps the product busy that most want, a lock time for each sale.
    package func longestSale(_ count: Double) -> Double {
        guard let lockTime else { return 0 }
        return (popularity.map { admitted(count * $0, rate: nil) }.max() ?? 0) * lockTime
    }

    /// How many of those who want a product get past its lock.
    private func admitted(_ wanted: Double, rate: Double?) -> Double {
        guard let lockTime, lockTime > 0 else { return wanted }
        if let rate {
            return comesBack ? min(wanted, wanted / max(1, rate * lockTime)) : wanted / (1 + rate * lockTime)
        }
        if comesBack { return min(wanted, workload.giveUp.seconds / lockTime) }
        return Self.accepted(wanted, over: spread, deadTime: lockTime + backlog)
    }

    /// How many of a Poisson stream of `mean` arrivals over `length` a counter with a dead time lets through.
    ///
    /// The k-th is let through by the end if at least k came in what k − 1 dead times leave of the length.
    static func accepted(_ mean: Double, over length: Double, deadTime: Double) -> Double {
        guard mean > 0 else { return 0 }
        if length <= 0 { return 1 - Elementary.exp(-mean) }
        var (sum, number) = (0.0, 1)
        while true {
            let left = length - Double(number - 1) * deadTime
            guard left > 0 else { return sum }
            let probability = 1 - ErlangLaw.tail(mean * left / length, shape: number)
            sum += probability
            if probability < 1e-9 { return sum }
            number += 1
        }
    }

    private func basis(_ rate: Double?) -> String {
        guard lockTime != nil else { return "no lock turns a purchase away" }
        if comesBack { return "who finds the lock taken comes back until patience ends" }
        return rate == nil
            ? "each product sells once a lock time while the burst passes the cores, on which half of it is waited for with the lock "
                + "in hand; who finds the lock taken gives up"
            : "a product's lock turns away r H / (1 + r H) of its purchases (Erlang B with one server)"
    }
}
