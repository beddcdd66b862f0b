import Testing
import Topology

@testable import SimNodes

@Suite("Checks of promises: one a user, one a key, fencing, the cache, and what became visible")
struct PromiseCheckTests {
    // MARK: - I2

    @Test("A second order of the same user and product, where that is promised; another product or user is none")
    func duplicateOrders() {
        var evidence = Evidence.sale()
        evidence.design.onePerUser = true
        for (product, user) in [(0, 1), (1, 1), (0, 2)] {
            evidence.store(evidence.request(product, 1, .success, user: user))
        }
        #expect(DuplicateOrderCheck.check(evidence).status == .holds)
        #expect(DuplicateOrderCheck.check(evidence).detail == "3 users and products, one order each")
        let moment = evidence.next
        evidence.store(evidence.request(0, 1, .success, user: 2))
        let finding = DuplicateOrderCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.evidence == ["user 2 has 2 orders of product 0, by requests 2, 3"])
        let incident = finding.incidents[0]
        #expect(incident.kind == .duplicateOrder)
        #expect((incident.products, incident.requests, incident.nodes) == ([0], [2, 3], ["db1"]))
        #expect(incident.at! > moment)
        evidence.design.onePerUser = false
        #expect(DuplicateOrderCheck.check(evidence).status == .notApplicable)
    }

    @Test("A second order that only a lost database had is none")
    func duplicateElsewhere() {
        var evidence = Evidence.sale()
        evidence.design.onePerUser = true
        evidence.design.onePerKey = true
        evidence.commit(evidence.request(0, 1, .unknown, user: 1), on: 2, key: 5)
        evidence.commit(evidence.request(0, 1, .success, user: 1), on: 1, key: 5)
        #expect(DuplicateOrderCheck.check(evidence).violations == 0)
        #expect(RepeatedEffectCheck.check(evidence).violations == 0)
        evidence.commit(evidence.request(0, 1, .success, user: 1), on: 1, key: 5)
        #expect(DuplicateOrderCheck.check(evidence).violations == 1)
        #expect(RepeatedEffectCheck.check(evidence).violations == 1)
    }

    // MARK: - I5

    @Test("A resource that takes a write under an older token than one before, on the same database and product")
    func fencing() {
        var evidence = Evidence.sale()
        evidence.design.exclusion = .fenced
        func write(_ request: Int32, _ token: Int64, product: Int = 0, node: Int16 = 1) {
            evidence.note(.fencedWrite, node: node, product: product) { ($0.request, $0.value) = (request, token) }
        }
        write(1, 33)
        write(2, 34)
        write(2, 34)
        write(3, 12, product: 1)
        write(4, 20, node: 2)
        #expect(MutualExclusionCheck.check(evidence).status == .holds)
        write(1, 33)
        let finding = MutualExclusionCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.incidents[0].kind == .staleHolder)
        #expect(finding.incidents[0].requests == [2, 1])
        #expect(
            finding.evidence == [
                "product 0: a write of request 1 was accepted after one of request 2, who got the lock later"
            ])
    }

    @Test("With fencing an overlap is no violation; the refusals are mentioned")
    func fencedOverlap() {
        var evidence = Evidence.sale()
        evidence.enter(0, 1)
        evidence.enter(0, 2)
        #expect(MutualExclusionCheck.check(evidence).incidents.map(\.kind) == [.overlappingLocks])
        evidence.design.exclusion = .fenced
        let finding = MutualExclusionCheck.check(evidence)
        #expect(finding.status == .holds)
        #expect(finding.detail.hasSuffix("every stale holder was refused"))
    }

    @Test("Who had the lock before another asked for it writes after that one: stale, whatever the tokens say")
    func fencedRegression() {
        var evidence = Evidence.sale()
        evidence.design.exclusion = .fenced
        func enter(_ request: Int32, _ token: Int64, asked: Instant) {
            evidence.note(.lockEntered, product: 0) {
                ($0.request, $0.value, $0.mark) = (request, token, asked.nanoseconds)
            }
        }
        func write(_ request: Int32, _ token: Int64) {
            evidence.note(.fencedWrite, node: 1, product: 0) { ($0.request, $0.value) = (request, token) }
        }
        // The second one asked before the first one had it: nobody can say who is older.
        enter(1, 7, asked: evidence.next)
        enter(2, 5, asked: .zero)
        write(2, 5)
        write(1, 7)
        #expect(MutualExclusionCheck.check(evidence).status == .holds)
        enter(3, 2, asked: evidence.next)
        write(3, 2)
        #expect(MutualExclusionCheck.check(evidence).violations == 1)
        enter(4, 9, asked: evidence.next)
        enter(5, 8, asked: evidence.next)
        write(5, 8)
        write(4, 9)
        let finding = MutualExclusionCheck.check(evidence)
        #expect(finding.incidents.map(\.kind) == [.staleHolder, .staleHolder])
        #expect(finding.incidents[1].requests == [5, 4])
    }

    // MARK: - I6

    private static func cached(_ freshness: CheckedDesign.Freshness, _ remaining: TimeSpan?) -> Evidence {
        var evidence = Evidence.sale()
        evidence.design.freshness = freshness
        evidence.note(.detailsCached, node: 3, product: 0) { ($0.value, $0.mark) = (10, 0) }
        evidence.cachedDetails[0] = .init(stock: 10, version: 0, remaining: remaining)
        evidence.end = .zero + .seconds(100)
        return evidence
    }

    @Test("Where nothing expires the cache must equal the database")
    func cacheForEver() {
        var evidence = Self.cached(.equal, nil)
        #expect(StaleCacheCheck.check(evidence).status == .holds)
        let sale = evidence.request(0, 1, .success)
        let moment = evidence.next
        evidence.commit(sale)
        let finding = StaleCacheCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(
            finding.evidence == [
                "product 0: the cache shows stock 10 at version 0 for ever, the database has 9 at 1"
            ])
        #expect(finding.incidents[0].at == moment)
        #expect(finding.incidents[0].requests == [sale])
        evidence.cachedDetails[0] = nil
        #expect(StaleCacheCheck.check(evidence).status == .holds)
        evidence.cache = -1
        #expect(StaleCacheCheck.check(evidence).status == .notApplicable)
    }

    @Test("Where entries expire they may be old, but not live longer than they were given")
    func cacheWithLife() {
        let limit = TimeSpan.seconds(300)
        var evidence = Self.cached(.bounded(limit), .seconds(200))
        evidence.commit(evidence.request(0, 1, .success))
        let finding = StaleCacheCheck.check(evidence)
        #expect(finding.status == .holds)
        #expect(finding.detail == "1 entries, 1 of them older than the database and soon to expire")
        // Renewed without being read again.
        evidence.cachedDetails[0]?.remaining = .seconds(250)
        #expect(StaleCacheCheck.check(evidence).violations == 1)
        evidence.cachedDetails[0]?.remaining = nil
        #expect(StaleCacheCheck.check(evidence).violations == 1)
    }

    @Test("A view of what was overwritten and should have expired before it was asked for is seen at its moment")
    func oldView() {
        var evidence = Self.cached(.bounded(.seconds(10)), .seconds(1))
        evidence.cachedDetails[0] = nil
        evidence.commit(evidence.request(0, 1, .success))
        var checker = StaleCacheCheck(evidence.design)
        for effect in evidence.effects { checker.observe(effect) }
        let viewer = evidence.view(0, .success)
        evidence.requests[viewer].shownStock = 10
        checker.observeView(of: evidence.requests[viewer], began: .zero + .seconds(10), at: .zero + .seconds(40))
        #expect(checker.conclude(evidence).violations == 0)
        checker.observeView(of: evidence.requests[viewer], began: .zero + .seconds(11), at: .zero + .seconds(12))
        let finding = checker.conclude(evidence)
        #expect(finding.violations == 1)
        #expect(finding.incidents[0].at == .zero + .seconds(12))
        #expect(finding.incidents[0].requests == [viewer])
    }

    @Test("A view of what should have expired and equals the database is none; one of what it never had is")
    func oldViewThatIsRight() {
        var evidence = Self.cached(.bounded(.seconds(10)), .seconds(1))
        evidence.cachedDetails[0] = nil
        evidence.commit(evidence.request(0, 1, .success))
        let viewer = evidence.view(0, .success)
        func violations(stock: Int64, version: Int64, began: TimeSpan) -> Int {
            var checker = StaleCacheCheck(evidence.design)
            for effect in evidence.effects { checker.observe(effect) }
            var request = evidence.requests[viewer]
            (request.shownStock, request.shownVersion) = (stock, version)
            checker.observeView(of: request, began: .zero + began, at: .zero + .seconds(100))
            return checker.conclude(evidence).violations
        }
        #expect(violations(stock: 9, version: 1, began: .seconds(11)) == 0)
        #expect(violations(stock: 10, version: 0, began: .seconds(11)) == 1)
        #expect(violations(stock: 8, version: 1, began: .seconds(11)) == 1)
        // Overwritten while the view was under way.
        evidence.effects.append(
            .stock(
                ProductRow(id: 0, stock: 8, version: 2),
                of: BinlogTransaction(
                    gtid: GTID(source: 1, number: 9), position: 9, number: 1, changes: [],
                    committedAt: .zero + .seconds(12)), on: 1, .committed, at: .zero + .seconds(12)))
        #expect(violations(stock: 9, version: 1, began: .seconds(11)) == 0)
        #expect(violations(stock: 9, version: 1, began: .seconds(13)) == 1)
    }

    // MARK: - I8

    @Test("Two orders under one key; orders without a key are nobody's repetition")
    func repeatedEffects() {
        var evidence = Evidence.sale()
        evidence.design.onePerKey = true
        for key in [UInt64(1), 2, 0, 0] { evidence.commit(evidence.request(0, 1, .success), key: key) }
        #expect(RepeatedEffectCheck.check(evidence).detail == "2 keys, one order each")
        let sale = evidence.request(1, 1, .success)
        evidence.commit(sale, key: 3)
        let moment = evidence.next
        evidence.commit(sale, key: 3)
        let finding = RepeatedEffectCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.evidence == ["key 3 has 2 orders of product 1, by request \(sale)"])
        #expect(finding.incidents[0].at! > moment)
        evidence.design.onePerKey = false
        #expect(RepeatedEffectCheck.check(evidence).status == .notApplicable)
    }

    // MARK: - I9

    @Test("An event of an order that is there is none; of one that is not it is a phantom, taken or delivered")
    func phantomEvents() {
        var evidence = Evidence.sale()
        let sale = evidence.request(0, 1, .success)
        evidence.commit(sale)
        evidence.note(.publicationTaken) { $0.request = Int32(sale) }
        #expect(VisibilityCheck.check(evidence).status == .holds)
        let other = evidence.request(1, 1, .unknown)
        evidence.note(.published) { $0.request = Int32(other) }
        #expect(VisibilityCheck.check(evidence).status == .holds, "nobody has seen it")
        evidence.note(.delivered) { $0.request = Int32(other) }
        let finding = VisibilityCheck.check(evidence)
        #expect(finding.incidents.map(\.kind) == [.phantomEvent])
        #expect((finding.incidents[0].requests, finding.incidents[0].products) == ([other], [1]))
    }

    @Test("A success of a transaction that another database had is a phantom; of none at all it is only lost")
    func phantomReplies() {
        var evidence = Evidence.sale()
        evidence.request(0, 1, .success)
        #expect(VisibilityCheck.check(evidence).violations == 0)
        #expect(LostOrderCheck.check(evidence).violations == 1)
        let second = evidence.request(0, 1, .success)
        evidence.commit(second, on: 2)
        evidence.promotedAt = .zero + .seconds(9)
        let finding = VisibilityCheck.check(evidence)
        #expect(finding.incidents.map(\.kind) == [.phantomReply])
        #expect(finding.incidents[0].requests == [second])
        let lost = LostOrderCheck.check(evidence)
        #expect(lost.violations == 2)
        // One was wrong from its answer on, the other since a database took over that does not have it.
        #expect(lost.incidents.map(\.at) == [evidence.requests[0].answered, evidence.promotedAt])
        #expect(lost.incidents[1].nodes == ["db2", "db1"])
    }

    @Test("A definite answer after a read of a lost transaction, from that database or by way of the cache")
    func phantomReads() {
        var evidence = Evidence.sale()
        evidence.commit(evidence.request(0, 1, .unknown), on: 2)
        func read(_ request: Int, version: Int64, on node: Int16) {
            evidence.note(.rowRead, node: node, product: 0) { ($0.request, $0.mark) = (Int32(request), version) }
        }
        read(evidence.request(0, 1, .insufficientStock), version: 0, on: 2)
        #expect(VisibilityCheck.check(evidence).violations == 0, "the row as it was at the opening")
        read(evidence.request(0, 1, .unknown), version: 1, on: 2)
        #expect(VisibilityCheck.check(evidence).violations == 0, "who saw it could tell nobody")
        let refused = evidence.request(0, 1, .insufficientStock)
        read(refused, version: 1, on: 2)
        let finding = VisibilityCheck.check(evidence)
        #expect(finding.incidents.map(\.kind) == [.phantomRead])
        #expect(finding.incidents[0].requests == [refused])

        let viewer = evidence.view(0, .success)
        evidence.requests[viewer].shownVersion = 1
        var checker = VisibilityCheck(evidence.design)
        for effect in evidence.effects { checker.observe(effect) }
        checker.observeView(of: evidence.requests[viewer], at: .zero + .seconds(3))
        #expect(checker.conclude(evidence).incidents.map(\.requests) == [[refused], [viewer]])
    }

    // MARK: - When

    @Test("I1 and I4 say when it went wrong, where, and by whose order")
    func moments() {
        var evidence = Evidence.sale(stocks: [2])
        var moments: [Instant] = []
        for _ in 0..<3 {
            let sale = evidence.request(0, 1, .success)
            moments.append(evidence.next)
            evidence.commit(sale)
        }
        evidence.note(.redisStock, node: 3, product: 0) { $0.value = 1 }
        evidence.cachedStocks[0] = 1
        let oversold = OversellCheck.check(evidence)
        #expect(oversold.incidents.map(\.kind) == [.oversold, .negativeStock])
        #expect(oversold.incidents[0].at! > moments[2])
        #expect(oversold.incidents[0].requests == [2])
        #expect(oversold.incidents[1].at == moments[2])
        #expect(oversold.incidents[0].nodes == ["db1"])
        let drift = StockDriftCheck.check(evidence).incidents[0]
        // Redis never followed, so they differ since the first sale.
        #expect(drift.at == moments[0])
        #expect(drift.nodes == ["redis1", "db1"])
        #expect(drift.requests.first == 0)
    }
}
