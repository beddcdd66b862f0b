/// The values that satisfy an expectation with an order, as an interval.
package struct Acceptance: Hashable, Sendable {
    /// The least; minus infinity where there is none.
    package let lower: Double
    /// The greatest; infinity where there is none.
    package let upper: Double
    /// Whether the ends themselves are left out.
    package let isOpen: Bool

    /// Nil for "!=", which leaves no interval.
    ///
    /// - Parameter within: widens a figure given with "==" by this share to both sides.
    package init?(_ expectation: Expectation, within: Double? = nil) {
        let threshold = expectation.threshold.value
        let slack = (within ?? 0) * threshold.magnitude
        switch expectation.comparison {
        case .notEqual: return nil
        case .equal: (lower, upper, isOpen) = (threshold - slack, threshold + slack, false)
        case .less: (lower, upper, isOpen) = (-.infinity, threshold, true)
        case .lessOrEqual: (lower, upper, isOpen) = (-.infinity, threshold, false)
        case .greater: (lower, upper, isOpen) = (threshold, .infinity, true)
        case .greaterOrEqual: (lower, upper, isOpen) = (threshold, .infinity, false)
        }
    }

    package func contains(_ value: Double) -> Bool {
        isOpen ? value > lower && value < upper : value >= lower && value <= upper
    }

    /// Whether one value could satisfy both.
    package func meets(_ other: Acceptance) -> Bool {
        let (low, high) = (max(lower, other.lower), min(upper, other.upper))
        return low < high || low == high && contains(low) && other.contains(low)
    }
}

/// Two places of the documents that can't both be right.
package struct Contradiction: Hashable, Sendable {
    package let first: ClaimStatement
    package let second: ClaimStatement
    /// What the one says and what the other, metric by metric.
    package let pairs: [Pair]

    /// Two expectations of one metric that no value satisfies both.
    package struct Pair: Hashable, Sendable {
        package let first: Expectation
        package let second: Expectation
    }

    /// All contradictions among what is stated, taken at its word: tolerances are those of the measurement.
    package static func all(in statements: [ClaimStatement]) -> [Contradiction] {
        statements.indices.flatMap { index in
            statements[(index + 1)...].compactMap { other in
                let pairs = clashes(statements[index], other)
                return pairs.isEmpty ? nil : Contradiction(first: statements[index], second: other, pairs: pairs)
            }
        }
    }

    private static func clashes(_ first: ClaimStatement, _ second: ClaimStatement) -> [Pair] {
        first.expect.flatMap { one in
            second.expect.filter { two in
                guard one.metric == two.metric, let left = Acceptance(one), let right = Acceptance(two) else {
                    return false
                }
                return !left.meets(right)
            }.map { Pair(first: one, second: $0) }
        }
    }
}
