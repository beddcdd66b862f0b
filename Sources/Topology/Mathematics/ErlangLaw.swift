/// The law of a sum of `shape` exponential phases of mean one.
package enum ErlangLaw {
    /// The probability that the sum exceeds `x`: that a Poisson variable of mean x stays below `shape`.
    package static func tail(_ x: Double, shape: Int) -> Double {
        if x <= 0 { return 1 }
        // Outwards from the largest term, whose logarithm is safe where the term e^(−x) alone would vanish.
        let peak = min(shape - 1, Int(x))
        var logarithm = -x + Double(peak) * Elementary.log(x)
        for factor in stride(from: 2, through: peak, by: 1) { logarithm -= Elementary.log(Double(factor)) }
        let largest = Elementary.exp(logarithm)
        var sum = largest
        var term = largest
        for n in stride(from: peak, to: 0, by: -1) where term > 0 {
            term *= Double(n) / x
            sum += term
        }
        term = largest
        for n in stride(from: peak + 1, to: shape, by: 1) where term > 0 {
            term *= x / Double(n)
            sum += term
        }
        return min(sum, 1)
    }

    /// The value that the sum stays below with probability `p`; infinite at one.
    package static func quantile(_ p: Double, shape: Int) -> Double {
        if p <= 0 { return 0 }
        if p >= 1 { return .infinity }
        var low = 0.0
        var high = 2 * Double(shape)
        while tail(high, shape: shape) > 1 - p { high *= 2 }
        while true {
            let middle = low + (high - low) / 2
            if middle <= low || middle >= high { return middle }
            if tail(middle, shape: shape) > 1 - p { low = middle } else { high = middle }
        }
    }
}
