import SimNodes
import Topology

/// How numbers are written for people: three significant digits, a unit, thousands apart.
enum Format {
    /// Stands where there is nothing to show.
    static let nothing = "-"

    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// Three significant digits; whole numbers of any size exactly.
    static func number(_ value: Double) -> String {
        if value == value.rounded(), value.magnitude < 1e15 { return count(Int(value)) }
        return significant(value)
    }

    static func significant(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? nothing : value < 0 ? "-∞" : "∞" }
        if value < 0 { return "-" + significant(-value) }
        if value == 0 { return "0" }
        if value >= 1e15 { return "\(value)" }
        if value >= 99.95 { return count(Int(value.rounded())) }
        var decimals = 1
        var limit = 9.995
        while value < limit, decimals < 9 {
            decimals += 1
            limit /= 10
        }
        return fixed(value, decimals: decimals)
    }

    /// A mean level, such as a queue's: what is below a thousandth is as good as nothing.
    static func level(_ value: Double) -> String { value > 0 && value < 0.001 ? "<0.001" : number(value) }

    /// So many digits behind the point.
    static func fixed(_ value: Double, decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let digits = String(Int((value * scale).rounded()))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return decimals == 0 ? padded : "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    static func seconds(_ seconds: Double) -> String {
        guard seconds.isFinite else { return significant(seconds) }
        let (unit, factor) = scale(seconds)
        return "\(significant(seconds * factor)) \(unit)"
    }

    /// A mean with its half width, both in the unit of the mean.
    static func seconds(_ mean: Double, halfWidth: Double) -> String {
        let (unit, factor) = scale(max(mean, halfWidth.isFinite ? halfWidth : 0))
        return "\(spread(mean * factor, halfWidth * factor, isCount: false)) \(unit)"
    }

    private static func scale(_ seconds: Double) -> (unit: String, factor: Double) {
        let size = seconds.magnitude
        if size == 0 || size >= 0.9995 { return ("s", 1) }
        if size >= 0.999_5e-3 { return ("ms", 1e3) }
        if size >= 0.999_5e-6 { return ("µs", 1e6) }
        return ("ns", 1e9)
    }

    static func duration(_ span: TimeSpan) -> String { seconds(span.seconds) }

    static func duration(_ span: TimeSpan?) -> String { span.map { duration($0) } ?? nothing }

    /// Milliseconds stay visible in late moments, as what follows a fault follows fast.
    static func moment(_ instant: Instant) -> String {
        let seconds = instant.seconds
        return seconds < 1 ? Format.seconds(seconds) : "\(fixed(seconds, decimals: 3)) s"
    }

    static func percent(_ ratio: Double) -> String {
        guard ratio.isFinite else { return significant(ratio) }
        if ratio > 0, ratio < 0.000_1 { return "<0.01 %" }
        let text = significant(ratio * 100)
        // What is not quite all must not look like all.
        return ratio < 1 && text == "100" ? ">99.9 %" : "\(text) %"
    }

    static func rate(_ perSecond: Double) -> String { "\(significant(perSecond))/s" }

    /// A mean with its half width; whole counts stay whole.
    static func spread(_ mean: Double, _ halfWidth: Double, isCount: Bool = true) -> String {
        let text = isCount ? number(mean) : significant(mean)
        guard halfWidth.isFinite else { return text }
        // A half width below the last digit of the mean says no more than that.
        let decimals = text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
        let isBelow =
            decimals > 0 && halfWidth > 0 && !fixed(halfWidth, decimals: decimals).contains { ("1"..."9").contains($0) }
        return isBelow
            ? "\(text) ±<0.\(String(repeating: "0", count: decimals - 1))1" : "\(text) ±\(significantPair(halfWidth))"
    }

    /// Two significant digits are all that a half width deserves.
    private static func significantPair(_ value: Double) -> String {
        if value == 0 { return "0" }
        if value >= 9.95 { return count(Int(value.rounded())) }
        var decimals = 1
        var limit = 0.995
        while value < limit, decimals < 9 {
            decimals += 1
            limit /= 10
        }
        return fixed(value, decimals: decimals)
    }

    static func metric(_ value: Double?, _ unit: MetricCatalogue.Unit?) -> String {
        guard let value else { return "no samples" }
        switch unit {
        case .duration: return seconds(value)
        case .ratio: return percent(value)
        case .rate: return rate(value)
        case .count, nil: return number(value)
        }
    }

    /// A mean over several runs with half of its interval; the mean alone where all runs agree.
    static func interval(_ interval: ConfidenceInterval, _ unit: MetricCatalogue.Unit?) -> String {
        guard interval.halfWidth > 0 else { return metric(interval.mean, unit) }
        switch unit {
        case .duration: return seconds(interval.mean, halfWidth: interval.halfWidth)
        case .ratio: return "\(spread(interval.mean * 100, interval.halfWidth * 100, isCount: false)) %"
        case .rate: return "\(spread(interval.mean, interval.halfWidth, isCount: false))/s"
        case .count, nil: return spread(interval.mean, interval.halfWidth)
        }
    }

    /// `lockNotAcquired` as people write it.
    static func words(_ name: String) -> String {
        var text = ""
        for character in name {
            if character.isUppercase, !text.isEmpty { text += " " }
            text += character.isUppercase ? character.lowercased() : String(character)
        }
        return text
    }

    static func plural(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }
}
