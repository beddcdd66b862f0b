/// A range of values in a `--vary`, such as `5ms..20ms:4`.
///
/// All amounts are whole numbers of a smallest unit, so that no value depends on how a machine rounds.
struct VariedRange {
    /// As `--set` takes them.
    let values: [String]

    /// Nil when the item is no range but a value.
    ///
    /// - Throws: when it begins like a range and is none.
    init?(_ item: String) throws(TextError) {
        guard let dots = Self.dots(in: item), !item.hasPrefix("\"") else { return nil }
        let from = item[..<dots]
        var rest = item[item.index(dots, offsetBy: 2)...]
        let startsWithNumber = from.first.map { $0.isASCIIDigit || $0 == "-" || $0 == "." } ?? false
        guard startsWithNumber || (from.isEmpty && rest.first?.isASCIIDigit == true) else { return nil }
        let progression = try Progression(takenFrom: &rest, of: item)
        guard !from.isEmpty, !rest.isEmpty else {
            throw TextError(
                "the range \(item.json.text) lacks an end", remedy: "write for example 100..600 or 5ms..20ms")
        }
        let (low, high) = try Self.ends(String(from), String(rest), of: item)
        guard low.amount < high.amount else {
            let remedy = low.amount == high.amount ? "write \(from)" : "write \(rest)..\(from)"
            throw TextError("the range \(item.json.text) does not grow", remedy: remedy)
        }
        let scale = low.scale
        values = try progression.amounts(low.amount, high.amount, scale, of: item).map(scale.text)
    }

    /// Where the first two dots stand beside each other.
    private static func dots(in text: String) -> String.Index? {
        text.indices.dropLast().first { text[$0] == "." && text[text.index(after: $0)] == "." }
    }

    /// Both ends in one unit, fine enough for each.
    private static func ends(
        _ from: String, _ to: String, of item: String
    ) throws(TextError) -> (VariedAmount, VariedAmount) {
        let low = try VariedAmount(from)
        let high = try VariedAmount(to)
        if let pair = VariedAmount.aligned(low, high) { return pair }
        throw TextError(
            "the ends of \(item.json.text) have different units", remedy: "write both with a unit, as in 5ms..20ms")
    }
}

/// How the values of a range follow each other.
private enum Progression {
    /// How many values `FROM..TO` has.
    private static let usualCount = 5

    case count(Int)
    case step(String)
    case factor(Double)

    /// Takes what follows the second end off the text.
    init(takenFrom rest: inout Substring, of item: String) throws(TextError) {
        guard let mark = rest.firstIndex(where: { $0 == ":" || $0 == "+" || $0 == "x" }) else {
            self = .count(Self.usualCount)
            return
        }
        let text = String(rest[rest.index(after: mark)...])
        switch rest[mark] {
        case ":":
            guard let count = Int(text), text.allSatisfy(\.isASCIIDigit), (2...Variation.mostValues).contains(count)
            else {
                throw TextError(
                    "\(text.json.text) is no number of values in \(item.json.text)",
                    remedy: "write 2 to \(Variation.mostValues) after the colon")
            }
            self = .count(count)
        case "+": self = .step(text)
        default:
            guard let factor = Double(text), text.allSatisfy({ $0.isASCIIDigit || $0 == "." }), factor >= 1.01 else {
                throw TextError(
                    "\(text.json.text) is no factor in \(item.json.text)",
                    remedy: "write 1.01 or more, as in 100..1600x2")
            }
            self = .factor(factor)
        }
        rest = rest[..<mark]
    }

    func amounts(_ low: Int64, _ high: Int64, _ scale: VariedAmount.Scale, of item: String) throws(TextError) -> [Int64]
    {
        switch self {
        case .count(let count): return Self.spread(low, high, count, isRounded: scale != .size)
        case .step(let text):
            let step = try VariedAmount(text)
            guard let amount = step.amount(in: scale), amount > 0 else {
                throw TextError(
                    "\(text.json.text) is no step of \(item.json.text)",
                    remedy: "write a positive amount in the unit and as fine as the ends, as in 100..600+50")
            }
            guard (high - low) / amount < Variation.mostValues else {
                throw TextError("\(item.json.text) has too many values", remedy: "write a larger step")
            }
            return Array(stride(from: low, through: high, by: Int(amount)))
        case .factor(let factor):
            guard low > 0 else {
                throw TextError(
                    "\(item.json.text) can't grow by a factor from zero or below", remedy: "begin above zero")
            }
            var amounts = [low]
            while let last = amounts.last, amounts.count < Variation.mostValues {
                let next = max(last + 1, Int64((Double(last) * factor).rounded()))
                guard next <= high else { break }
                amounts.append(next)
            }
            return amounts
        }
    }

    /// Evenly spread, the ends included; those between are rounded to decimal digits where that moves them by less than
    /// a hundredth of their distance.
    private static func spread(_ low: Int64, _ high: Int64, _ count: Int, isRounded: Bool) -> [Int64] {
        let gap = (high - low) / Int64(count - 1)
        var grain: Int64 = 1
        while isRounded, grain <= gap / 1_000 { grain *= 10 }
        var amounts = [low]
        for index in 1..<(count - 1) where count > 2 {
            let exact = Double(low) + Double(high - low) * Double(index) / Double(count - 1)
            let amount = Int64((exact / Double(grain)).rounded()) * grain
            if amount > amounts[amounts.count - 1], amount < high { amounts.append(amount) }
        }
        return amounts + [high]
    }
}

/// A number with a unit, as a whole number of a smallest unit.
struct VariedAmount {
    /// What the whole number counts.
    enum Scale: Hashable {
        /// A number with so many decimals and what stands behind it: nothing, or the unit of a rate.
        case decimals(Int, unit: String)
        case duration
        case size

        func text(_ amount: Int64) -> String {
            switch self {
            case .duration: TimeSpan(nanoseconds: amount).description
            case .size: ByteCount(bytes: Int(amount)).description
            case .decimals(let places, let unit): Self.decimal(amount, places) + unit
            }
        }

        private static func decimal(_ amount: Int64, _ places: Int) -> String {
            let digits = String(amount.magnitude)
            let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
            let fraction = padded.suffix(places).reversed().drop { $0 == "0" }.reversed()
            let whole = padded.dropLast(places)
            return (amount < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + String(fraction))
        }
    }

    var amount: Int64
    var scale: Scale

    /// Reads digits, perhaps with a sign, decimals and a unit.
    init(_ text: String) throws(TextError) {
        let remedy = "write digits and, where it has one, a unit: 100, 0.5, 5ms, 200/s, 1mb"
        let isNegative = text.hasPrefix("-")
        let bare = isNegative ? text.dropFirst() : text[...]
        let number = bare.prefix { $0.isASCIIDigit || $0 == "." }
        let unit = String(bare[number.endIndex...])
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            throw TextError("\(text.json.text) is no number", remedy: remedy)
        }
        if unit.isEmpty || Self.rateUnits.contains(unit) {
            let decimals = parts.count == 2 ? parts[1].count : 0
            guard let amount = Int64(parts.joined()), amount < 1_000_000_000_000_000, decimals <= 9 else {
                throw TextError("\(text.json.text) has too many digits", remedy: "write at most 15, and 9 decimals")
            }
            self.amount = isNegative ? -amount : amount
            scale = .decimals(decimals, unit: unit)
        } else if !isNegative, let span = try? TimeSpan.parse(String(bare)) {
            (amount, scale) = (span.nanoseconds, .duration)
        } else if !isNegative, let size = try? ByteCount.parse(String(bare)) {
            (amount, scale) = (Int64(size.bytes), .size)
        } else {
            throw TextError("\(text.json.text) is no amount that a range could have", remedy: remedy)
        }
    }

    private static let rateUnits: Set<String> = ["/s", "/ms", "/min", "/h"]

    /// Two amounts on one scale; nil when their units differ.
    static func aligned(_ low: VariedAmount, _ high: VariedAmount) -> (VariedAmount, VariedAmount)? {
        if low.scale == high.scale, low.scale == .duration || low.scale == .size { return (low, high) }
        guard case .decimals(let first, let unit) = low.scale, case .decimals(let second, let other) = high.scale,
            unit == other
        else { return nil }
        // Whole numbers stay whole, as a number of servers does; others get room for what lies between.
        let places = max(first, second)
        let scale = Scale.decimals(places == 0 && unit.isEmpty ? 0 : places + 2, unit: unit)
        guard let from = low.amount(in: scale), let to = high.amount(in: scale) else { return nil }
        var (low, high) = (low, high)
        (low.amount, low.scale, high.amount, high.scale) = (from, scale, to, scale)
        return (low, high)
    }

    /// The same amount on another scale; nil when it has another unit or is finer.
    func amount(in other: Scale) -> Int64? {
        if scale == other { return amount }
        guard case .decimals(let places, let unit) = scale, case .decimals(let target, let same) = other, unit == same,
            places <= target
        else { return nil }
        return (0..<(target - places)).reduce(amount) { value, _ in value * 10 }
    }
}

extension Character {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
