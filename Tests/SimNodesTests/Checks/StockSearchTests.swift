import Testing
import Topology

@testable import SimNodes

@Suite("Linearizability of a stock")
struct StockSearchTests {
    private typealias Kind = StockOperation.Kind

    private static func operation(_ kind: Kind, _ begin: Int, _ end: Int) -> StockOperation {
        StockOperation(
            kind, begin: Instant(nanoseconds: Int64(begin)), end: Instant(nanoseconds: Int64(end)), request: begin)
    }

    private static func answer(_ initial: Int64, _ operations: [StockOperation], limit: Int = 100_000)
        -> StockSearch.Answer
    {
        StockSearch.run(initial: initial, operations, limit: limit).answer
    }

    // MARK: - Against all orders

    /// Tries every order there is.
    private static func isLinearizable(_ stock: Int64, _ operations: [StockOperation], _ done: UInt32 = 0) -> Bool {
        var left: [Int] = []
        for index in operations.indices where done & 1 << index == 0 { left.append(index) }
        func isCertain(_ index: Int) -> Bool { if case .maybe = operations[index].kind { false } else { true } }
        if !left.contains(where: isCertain) { return true }
        for index in left {
            let operation = operations[index]
            // Nothing that had ended before it began may come after it.
            if left.contains(where: { isCertain($0) && operations[$0].end < operation.begin }) { continue }
            var rest = stock
            switch operation.kind {
            case .take(let units), .maybe(let units):
                if stock < units { continue }
                rest -= units
            case .refused(let units): if stock >= units { continue }
            case .shown(let units): if stock != units { continue }
            }
            if isLinearizable(rest, operations, done | 1 << index) { return true }
        }
        return false
    }

    /// A history that may be anything.
    private static func anyHistory(_ dice: inout RandomStream) -> [StockOperation] {
        (0..<dice.integer(in: 1...7)).map { _ in
            let begin = dice.integer(in: 0...12)
            let end = begin + dice.integer(in: 0...6)
            let units = Int64(dice.integer(in: 1...2))
            let kinds: [Kind] = [.take(units), .maybe(units), .refused(units), .shown(Int64(dice.integer(in: 0...4)))]
            return operation(kinds[dice.integer(in: 0...3)], begin, end)
        }
    }

    /// A history of a stock that works, in which some don't learn how they ended; at times one answer is falsified.
    private static func trueHistory(_ initial: Int64, _ dice: inout RandomStream) -> [StockOperation] {
        var stock = initial
        var operations: [StockOperation] = []
        for point in 0..<dice.integer(in: 3...8) {
            let moment = 10 * point
            let begin = moment - dice.integer(in: 0...25)
            let end = moment + dice.integer(in: 0...25)
            let units = Int64(dice.integer(in: 1...2))
            switch dice.integer(in: 0...5) {
            case 0: operations.append(operation(.shown(stock), begin, end))
            case 1:
                if stock >= units, dice.bernoulli(0.5) { stock -= units }
                operations.append(operation(.maybe(units), begin, end))
            default:
                operations.append(operation(stock >= units ? .take(units) : .refused(units), begin, end))
                if stock >= units { stock -= units }
            }
        }
        if dice.bernoulli(0.5) {
            let index = dice.integer(in: 0...operations.count - 1)
            let old = operations[index]
            let kind: Kind =
                switch old.kind {
                case .take(let units): .refused(units)
                case .refused(let units): .take(units)
                case .shown(let units): .shown(units + 1)
                case .maybe(let units): .take(units)
                }
            operations[index] = StockOperation(kind, begin: old.begin, end: old.end, request: old.request)
        }
        return operations
    }

    @Test("The search agrees with trying all orders, in thousands of small histories")
    func bruteForce() {
        var dice = RandomStream(seed: 11, name: "histories")
        var counts = [0, 0]
        for round in 0..<8_000 {
            let initial = Int64(dice.integer(in: 0...4))
            let operations = round % 2 == 0 ? Self.anyHistory(&dice) : Self.trueHistory(initial, &dice)
            let expected = Self.isLinearizable(initial, operations)
            let found = Self.answer(initial, operations)
            counts[expected ? 1 : 0] += 1
            #expect((found == .linearizable) == expected && found != .undecided, "\(initial): \(operations)")
            if (found == .linearizable) != expected { return }
        }
        // Both answers were given often.
        #expect(counts.min()! > 2_000, "\(counts)")
    }

    // MARK: - Known histories

    @Test("What can't be: two who bought the last, a refusal before the stock was gone, time that runs backwards")
    func bad() {
        let last = [Self.operation(.take(1), 0, 10), Self.operation(.take(1), 5, 15)]
        #expect(Self.answer(1, last) != .linearizable)
        let tooEarly = [Self.operation(.refused(1), 0, 10), Self.operation(.take(1), 11, 20)]
        #expect(Self.answer(1, tooEarly) == .notLinearizable(culprit: 0, stock: 1))
        let backwards = [
            Self.operation(.take(1), 0, 30), Self.operation(.shown(9), 1, 5), Self.operation(.shown(10), 6, 9),
        ]
        #expect(Self.answer(10, backwards) == .notLinearizable(culprit: 2, stock: 9))
        let stale = [Self.operation(.take(1), 0, 5), Self.operation(.shown(10), 6, 7)]
        #expect(Self.answer(10, stale) == .notLinearizable(culprit: 1, stock: 9))
        let lost = [Self.operation(.take(2), 0, 5), Self.operation(.take(2), 6, 9), Self.operation(.shown(3), 10, 11)]
        #expect(Self.answer(5, lost) != .linearizable)
    }

    @Test("What can be: overlapping in any order, and as late as the answer")
    func good() {
        let overlapping = [Self.operation(.refused(1), 0, 10), Self.operation(.take(1), 5, 15)]
        #expect(Self.answer(1, overlapping) == .linearizable)
        let exact = (0..<5).map { Self.operation(.take(2), $0, $0 + 3) } + [Self.operation(.refused(1), 9, 9)]
        #expect(Self.answer(10, exact) == .linearizable)
        #expect(Self.answer(0, []) == .linearizable)
    }

    @Test("What may have happened explains a smaller stock, at any time after its beginning, once, or never")
    func uncertain() {
        let maybe = Self.operation(.maybe(1), 10, 11)
        #expect(Self.answer(2, [maybe, Self.operation(.shown(1), 5, 9)]) != .linearizable)
        #expect(Self.answer(2, [maybe, Self.operation(.shown(1), 1_000, 1_001)]) == .linearizable)
        #expect(Self.answer(2, [maybe, Self.operation(.shown(2), 1_000, 1_001)]) == .linearizable)
        #expect(Self.answer(2, [maybe, Self.operation(.shown(0), 1_000, 1_001)]) != .linearizable)
        let late = [maybe, Self.operation(.shown(2), 500, 501), Self.operation(.shown(1), 502, 503)]
        #expect(Self.answer(2, late) == .linearizable)
        // Nothing can be sold that is not there.
        #expect(Self.answer(0, [maybe, Self.operation(.refused(1), 0, 20)]) == .linearizable)
    }

    // MARK: - Size

    @Test("Thousands at once on one product take a configuration each")
    func many() {
        var operations = (0..<4_000).map { Self.operation(.take(1), 0, 10_000 + $0) }
        operations += (0..<2_000).map { Self.operation(.refused(1), 0, 20_000 + $0) }
        operations += (0..<2_000).map { Self.operation(.maybe(1), 0, 0 + $0) }
        let verdict = StockSearch.run(initial: 4_000, operations, limit: 5_000)
        #expect(verdict.answer == .linearizable)
        #expect(verdict.configurations <= 4_001)
        // One too many.
        operations.append(Self.operation(.take(1), 0, 30_000))
        #expect(
            StockSearch.run(initial: 4_000, operations, limit: 50_000).answer
                == .notLinearizable(culprit: 8_000, stock: 0))
    }

    /// Different units all at once, and a sight that none of their sums explains.
    private static let hard: [StockOperation] =
        (0..<24).map { operation(.maybe(Int64(10 + 2 * $0)), 0, 1) } + [operation(.shown(4_999), 5, 6)]

    @Test(
        "A search that may not go on says that it doesn't know, after exactly as many configurations as it may look at")
    func cap() {
        for limit in [1, 10, 1_000] {
            let verdict = StockSearch.run(initial: 10_000, Self.hard, limit: limit)
            #expect(verdict == StockSearch.Verdict(answer: .undecided, configurations: limit))
        }
        #expect(StockSearch.run(initial: 10_000, Self.hard, limit: 0).answer == .undecided)
        #expect(StockSearch.run(initial: 10_000, Self.hard, limit: 1_000).configurations == 1_000)
    }

    @Test("A search can be cancelled")
    func cancelled() {
        var questions = 0
        let verdict = StockSearch.run(initial: 10_000, Self.hard, limit: 1_000_000) {
            questions += 1
            return questions == 3
        }
        #expect(verdict.answer == .undecided)
        #expect(verdict.configurations == 3 * 1_024)
    }

    @Test("Without an end in sight the finding is open, and the run not broken")
    func undecidedFinding() {
        var evidence = Evidence.sale(stocks: [10_000])
        for number in 0..<24 {
            evidence.request(0, 10 + 2 * number, .unknown)
            evidence.addAttempt(of: number, .unknown)
        }
        let viewer = evidence.view(0, .success)
        evidence.show(viewer, stock: 4_999, version: 7, onPrimary: true)
        let check = LinearizabilityCheck(evidence.design, limits: (product: 100, run: 1_000))
        let finding = check.conclude(evidence)
        #expect(finding.status == .undecided)
        #expect(finding.violations == 0)
        #expect(finding.result(opening: .zero).holds)
        #expect(finding.detail == "25 operations on 1 products; 1 products undecided")
    }

    // MARK: - From what users saw to operations

    @Test("Each attempt is an operation; with an idempotency key those that carry it are one")
    func attempts() {
        var evidence = Evidence.sale(stocks: [10])
        evidence.request(0, 2, .success)
        for (key, outcome) in [
            (UInt64(7), Outcome?.some(.timedOut)), (7, .unknown), (8, .lockNotAcquired), (8, .success),
        ] {
            evidence.addAttempt(of: 0, outcome, key: key)
        }
        #expect(evidence.stockOperations()[0].map(\.kind) == [.take(2), .maybe(2), .maybe(2)])
        evidence.design.joinsAttempts = true
        let joined = evidence.stockOperations()[0]
        #expect(joined.map(\.kind) == [.take(2), .maybe(2)])
        // It may have happened from the first attempt on.
        #expect(joined[1].begin == evidence.attempts[0].began)
        evidence.attempts[3].outcome = .insufficientStock
        #expect(evidence.stockOperations()[0].map(\.kind) == [.refused(2), .maybe(2)])
        evidence.design.reserves = true
        #expect(evidence.stockOperations()[0].map(\.kind) == [.maybe(2)])
    }

    @Test("Where requests come twice, one that found the lock taken may have sold by its second copy")
    func secondCopies() {
        var evidence = Evidence.sale(stocks: [10])
        evidence.request(0, 2, .success)
        for outcome in [Outcome.lockNotAcquired, .success] { evidence.addAttempt(of: 0, outcome, key: 1) }
        evidence.design.joinsAttempts = true
        let once = evidence.stockOperations()[0]
        #expect(once.map(\.kind) == [.take(2)])
        #expect(once[0].begin == evidence.attempts[1].began)
        evidence.design.deliversTwice = true
        let twice = evidence.stockOperations()[0]
        #expect(twice.map(\.kind) == [.take(2)])
        #expect(twice[0].begin == evidence.attempts[0].began)
        evidence.attempts[1].outcome = .lockNotAcquired
        #expect(evidence.stockOperations()[0].map(\.kind) == [.maybe(2)])
        evidence.design.deliversTwice = false
        #expect(evidence.stockOperations()[0].isEmpty)
    }

    @Test("A view counts when its stock came from a primary, not from a cache or a replica")
    func views() {
        for (isPrimary, isCached, count) in [(true, false, 1), (false, false, 0), (true, true, 0)] {
            var evidence = Evidence.sale(stocks: [10])
            let viewer = evidence.view(0, .success)
            evidence.show(viewer, stock: 8, version: 1, onPrimary: isPrimary, fromCache: isCached)
            #expect(evidence.stockOperations()[0].map(\.kind) == [Kind](repeating: .shown(8), count: count))
            #expect(LinearizabilityCheck.check(evidence).violations == count)
        }
    }
}

extension Evidence {
    mutating func addAttempt(of number: Int, _ outcome: Outcome?, key: UInt64 = 0) {
        var attempt = AttemptRecord(
            request: Int32(number), previous: requests[number].lastAttempt, key: key,
            began: Instant(nanoseconds: Int64(attempts.count)))
        attempt.outcome = outcome
        attempt.ended = outcome.map { _ in Instant(nanoseconds: Int64(attempts.count) + 1_000) }
        requests[number].lastAttempt = Int32(attempts.count)
        attempts.append(attempt)
    }

    /// A view was answered with that.
    mutating func show(_ number: Int, stock: Int64, version: Int64, onPrimary: Bool, fromCache: Bool = false) {
        addAttempt(of: number, .success)
        let answered = Instant(nanoseconds: 5_000 + Int64(number))
        (requests[number].shownStock, requests[number].shownVersion) = (stock, version)
        (requests[number].wasCacheHit, requests[number].answered) = (fromCache, answered)
        note(.rowRead, node: onPrimary ? 1 : 2, product: requests[number].product) {
            ($0.value, $0.mark, $0.request) = (stock, version, Int32(number))
            $0.origin = onPrimary ? .committed : .replicated
        }
    }
}
