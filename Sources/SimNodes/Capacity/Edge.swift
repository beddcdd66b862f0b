/// What the runs at one amount of something came to.
package enum Standing: Hashable, Sendable {
    case passes
    case fails
    /// The runs disagree, or their interval straddles a threshold, and there may be no more of them.
    case unclear
}

/// Where along whole amounts that what passes begins to fail.
package struct Edge: Hashable, Sendable {
    /// The amount nearest to the edge that passes; nil: none does.
    package var passing: Int64?
    /// The amount nearest to the edge that fails; nil: none does as far as was looked.
    package var failing: Int64?
    /// Amounts between those two that no affordable number of runs decided.
    package var unclear: [Int64] = []
    /// Amounts that came out otherwise than an edge would have it: failing before it, or passing beyond it.
    package var exceptions: [Int64] = []
    /// Whether the allowance ended before the edge was found as closely as was wanted.
    package var isCutShort = false
}

/// Looks for an edge by bisection.
///
/// It takes it that what passes lies on one side; amounts that contradict this are reported, not hidden.
package struct EdgeSearch {
    /// How close passing and failing amount must come, in proportion to their size.
    package var resolution = 0.02
    /// The farthest amount on the side that should pass.
    package let easy: Int64
    /// The farthest amount on the side that should fail.
    package let hard: Int64

    private var standings: [(amount: Int64, standing: Standing)] = []

    /// - Parameters:
    ///   - easy: beyond this nobody looks for something that passes.
    ///   - hard: beyond this nobody looks for something that fails; it may be less than `easy`.
    package init(easy: Int64, hard: Int64) { (self.easy, self.hard) = (easy, hard) }

    /// Finds the edge.
    ///
    /// - Parameters:
    ///   - start: where to begin; a good guess saves runs.
    ///   - standing: decides an amount; nil when there may be no more runs.
    package mutating func edge<Failure: Error>(
        from start: Int64, _ standing: (Int64) throws(Failure) -> Standing?
    ) throws(Failure) -> Edge {
        standings = []
        var isCutShort = false
        func look(_ amount: Int64) throws(Failure) -> Standing? {
            if let known = standings.first(where: { $0.amount == amount }) { return known.standing }
            guard let found = try standing(amount) else {
                isCutShort = true
                return nil
            }
            standings.append((amount, found))
            return found
        }
        let start = min(max(start, min(easy, hard)), max(easy, hard))
        // Outwards in growing steps, until both sides are known.
        guard let first = try look(start) else { return edge(isCutShort: true) }
        var passing = first == .passes ? start : nil
        var failing = first == .fails ? start : nil
        if passing == nil { passing = try Self.walk(from: start, to: easy, until: .passes, look) }
        if failing == nil, !isCutShort { failing = try Self.walk(from: start, to: hard, until: .fails, look) }
        guard let passing, let failing else { return edge(isCutShort: isCutShort) }
        // Between the two: first the last that passes, then, if some were unclear, the first that fails.
        try Self.narrow(passing, failing, resolution, isBeyond: { $0 != .passes }, look)
        if let pass = self.passing, let fail = self.failing, standings.contains(where: { $0.standing == .unclear }) {
            try Self.narrow(fail, pass, resolution, isBeyond: { $0 != .fails }, look)
        }
        return edge(isCutShort: isCutShort)
    }

    /// Doubling steps towards an end; the first amount that comes out as wanted.
    private static func walk<Failure: Error>(
        from start: Int64, to end: Int64, until wanted: Standing, _ look: (Int64) throws(Failure) -> Standing?
    ) throws(Failure) -> Int64? {
        var amount = start
        while amount != end {
            let next = end > amount ? amount.multipliedReportingOverflow(by: 2).partialValue : amount / 2
            amount = end > amount ? min(end, max(next, amount + 1)) : max(end, min(next, amount - 1))
            guard let found = try look(amount) else { return nil }
            if found == wanted { return amount }
        }
        return nil
    }

    /// Bisects between an amount that comes out in one way and one that does not.
    private static func narrow<Failure: Error>(
        _ known: Int64, _ other: Int64, _ resolution: Double, isBeyond: (Standing) -> Bool,
        _ look: (Int64) throws(Failure) -> Standing?
    ) throws(Failure) {
        var (near, far) = (known, other)
        while Double(abs(far - near)) > max(1, resolution * Double(min(abs(near), abs(far)))) {
            guard let found = try look(middle(near, far)) else { return }
            if isBeyond(found) { far = middle(near, far) } else { near = middle(near, far) }
        }
    }

    /// In the middle of the ratio where the two lie far apart, so that large amounts cost no more steps than small ones.
    private static func middle(_ first: Int64, _ second: Int64) -> Int64 {
        let (low, high) = (min(first, second), max(first, second))
        if low > 0, high / low >= 4 {
            return min(high - 1, max(low + 1, Int64((Double(low) * Double(high)).squareRoot().rounded())))
        }
        return low + (high - low) / 2
    }

    // MARK: - What was found

    private var isUpwards: Bool { hard >= easy }

    /// The passing amount nearest to the first that fails.
    private var passing: Int64? {
        let all = standings.filter { $0.standing == .passes }.map(\.amount)
        return isUpwards ? all.filter { $0 < failing ?? .max }.max() : all.filter { $0 > failing ?? .min }.min()
    }

    /// The first amount that fails, from the easy side on: what passes beyond it is an exception.
    private var failing: Int64? {
        let all = standings.filter { $0.standing == .fails }.map(\.amount)
        return isUpwards ? all.min() : all.max()
    }

    private func edge(isCutShort: Bool) -> Edge {
        let (passing, failing) = (passing, failing)
        func isBetween(_ amount: Int64) -> Bool {
            let fromEasy = isUpwards ? amount > passing ?? .min : amount < passing ?? .max
            let toHard = isUpwards ? amount < failing ?? .max : amount > failing ?? .min
            return fromEasy && toHard
        }
        let beyond = standings.filter { found in
            guard let failing, found.standing == .passes else { return false }
            return isUpwards ? found.amount > failing : found.amount < failing
        }
        return Edge(
            passing: passing, failing: failing,
            unclear: standings.filter { $0.standing == .unclear && isBetween($0.amount) }.map(\.amount).sorted(),
            exceptions: beyond.map(\.amount).sorted(), isCutShort: isCutShort)
    }
}
