/// Logarithm, exponential and power made of `+ − × ÷` alone, so that every machine computes the same bits.
///
/// The C library's may differ in the last bit between versions, and one such bit moves an event. Swift never contracts
/// `a * b + c` into a fused multiply-add unless asked to (`addingProduct`), which is why none is asked for here.
/// Errors stay below one unit in the last place. Coefficients: Chebyshev interpolation in 60 digits, then rounded.
package enum Elementary {
    /// ln 2 cut to 42 bits: times a binary exponent it is exact.
    static let ln2High = 0x1.62e42fefa38p-1
    /// What `ln2High` leaves out.
    static let ln2Low = 0x1.ef35793c7673p-45

    /// The natural logarithm; −∞ at zero, NaN below.
    package static func log(_ x: Double) -> Double {
        guard x > 0, x < .infinity else { return x == 0 ? -.infinity : (x > 0 ? x : .nan) }
        let (fraction, exponent) = reduced(x)
        let s = fraction / (2 + fraction)
        let z = s * s
        let w = z * z
        // log(1 + f) = 2 artanh(s); the series in z = s², split in even and odd powers so that both run at once.
        let even = w * (0.39999999999899444 + w * (0.22222211130259878 + w * 0.15331710618210773))
        let odd =
            z
            * (0.666666666666667 + w * (0.2857142862600327 + w * (0.18182889455674947 + w * 0.14616585424888623)))
        let half = 0.5 * fraction * fraction
        return exponent * ln2High - ((half - (s * (half + (even + odd)) + exponent * ln2Low)) - fraction)
    }

    /// e to the power `x`; infinite above 709.78, zero below −745.13.
    package static func exp(_ x: Double) -> Double { exp(x, plus: 0) }

    /// `base` to the power `exponent`, for a base that is not negative (NaN otherwise).
    package static func pow(_ base: Double, _ exponent: Double) -> Double {
        if exponent == 0 || base == 1 { return 1 }
        guard base >= 0, !exponent.isNaN else { return .nan }
        if base == 0 { return exponent > 0 ? 0 : .infinity }
        if base == .infinity { return exponent > 0 ? .infinity : 0 }
        let (high, low) = doubledLog(base)
        let product = exponent * high
        if product > 800 { return .infinity }
        if product < -800 { return 0 }
        let rest = productError(exponent, high, product) + exponent * low
        return exp(product, plus: rest)
    }

    /// Splits x into 2^exponent · (1 + fraction) with 1 + fraction in [√½, √2).
    private static func reduced(_ x: Double) -> (fraction: Double, exponent: Double) {
        var bits = x.bitPattern
        var exponent: Int64 = 0
        if bits < 0x0010_0000_0000_0000 {
            bits = (x * 0x1p54).bitPattern
            exponent = -54
        }
        let offset = bits &- 0x3FE6_A09E_667F_3BCD
        exponent += Int64(bitPattern: offset) >> 52
        let mantissa = Double(bitPattern: bits &- (offset & 0xFFF0_0000_0000_0000))
        return (mantissa - 1, Double(exponent))
    }

    /// e^(x + tail), where the tail is what `x` lost in rounding.
    private static func exp(_ x: Double, plus tail: Double) -> Double {
        guard x < 709.782712893384 else { return x.isNaN ? .nan : .infinity }
        guard x > -745.1332191019412 else { return 0 }
        // Adding 1.5 · 2⁵² pushes the fraction out: rounding to a whole number without a library call.
        let exponent = (x * 1.4426950408889634 + 0x1.8p52) - 0x1.8p52
        let high = x - exponent * ln2High
        let low = exponent * ln2Low - tail
        let r = high - low
        let correction = (high - r) - low
        let r2 = r * r
        let r4 = r2 * r2
        let first = (0.5 + r * 0.1666666666666667) + r2 * (0.04166666666666667 + r * 0.008333333333326136)
        let second =
            (0.0013888888888883748 + r * 0.00019841269874820627)
            + r2 * (2.4801587325547743e-05 + r * 2.7557255400206422e-06)
        let third = (2.75572736431103e-07 + r * 2.5105217004720745e-08) + r2 * 2.0914686968086876e-09
        let polynomial = first + r4 * (second + r4 * third)
        let value = 1 + (r + (r2 * polynomial + correction))
        return scaled(value, Int64(exponent))
    }

    /// value · 2^exponent, also where the result is subnormal.
    private static func scaled(_ value: Double, _ exponent: Int64) -> Double {
        if exponent > 1023 { return value * 2 * power(exponent - 1) }
        if exponent < -1022 { return value * power(exponent + 54) * 0x1p-54 }
        return value * power(exponent)
    }

    private static func power(_ exponent: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: exponent + 1023) << 52)
    }

    /// The logarithm as a sum of two doubles, good to 2⁻⁶⁴: a power multiplies its error by up to 709.
    private static func doubledLog(_ x: Double) -> (high: Double, low: Double) {
        let (fraction, exponent) = reduced(x)
        let (divisor, divisorLow) = sum(1, 1 + fraction)
        let s = fraction / divisor
        let product = s * divisor
        let sLow = (((fraction - product) - productError(s, divisor, product)) - s * divisorLow) / divisor
        let z = s * s
        let zLow = productError(s, s, z) + 2 * s * sLow
        let near = 0.4 + z * (0.28571428571429364 + z * (0.22222222221655885 + z * 0.18181818335392802))
        let far = 0.1538459496251843 + z * (0.1333480469384731 + z * (0.11706236339491206 + z * 0.11723178623876518))
        let (c, cRest) = sum(0.6666666666666666, z * (near + (z * z) * (z * z) * far))
        let cLow = cRest + 3.700743415417188e-17
        let p = z * c
        let pLow = productError(z, c, p) + (z * cLow + zLow * c)
        let (q, qRest) = sum(2, p)
        let qLow = qRest + pLow
        let l = s * q
        let lLow = productError(s, q, l) + (s * qLow + sLow * q)
        let (high, rest) = sum(exponent * ln2High, l)
        return sum(high, rest + (lLow + exponent * ln2Low))
    }

    /// a + b and what its rounding lost (Knuth's two-sum).
    private static func sum(_ a: Double, _ b: Double) -> (high: Double, low: Double) {
        let high = a + b
        let part = high - a
        return (high, (a - (high - part)) + (b - part))
    }

    /// What the rounding of `product` = a · b lost (Dekker, with Veltkamp's splitting).
    private static func productError(_ a: Double, _ b: Double, _ product: Double) -> Double {
        let aScaled = 134_217_729 * a
        let aHigh = aScaled - (aScaled - a)
        let aLow = a - aHigh
        let bScaled = 134_217_729 * b
        let bHigh = bScaled - (bScaled - b)
        let bLow = b - bHigh
        return aLow * bLow - (((product - aHigh * bHigh) - aLow * bHigh) - aHigh * bLow)
    }
}
