import Topology

/// Student's law of t: how far the mean of few samples may lie from the true one.
package enum StudentT {
    /// The value that t stays below with probability `p`, to about twelve digits.
    package static func quantile(_ p: Double, degreesOfFreedom: Double) -> Double {
        precondition(p > 0 && p < 1 && degreesOfFreedom > 0, "a probability lies in (0, 1)")
        let outside = min(p, 1 - p)
        if outside == 0.5 { return 0 }
        let magnitude = upperQuantile(outside, degreesOfFreedom)
        return p < 0.5 ? -magnitude : magnitude
    }

    /// The probability that t exceeds `t`, which is not negative.
    package static func tail(_ t: Double, degreesOfFreedom n: Double) -> Double {
        let square = t * t
        let x = n / (n + square)
        // The fraction converges fast on one side of the mean only.
        if x < (n / 2 + 1) / (n / 2 + 2.5) { return incompleteBeta(x, n / 2, 0.5, gammaRatio(n / 2)) / 2 }
        return 0.5 - incompleteBeta(square / (n + square), 0.5, n / 2, gammaRatio(n / 2)) / 2
    }

    private static func upperQuantile(_ outside: Double, _ n: Double) -> Double {
        let z = -Normal.quantile(outside)
        if n > 1000 { return nearlyNormal(z, n) }
        var low = 0.0
        var high = max(2 * z, 1)
        while tail(high, degreesOfFreedom: n) > outside { (low, high) = (high, 2 * high) }
        var t = (low + high) / 2
        for _ in 0..<200 {
            let error = tail(t, degreesOfFreedom: n) - outside
            if error > 0 { low = t } else { high = t }
            // Newton's step where it stays in the bracket, else its middle.
            var next = t + error / density(t, n)
            if !(next > low && next < high) { next = (low + high) / 2 }
            if (next - t).magnitude <= 1e-15 * t { return next }
            t = next
        }
        return t
    }

    /// Fisher and Cornish's expansion about the normal law; its error falls with the fifth power of n.
    private static func nearlyNormal(_ z: Double, _ n: Double) -> Double {
        let z2 = z * z
        let first = z * (z2 + 1) / 4
        let second = z * ((5 * z2 + 16) * z2 + 3) / 96
        let third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384
        let fourth = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92_160
        return z + (first + (second + (third + fourth / n) / n) / n) / n
    }

    private static func density(_ t: Double, _ n: Double) -> Double {
        gammaRatio(n / 2) / (n * .pi).squareRoot() * Elementary.pow(1 + t * t / n, -(n + 1) / 2)
    }

    /// Γ(a + ½) / Γ(a): its asymptotic series, carried down to a small `a` by the recurrence.
    private static func gammaRatio(_ a: Double) -> Double {
        var factor = 1.0
        var a = a
        while a < 40 {
            factor *= a / (a + 0.5)
            a += 1
        }
        let r = 1 / a
        var series = (39_325.0 / 33_554_432 * r + 869.0 / 4_194_304) * r - 399.0 / 262_144
        series = (series * r - 21.0 / 32_768) * r + 5.0 / 1024
        series = ((series * r + 1.0 / 128) * r - 1.0 / 8) * r + 1
        return factor * a.squareRoot() * series
    }

    /// The regularised incomplete beta function where one parameter is ½, by its continued fraction (Lentz).
    /// `ratio` is Γ(c + ½) / Γ(c) of the other parameter c.
    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double, _ ratio: Double) -> Double {
        if x <= 0 { return 0 }
        let front = Elementary.pow(x, a) * Elementary.pow(1 - x, b) * ratio / Double.pi.squareRoot() / a
        var c = 1.0
        var d = 1 / (1 - (a + b) * x / (a + 1))
        var fraction = d
        for step in 1...10_000 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            d = 1 / (1 + even * d)
            c = 1 + even / c
            fraction *= d * c
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / (1 + odd * d)
            c = 1 + odd / c
            fraction *= d * c
            if (d * c - 1).magnitude < 1e-16 { break }
        }
        return front * fraction
    }
}
