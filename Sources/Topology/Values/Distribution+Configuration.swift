extension Distribution: Union {
    package static var choices: [Choice<Distribution>] {
        [
            .bare("Always the same.", Distribution.constant) { if case .constant(let span) = $0 { span } else { nil } },
            .tag("constant", "Always the same.", Distribution.constant) { _ in nil },
            .tag("uniform", "Anything between two values, all alike.") {
                .uniform(from: $0.lowerBound, to: $0.upperBound)
            } _: { (whole) -> ClosedRange<TimeSpan>? in
                if case .uniform(let from, let to) = whole { from...to } else { nil }
            },
            .tag("exponential", "Without memory, with this mean.", Distribution.exponential) {
                if case .exponential(let mean) = $0 { mean } else { nil }
            },
            .tag("logNormal", "Skewed to the right, as response times are.") { (form: LogNormal) in
                .logNormal(median: form.median, sigma: form.sigma)
            } _: {
                guard case .logNormal(let median, let sigma) = $0 else { return nil }
                return LogNormal(median: median, sigma: sigma)
            },
            .tag("pareto", "A heavy tail: rare values that are very long.") { (form: Pareto) in
                .pareto(minimum: form.minimum, shape: form.shape, maximum: form.maximum)
            } _: {
                guard case .pareto(let minimum, let shape, let maximum) = $0 else { return nil }
                return Pareto(minimum: minimum, shape: shape, maximum: maximum)
            },
            .tag("erlang", "The sum of exponential phases: steadier than one.") { (form: Erlang) in
                .erlang(shape: form.shape, mean: form.mean)
            } _: {
                guard case .erlang(let shape, let mean) = $0 else { return nil }
                return Erlang(shape: shape, mean: mean)
            },
            .tag("empirical", "Measured values, each drawn with its weight.") { (form: Empirical) in
                .empirical(values: form.values, weights: form.weights)
            } _: {
                guard case .empirical(let values, let weights) = $0 else { return nil }
                return Empirical(values: values, weights: weights)
            },
        ]
    }
}

struct LogNormal: Configurable {
    var median = TimeSpan.milliseconds(1)
    var sigma = 0.5

    static var fields: [Field<LogNormal>] {
        [
            Field("median", \.median, required: true, "Half of the values are shorter."),
            Field("sigma", \.sigma, 0...10.0, required: true, "Standard deviation of the natural logarithm."),
        ]
    }
}

struct Pareto: Configurable {
    var minimum = TimeSpan.milliseconds(1)
    var shape = 2.0
    var maximum: TimeSpan?

    static var fields: [Field<Pareto>] {
        [
            Field("minimum", \.minimum, required: true, "No value is shorter."),
            Field("shape", \.shape, 0.01...1000.0, required: true, "Tail exponent: the smaller, the heavier."),
            Field("maximum", \.maximum, "Longer values are cut off here."),
        ]
    }

    func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard let maximum, maximum < minimum else { return }
        decoder.reject("maximum", of: node, "the maximum is below the minimum", remedy: "write at least \(minimum)")
    }
}

struct Erlang: Configurable {
    var shape = 2
    var mean = TimeSpan.milliseconds(1)

    static var fields: [Field<Erlang>] {
        [
            Field("shape", \.shape, 1...1000, required: true, "Number of phases."),
            Field("mean", \.mean, required: true, "Mean of the sum."),
        ]
    }
}

struct Empirical: Configurable {
    var values: [TimeSpan] = []
    var weights: [Double] = []

    static var fields: [Field<Empirical>] {
        [
            Field("values", \.values, required: true, "What was measured."),
            Field("weights", \.weights, "How often each value is drawn, relative to the others; none means alike."),
        ]
    }

    func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if values.isEmpty {
            decoder.reject("values", of: node, "there is no value to draw", remedy: "write at least one duration")
        }
        if !weights.isEmpty, weights.count != values.count {
            let cause = "there are \(weights.count) weights for \(values.count) values"
            decoder.reject("weights", of: node, cause, remedy: "write one weight for each value")
        }
        if weights.contains(where: { $0 < 0 }) || (!weights.isEmpty && weights.reduce(0, +) <= 0) {
            decoder.reject(
                "weights", of: node, "weights can't be negative or all zero", remedy: "write positive numbers")
        }
    }
}
