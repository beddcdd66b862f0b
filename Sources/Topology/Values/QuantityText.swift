/// Reads `"250ms"`, `"2000/s"`, `"1mb"`: decimal digits and a unit, exactly.
struct QuantityText {
    /// A unit and how many of the smallest one it holds.
    struct Unit {
        let name: String
        let size: Int64

        init(_ name: String, _ size: Int64) {
            self.name = name
            self.size = size
        }
    }

    /// What is read, with an example: "a duration such as \"250ms\"".
    let expectation: String
    let units: [Unit]

    /// The regular expression of all such texts.
    var pattern: String {
        "^[0-9]+(\\.[0-9]+)?(\(units.map { $0.name.replacing("/", with: "\\/") }.joined(separator: "|")))$"
    }

    /// The number of smallest units, which must be whole and fit.
    func parse(_ text: String) throws(TextError) -> Int64 {
        let scalars = text.unicodeScalars
        let number = scalars.prefix { ("0"..."9").contains($0) || $0 == "." }
        let name = String(scalars[number.endIndex...])
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            let remedy = scalars.first == "-" ? "it can't be negative" : "write digits and a unit"
            throw TextError("expected \(expectation), found \(text.json.found)", remedy: remedy)
        }
        guard let unit = units.first(where: { $0.name == name }) else {
            let list = units.map(\.name).joined(separator: ", ")
            let cause = name.isEmpty ? "\(text.json.found) has no unit" : "\"\(name.prefix(20))\" is no unit"
            throw TextError(
                "expected \(expectation): \(cause)", remedy: "write one of the units \(list) after the number")
        }
        var value: Int64 = 0
        for digit in parts[0] { value = try add(digit, to: value, of: text) }
        let whole = value.multipliedReportingOverflow(by: unit.size)
        guard !whole.overflow else { throw tooLarge(text) }
        guard parts.count == 2 else { return whole.partialValue }
        let sum = whole.partialValue.addingReportingOverflow(try fraction(of: unit, parts[1], in: text))
        guard !sum.overflow else { throw tooLarge(text) }
        return sum.partialValue
    }

    /// The decimals of a unit, exactly: digits × size ÷ 10ⁿ without remainder.
    private func fraction(
        of unit: Unit, _ decimals: Substring.UnicodeScalarView, in text: String
    ) throws(TextError) -> Int64 {
        let kept = decimals.reversed().drop { $0 == "0" }.reversed()
        var (digits, power): (Int64, Int64) = (0, 1)
        for digit in kept.prefix(18) {
            digits = digits * 10 + Int64(digit.value - 0x30)
            power *= 10
        }
        let (quotient, remainder) = power.dividingFullWidth(digits.multipliedFullWidth(by: unit.size))
        guard kept.count <= 18, remainder == 0 else {
            throw TextError(
                "\(text.json.found) is finer than the smallest unit", remedy: "write fewer decimals", kind: .meaning)
        }
        return quotient
    }

    private func add(_ digit: Unicode.Scalar, to value: Int64, of text: String) throws(TextError) -> Int64 {
        let tenfold = value.multipliedReportingOverflow(by: 10)
        let sum = tenfold.partialValue.addingReportingOverflow(Int64(digit.value - 0x30))
        guard !tenfold.overflow, !sum.overflow else { throw tooLarge(text) }
        return sum.partialValue
    }

    private func tooLarge(_ text: String) -> TextError {
        TextError("\(text.json.found) is too large", remedy: "write a smaller value", kind: .meaning)
    }

    /// The amount in the largest unit of which it is a whole number.
    func format(_ amount: Int64) -> String {
        let unit = amount == 0 ? nil : units.filter { amount % $0.size == 0 }.max { $0.size < $1.size }
        guard let unit else { return "0\(units.first?.name ?? "")" }
        return "\(amount / unit.size)\(unit.name)"
    }
}
