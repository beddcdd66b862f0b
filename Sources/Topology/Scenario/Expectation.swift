/// What must come out of a run: `metric op threshold`.
public struct Expectation: Hashable, Sendable {
    /// As it was written.
    public var source: String
    /// The metric's name; `MetricCatalogue` has them all.
    public var metric: String
    /// How the value relates to the threshold.
    public var comparison: Comparison
    /// What the value is compared with.
    public var threshold: Threshold

    /// An expectation made by code.
    public init(_ metric: String, _ comparison: Comparison, _ threshold: Threshold) {
        (self.metric, self.comparison, self.threshold) = (metric, comparison, threshold)
        source = "\(metric) \(comparison.rawValue) \(threshold)"
    }

    /// The operators of the grammar.
    public enum Comparison: String, CaseIterable, Sendable {
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"

        /// Whether a value stands in this relation to a threshold; a value that is no number never does.
        public func holds(_ value: Double, _ threshold: Double) -> Bool {
            switch self {
            case .equal: value == threshold
            case .notEqual: value != threshold && !value.isNaN
            case .lessOrEqual: value <= threshold
            case .greaterOrEqual: value >= threshold
            case .less: value < threshold
            case .greater: value > threshold
            }
        }
    }

    /// What a metric is compared with.
    public enum Threshold: Hashable, Sendable, CustomStringConvertible {
        /// A count, a ratio or events a second.
        case number(Double)
        /// 0.95 for "95%".
        case percentage(Double)
        /// `100ms`.
        case duration(TimeSpan)
        /// `500/s`.
        case rate(Rate)

        /// In the metric's own unit: seconds, events a second, a ratio or a count.
        public var value: Double {
            switch self {
            case .number(let number), .percentage(let number): number
            case .duration(let span): span.seconds
            case .rate(let rate): rate.perSecond
            }
        }

        /// As the grammar has it.
        public var description: String {
            switch self {
            case .number(let number): decimal(number)
            case .percentage(let ratio): "\(inPercent(ratio))%"
            case .duration(let span): span.description
            case .rate(let rate): rate.description
            }
        }
    }
}

extension Expectation: TextValue {
    package static var expectation: String { "an expectation such as \(example)" }
    package static var example: String { "\"oversold == 0\"" }
    package static var pattern: String { "^\\s*[^\\s=!<>]+\\s*(==|!=|<=|>=|<|>)\\s*[^\\s=!<>]+\\s*$" }

    /// The text as it was written.
    public var description: String { source }

    /// Reads `metric op threshold`; the metric itself is checked against the catalogue by the loader.
    package static func parse(_ text: String) throws(TextError) -> Expectation {
        let signs: Set<Character> = ["=", "!", "<", ">"]
        guard let start = text.firstIndex(where: signs.contains) else {
            throw TextError("\(text.json.found) has no comparison", remedy: "write for example \(example)")
        }
        let end = text[start...].firstIndex { !signs.contains($0) } ?? text.endIndex
        let metric = trim(text[..<start])
        let right = trim(text[end...])
        guard let comparison = Comparison(rawValue: String(text[start..<end])) else {
            let remedy = text[start..<end] == "=" ? "did you mean \"==\"?" : "write one of == != < <= > >="
            throw TextError("\"\(text[start..<end])\" is no comparison", remedy: remedy)
        }
        guard !metric.isEmpty, !metric.contains(where: \.isWhitespace) else {
            throw TextError("expected a metric before \(comparison.rawValue)", remedy: "write for example \(example)")
        }
        guard !right.isEmpty, !right.contains(where: { $0.isWhitespace || signs.contains($0) }) else {
            throw TextError("expected a threshold after \(comparison.rawValue)", remedy: "write for example \(example)")
        }
        var expectation = Expectation(metric, comparison, try Threshold.parse(right))
        expectation.source = text
        return expectation
    }

    private static func trim(_ text: Substring) -> String {
        let head = text.drop(while: \.isWhitespace)
        let end = head.lastIndex { !$0.isWhitespace }.map { head.index(after: $0) } ?? head.startIndex
        return String(head[..<end])
    }
}

extension Expectation.Threshold {
    static func parse(_ text: String) throws(TextError) -> Expectation.Threshold {
        if text.hasSuffix("%"), let number = number(text.dropLast()) { return .percentage(number / 100) }
        if let number = number(text[...]) { return .number(number) }
        if text.contains("/"), let rate = try? Rate.parse(text) { return .rate(rate) }
        if let span = try? TimeSpan.parse(text) { return .duration(span) }
        throw TextError(
            "\(text.json.found) is no threshold",
            remedy: "write a number, a percentage (95%), a duration (100ms) or a rate (500/s)",
            kind: .meaning)
    }

    /// Decimal digits with a sign; Swift's own reader takes "nan" and "0x1p3" too.
    private static func number(_ text: Substring) -> Double? {
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }), let number = Double(text)
        else {
            return nil
        }
        return number.isFinite ? number : nil
    }
}
