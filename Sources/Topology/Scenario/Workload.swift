/// Who comes, when, and what they want.
public struct Workload: Hashable, Sendable {
    /// How many different users there are.
    public var users = 1
    /// When requests begin.
    public var arrive = Arrival.atOnce
    /// Pause between two requests of one user; present: a closed loop.
    public var think: Distribution?
    /// Of each user of the closed loop.
    public var requests = 1
    /// How long open arrivals or the closed loop go on; absent: until the users (or their requests) are used up.
    public var `for`: TimeSpan?
    /// What a request is.
    public var mix = RequestMix(view: 1, purchase: 1)
    /// How many products there are.
    public var products = 1
    /// How the users choose among them.
    public var popularity = Popularity.uniform
    /// Units of each product at the start.
    public var stock = 100
    /// Units product by product; present: `stock` is not used.
    public var stocks: [Int]?
    /// Probability that a product's details are cached at the start.
    public var warmCache = 0.0
    /// Whether Redis has the stock of all products at the start.
    public var warmStock = true
    /// Units in one purchase.
    public var quantity = Quantity.fixed(1)
    /// What users do when a request fails.
    public var retry = RetryPolicy()
    /// Patience of a user, counted from the intended start of the request.
    public var giveUp = TimeSpan.seconds(60)
    /// Who listens to published orders.
    public var subscribers: SubscriberSettings?

    /// One user with one request.
    public init() {}
}

extension Workload: Configurable {
    package static var fields: [Field<Workload>] {
        [
            Field("users", \.users, 1...10_000_000, required: true, "How many different users there are."),
            Field("arrive", \.arrive, "When requests begin."),
            Field("think", \.think, "Pause between two requests of one user; makes it a closed loop."),
            Field("requests", \.requests, 1...1_000_000, "Requests of each user in the closed loop."),
            Field("for", \.for, "How long arrivals or the closed loop go on."),
            Field("mix", \.mix, "What a request is."),
            Field("products", \.products, 1...10_000_000, "How many products there are."),
            Field("popularity", \.popularity, "How the users choose among the products."),
            Field("stock", \.stock, 0...1_000_000_000, "Units of each product at the start."),
            Field("stocks", \.stocks, "Units product by product, in place of stock."),
            Field("warmCache", \.warmCache, 0...1.0, "Probability that a product's details are cached at the start."),
            Field("warmStock", \.warmStock, "Whether Redis has the stock of all products at the start."),
            Field("quantity", \.quantity, "Units in one purchase."),
            Field("retry", \.retry, "What users do when a request fails."),
            Field("giveUp", \.giveUp, TimeSpan.milliseconds(1)..., "Patience of a user, from the intended start."),
            Field("subscribers", \.subscribers, "Who listens to published orders."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if let stocks, stocks.count != products {
            let cause = "there are \(stocks.count) stocks for \(products) products"
            decoder.reject(
                "stocks", of: node, cause, remedy: "write one for each product, or \"products\": \(stocks.count)")
        }
        if let stocks, let wrong = stocks.first(where: { !(0...1_000_000_000).contains($0) }) {
            decoder.reject("stocks", of: node, "a stock can't be \(wrong)", remedy: "write values from 0 to 1000000000")
        }
        if think != nil, arrive != .atOnce {
            decoder.reject(
                "think", of: node, "a closed loop (think) and open arrivals exclude each other",
                remedy: "remove think, or write \"arrive\": \"at once\"")
        }
        if arrive.needsDuration, `for` == nil {
            decoder.reject(
                "arrive", of: node, "arrivals at a rate go on for ever", remedy: "say how long: \"for\": \"30s\"")
        }
        guard case .trace(let arrivals) = arrive else { return }
        for arrival in arrivals where arrival.product >= products || arrival.user.map({ $0 >= users }) == true {
            let cause = "the trace names product \(arrival.product) and user \(arrival.user ?? 0), counted from 0"
            decoder.reject("arrive", of: node, cause, remedy: "raise products or users above them")
            return
        }
    }
}

/// How often each flow is wanted, relative to the other.
public struct RequestMix: Hashable, Sendable {
    /// Weight of views.
    public var view = 0.0
    /// Weight of purchases.
    public var purchase = 0.0

    /// Nothing at all; a workload needs at least one.
    public init() {}

    /// Weights of both flows.
    public init(view: Double, purchase: Double) { (self.view, self.purchase) = (view, purchase) }
}

extension RequestMix: Configurable {
    package static var fields: [Field<RequestMix>] {
        [
            Field("view", \.view, 0...1_000_000.0, "Weight of views."),
            Field("purchase", \.purchase, 0...1_000_000.0, "Weight of purchases."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard view + purchase <= 0 else { return }
        let remedy = "write for example {\"view\": 0.8, \"purchase\": 0.2}"
        decoder.fail(at: node.place, "nobody views or purchases anything", remedy: remedy, kind: .meaning)
    }
}

/// How users choose among the products.
public enum Popularity: Hashable, Sendable {
    /// All alike.
    case uniform
    /// The n-th product with weight 1/n to this exponent.
    case zipf(Double)
    /// This share of the requests to the first product, the rest to the others alike.
    case hot(Double)
}

extension Popularity: Union {
    package static var choices: [Choice<Popularity>] {
        [
            .word("uniform", .uniform, "All alike."),
            .tag("zipf", "The n-th product with weight 1/n to this exponent.", Popularity.zipf) {
                if case .zipf(let exponent) = $0 { exponent } else { nil }
            }.checked(
                { if case .zipf(let exponent) = $0 { (0...20).contains(exponent) } else { true } },
                "an exponent from 0 to 20"),
            .tag("hot", "This share of the requests to the first product.", Popularity.hot) {
                if case .hot(let share) = $0 { share } else { nil }
            }.checked(
                { if case .hot(let share) = $0 { (0...1).contains(share) } else { true } }, "a share from 0 to 1"),
        ]
    }
}

/// Units in one purchase.
public enum Quantity: Hashable, Sendable {
    /// Always so many.
    case fixed(Int)
    /// Any number in the range, all alike.
    case uniform(ClosedRange<Int>)

    /// The most units that one purchase can be of.
    package var largest: Int {
        switch self {
        case .fixed(let units): units
        case .uniform(let range): range.upperBound
        }
    }
}

extension Quantity: Union {
    package static var choices: [Choice<Quantity>] {
        let allowed = 1...1_000_000
        return [
            .bare("Always so many.", Quantity.fixed) { if case .fixed(let units) = $0 { units } else { nil } }
                .checked(
                    { if case .fixed(let units) = $0 { allowed.contains(units) } else { true } }, "at least 1 unit"),
            .tag("uniform", "Any number between two, all alike.", Quantity.uniform) {
                if case .uniform(let range) = $0 { range } else { nil }
            }.checked(
                {
                    if case .uniform(let range) = $0 {
                        allowed.contains(range.lowerBound) && allowed.contains(range.upperBound)
                    } else {
                        true
                    }
                },
                "at least 1 unit"),
        ]
    }
}

/// Consumers of the published events.
public struct SubscriberSettings: Hashable, Sendable {
    /// How many.
    public var count = 1
    /// That each takes for one event.
    public var delay = Distribution.constant(.zero)

    /// One that takes no time.
    public init() {}
}

extension SubscriberSettings: Configurable {
    package static var fields: [Field<SubscriberSettings>] {
        [
            Field("count", \.count, 0...10_000, "How many subscribers there are."),
            Field("delay", \.delay, "Time that each takes for one event."),
        ]
    }
}
