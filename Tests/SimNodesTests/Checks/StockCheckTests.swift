import Testing
import Topology

@testable import SimNodes

@Suite("Checks of what was sold")
struct StockCheckTests {
    @Test("Clean evidence breaks nothing, and each finding says what it looked at")
    func clean() {
        let findings = Evidence.checkers.map { $0.check(.clean()) }
        #expect(findings.map(\.id) == ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "LIN"])
        #expect(findings.allSatisfy { $0.violations == 0 && $0.evidence.isEmpty && $0.status != .broken })
        #expect(findings.filter { $0.status == .notApplicable }.map(\.id) == ["I2", "I6", "I8"])
        #expect(findings[0].detail == "8 units sold of 30")
        #expect(findings[2].detail == "all 5 acknowledged orders are there")
        #expect(findings[4].detail == "5 acquisitions, none overlapping")
        #expect(findings[6].detail == "all 9 requests answered, nothing left standing")
    }

    @Test("An empty sale breaks nothing")
    func empty() {
        for checker in Evidence.checkers { #expect(checker.check(Evidence()).violations == 0) }
    }

    @Test("Selling out to the last unit is no oversell; one more is")
    func boundary() {
        var evidence = Evidence.sale(stocks: [3])
        for _ in 0..<3 { evidence.sell(of: 0) }
        #expect(OversellCheck.check(evidence).violations == 0)
        evidence.store(evidence.request(0, 1, .success))
        #expect(OversellCheck.oversoldUnits(evidence) == 1)
        #expect(OversellCheck.check(evidence).status == .broken)
    }

    @Test("Stored orders beyond the stock are oversold, each unit of them")
    func storedBeyondStock() {
        var evidence = Evidence.sale()
        for _ in 0..<4 { evidence.sell(4, of: 1) }
        // A stock that was written back absolutely hides the damage from the row, not from the checker.
        evidence.products[1].stock = 0
        let finding = OversellCheck.check(evidence)
        #expect(OversellCheck.oversoldUnits(evidence) == 6)
        #expect(finding.violations == 7)
        #expect(finding.detail == "6 units oversold, 1 products whose stock and orders disagree")
        #expect(
            finding.evidence == [
                "product 1: 16 units promised or stored, 10 in stock",
                "product 1: stock 0 + sold 16 ≠ initial 10",
            ])
    }

    @Test("Units promised to users and lost count as sold: they may have been sold again")
    func promisedAndLost() {
        var evidence = Evidence.sale()
        for _ in 0..<3 { evidence.request(2, 4, .success) }
        #expect(OversellCheck.oversoldUnits(evidence) == 2)
        #expect(OversellCheck.check(evidence).evidence == ["product 2: 12 units promised or stored, 10 in stock"])
        // Together with stored ones, and each request once.
        evidence.store(0)
        #expect(OversellCheck.oversoldUnits(evidence) == 2)
    }

    @Test("A promise that its user never heard of is no sale", arguments: [Outcome.unknown, .timedOut, .failed])
    func unheard(_ outcome: Outcome) {
        var evidence = Evidence.sale(stocks: [1])
        for _ in 0..<3 { evidence.request(0, 1, outcome) }
        #expect(OversellCheck.check(evidence).violations == 0)
        #expect(LostOrderCheck.check(evidence).violations == 0)
    }

    @Test("A negative stock is a violation even where nothing is oversold")
    func negative() {
        var evidence = Evidence.sale()
        evidence.products[0].stock = -1
        let finding = OversellCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.evidence == ["product 0: stock -1 + sold 0 ≠ initial 10"])
    }

    @Test("A stock that orders don't explain is a violation, above and below", arguments: [-1, 1, 9])
    func unbalanced(_ difference: Int64) {
        var evidence = Evidence.clean()
        evidence.products[2].stock += difference
        let finding = OversellCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(OversellCheck.oversoldUnits(evidence) == 0)
        #expect(finding.evidence.count == 1)
        #expect(finding.evidence[0].hasPrefix("product 2:"))
    }

    @Test("Two orders of one request take the stock twice, and balance")
    func duplicates() {
        var evidence = Evidence.sale(stocks: [2])
        let number = evidence.request(0, 1, .success)
        evidence.store(number)
        evidence.store(number)
        #expect(OversellCheck.check(evidence).violations == 0)
        #expect(LostOrderCheck.check(evidence).violations == 0)
        evidence.store(number)
        #expect(OversellCheck.oversoldUnits(evidence) == 1)
    }

    @Test("Acknowledged orders that are not there are lost, named with request, user and product")
    func lost() {
        var evidence = Evidence.clean()
        let number = evidence.request(1, 2, .success)
        evidence.request(0, 1, .unknown)
        evidence.view(0, .success)
        let finding = LostOrderCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.detail == "1 of 6 acknowledged orders are gone")
        #expect(
            finding.evidence == [
                "request \(number): 2 of product 1 acknowledged to user \(100 + number), no such order"
            ])
    }

    @Test("Only a few lines are shown, all are counted")
    func manyLost() {
        var evidence = Evidence.sale()
        for _ in 0..<20 { evidence.request(0, 1, .success) }
        let finding = LostOrderCheck.check(evidence)
        #expect(finding.violations == 20)
        #expect(finding.evidence.count == Finding.longestEvidence)
    }

    @Test("Redis above or below the database drifts, unit by unit; a missing key does not")
    func drift() {
        var evidence = Evidence.clean()
        evidence.cachedStocks[0]! += 3
        evidence.cachedStocks[1]! -= 2
        evidence.cachedStocks[2] = nil
        let finding = StockDriftCheck.check(evidence)
        #expect(finding.violations == 5)
        #expect(finding.detail == "2 products differ: 3 units too many in Redis, 2 too few")
        #expect(finding.evidence.map { $0.prefix(10) } == ["product 0:", "product 1:"])
        evidence.hasStockCache = false
        #expect(StockDriftCheck.check(evidence).status == .notApplicable)
    }

    @Test("A mark in Redis without an order, and an order without a mark, are drift where marks are to last")
    func markDrift() {
        var evidence = Evidence.clean()
        evidence.markedBuyers = evidence.products.map { product in
            evidence.orders.filter { $0.product == product.id }.map { String($0.user) }
        }
        evidence.design.marks = .user
        #expect(StockDriftCheck.check(evidence).status == .holds)
        let forgotten = evidence.markedBuyers[0].removeLast()
        evidence.markedBuyers[1].append("999")
        let finding = StockDriftCheck.check(evidence)
        #expect(finding.violations == 2)
        #expect(finding.detail == "2 marks of buyers and orders differ")
        #expect(
            finding.evidence == [
                "product 0: Redis lets user \(forgotten) buy again, who has an order",
                "product 1: Redis lets user 999 buy no more, who has no order",
            ])
        evidence.design.marks = nil
        #expect(StockDriftCheck.check(evidence).status == .holds)
    }

    @Test("The order in which requests and orders are listed changes no finding")
    func permutations() {
        var evidence = Evidence.clean()
        for product in 0..<3 { for _ in 0..<4 { evidence.request(product, 3, .success) } }
        evidence.request(0, 1, nil)
        evidence.request(1, 1, nil)
        for _ in 0..<9 { evidence.store(evidence.request(1, 1, .success)) }
        evidence.cachedStocks[1] = 4
        let expected = Evidence.checkers.map { $0.check(evidence) }
        #expect(expected.filter { $0.violations > 0 }.map(\.id) == ["I1", "I3", "I4", "I7"])
        var dice = RandomStream(seed: 7, name: "permutations")
        for _ in 0..<30 {
            for index in evidence.requests.indices.reversed().dropLast() {
                evidence.requests.swapAt(index, dice.integer(in: 0...index))
            }
            for index in evidence.orders.indices.reversed().dropLast() {
                evidence.orders.swapAt(index, dice.integer(in: 0...index))
            }
            let found = Evidence.checkers.map { $0.check(evidence) }
            #expect(found.map(\.violations) == expected.map(\.violations))
            #expect(found.map(\.detail) == expected.map(\.detail))
            #expect(found.map(\.evidence) == expected.map(\.evidence))
        }
    }
}
