/// When requests begin.
public enum Arrival: Hashable, Sendable {
    /// All users at the first moment.
    case atOnce
    /// At random, independently, at this mean rate.
    case poisson(Rate)
    /// At equal distances.
    case constant(Rate)
    /// At random, at a rate that grows or shrinks linearly.
    case ramp(RateRamp)
    /// At random, at a base rate with a peak in it.
    case spike(RateSpike)
    /// At random, at one rate after another.
    case stages([RateStage])
    /// Exactly as listed.
    case trace([TraceArrival])

    /// Whether the form itself does not say when arrivals end.
    var needsDuration: Bool {
        switch self {
        case .poisson, .constant, .spike: true
        case .atOnce, .ramp, .stages, .trace: false
        }
    }
}

extension Arrival: Union {
    package static var choices: [Choice<Arrival>] {
        [
            .word("at once", .atOnce, "All users at the first moment."),
            .tag("poisson", "At random at this mean rate.", Arrival.poisson) {
                if case .poisson(let rate) = $0 { rate } else { nil }
            }.checked({ if case .poisson(let rate) = $0 { rate.perSecond > 0 } else { true } }, "a rate above zero"),
            .tag("constant", "At equal distances.", Arrival.constant) {
                if case .constant(let rate) = $0 { rate } else { nil }
            }.checked({ if case .constant(let rate) = $0 { rate.perSecond > 0 } else { true } }, "a rate above zero"),
            .tag("ramp", "At a rate that changes linearly.", Arrival.ramp) {
                if case .ramp(let ramp) = $0 { ramp } else { nil }
            },
            .tag("spike", "At a base rate with a peak in it.", Arrival.spike) {
                if case .spike(let spike) = $0 { spike } else { nil }
            },
            .tag("stages", "At one rate after another.", Arrival.stages) {
                if case .stages(let stages) = $0 { stages } else { nil }
            }.checked({ if case .stages(let stages) = $0 { !stages.isEmpty } else { true } }, "at least one stage"),
            .tag("trace", "As listed, here or in a CSV file.", Arrival.trace) {
                if case .trace(let arrivals) = $0 { arrivals } else { nil }
            }.loading(String.self)
                .checked(
                    { if case .trace(let arrivals) = $0 { !arrivals.isEmpty } else { true } }, "at least one arrival"),
        ]
    }
}

/// A rate that grows or shrinks linearly.
public struct RateRamp: Hashable, Sendable {
    /// At the start.
    public var from = Rate(perSecond: 0)
    /// At the end.
    public var to = Rate(perSecond: 1)
    /// How long it takes.
    public var over = TimeSpan.seconds(1)

    /// From nothing to one a second.
    public init() {}
}

extension RateRamp: Configurable {
    package static var fields: [Field<RateRamp>] {
        [
            Field("from", \.from, required: true, "Rate at the start."),
            Field("to", \.to, required: true, "Rate at the end."),
            Field("over", \.over, TimeSpan.milliseconds(1)..., required: true, "How long the change takes."),
        ]
    }
}

/// A base rate with a peak in it.
public struct RateSpike: Hashable, Sendable {
    /// Before and after the peak.
    public var base = Rate(perSecond: 0)
    /// During the peak.
    public var peak = Rate(perSecond: 1)
    /// When the peak begins.
    public var at = TimeSpan.zero
    /// How long the peak lasts.
    public var `for` = TimeSpan.seconds(1)

    /// One second of one a second.
    public init() {}
}

extension RateSpike: Configurable {
    package static var fields: [Field<RateSpike>] {
        [
            Field("base", \.base, required: true, "Rate before and after the peak."),
            Field("peak", \.peak, required: true, "Rate during the peak."),
            Field("at", \.at, required: true, "When the peak begins."),
            Field("for", \.for, TimeSpan.milliseconds(1)..., required: true, "How long the peak lasts."),
        ]
    }
}

/// One rate for some time.
public struct RateStage: Hashable, Sendable {
    /// During the stage.
    public var rate = Rate(perSecond: 0)
    /// How long the stage lasts.
    public var `for` = TimeSpan.seconds(1)

    /// A second without arrivals.
    public init() {}
}

extension RateStage: Configurable {
    package static var fields: [Field<RateStage>] {
        [
            Field("rate", \.rate, required: true, "Rate during the stage."),
            Field("for", \.for, TimeSpan.milliseconds(1)..., required: true, "How long the stage lasts."),
        ]
    }
}

/// One request of a trace.
public struct TraceArrival: Hashable, Sendable {
    /// When it begins.
    public var at = TimeSpan.zero
    /// What it is.
    public var flow = Flow.view
    /// Of which product, counted from 0.
    public var product = 0
    /// Units to purchase; absent: the workload's.
    public var quantity: Int?
    /// Whose request it is, counted from 0; absent: the next user's.
    public var user: Int?

    /// A view of the first product at the first moment.
    public init() {}
}

extension TraceArrival: Configurable {
    package static var fields: [Field<TraceArrival>] {
        [
            Field("at", \.at, required: true, "When the request begins."),
            Field("flow", \.flow, required: true, "What the request is."),
            Field("product", \.product, 0...10_000_000, required: true, "Which product, counted from 0."),
            Field("quantity", \.quantity, 1...1_000_000, "Units to purchase; absent: the workload's."),
            Field("user", \.user, 0...10_000_000, "Whose request it is, counted from 0; absent: the next user's."),
        ]
    }
}

/// What a request wants.
public enum Flow: String, CaseIterable, Keyword {
    case view, purchase
}
