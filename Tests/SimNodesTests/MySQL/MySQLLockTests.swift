import Testing
import Topology

@testable import SimNodes

/// Locking beyond the recorded scenarios.
@Suite("MySQL InnoDB locks")
struct MySQLLockTests {
    private struct Bench {
        var engine: InnoDB
        var sessions: [MySQLSessionID] = []
        var now = Instant.zero

        init(_ count: Int, _ change: (inout InnoDB.Settings) -> Void = { _ in }) {
            var settings = InnoDB.Settings()
            change(&settings)
            engine = InnoDB(settings: settings, products: (1...5).map { ProductRow(id: $0, stock: 10) })
            for _ in 0..<count { sessions.append(engine.openSession()) }
        }

        @discardableResult
        mutating func run(_ session: Int, _ statement: Statement) -> ExecuteOutcome {
            engine.executeAtOnce(statement, session: sessions[session], now: now)
        }

        mutating func completions() -> [(session: Int, outcome: ExecuteOutcome)] {
            engine.commitCompletionsAtOnce(now: now)
            var buffer: [Completion] = []
            engine.takeCompletions(into: &buffer)
            return buffer.map { completion in
                (sessions.firstIndex(of: completion.session) ?? -1, completion.outcome)
            }
        }
    }

    private func order(_ key: String) -> Statement {
        .insertOrder(OrderRow(requestKey: key, user: 1, product: 1, quantity: 1))
    }

    private func take(_ product: Int64) -> Statement { .updateStock(StockUpdate(product: product, change: .add(-1))) }

    @Test("Three inserts of one key, the first rolls back: one of the others is a deadlock's victim (manual, 17.7.3)")
    func duplicateKeyDeadlock() {
        var bench = Bench(3)
        for session in 0..<3 { bench.run(session, .begin()) }
        #expect(bench.run(0, order("k")) == .done(.affected(1, insertID: 1)))
        #expect(bench.run(1, order("k")) == .blocked)
        #expect(bench.run(2, order("k")) == .blocked)
        bench.run(0, .rollback)
        let done = bench.completions()
        #expect(done.count == 2)
        #expect(done.contains { $0.session == 2 && $0.outcome == .done(.error(.deadlock)) })
        #expect(done.contains { $0.session == 1 && $0.outcome == .done(.affected(1, insertID: 2)) })
    }

    @Test("After 1062 the shared next-key lock keeps others out of the gap before the entry", arguments: [true, false])
    func duplicateCheckLocksGap(isRepeatable: Bool) {
        var bench = Bench(2) { $0.isolation = isRepeatable ? .repeatableRead : .readCommitted }
        bench.run(1, order("k5"))
        bench.run(0, .begin())
        #expect(
            bench.run(0, order("k5"))
                == .done(.error(.duplicateEntry(value: "k5", key: "orders.request_key"))))
        #expect(bench.run(1, order("k4")) == .blocked)
        bench.run(0, .rollback)
        #expect(bench.completions().map(\.session) == [1])
        #expect(bench.run(1, order("k6")) == .done(.affected(1, insertID: 4)))
    }

    @Test("Who holds a shared lock gets the exclusive one before those that wait for it; first come makes a deadlock")
    func upgradePassesTheQueue() {
        for flavor in MySQLFlavor.allCases {
            var bench = Bench(2) { $0.flavor = flavor }
            bench.run(0, order("k"))
            bench.run(0, .begin())
            bench.run(0, order("k"))
            #expect(bench.run(1, .selectOrder(requestKey: "k", forUpdate: true)) == .blocked)
            let row = OrderRow(id: 1, requestKey: "k", user: 1, product: 1, quantity: 1)
            let own = bench.run(0, .selectOrder(requestKey: "k", forUpdate: true))
            let done = bench.completions()
            #expect(own == .done(.rows(.order(row))))
            #expect(done.map(\.outcome) == (flavor == .mysql8 ? [] : [.done(.error(.deadlock))]))
        }
    }

    @Test("A gap lock stays on both halves of the gap after its owner's insert")
    func gapIsInherited() {
        var bench = Bench(2)
        bench.run(0, .begin())
        bench.run(0, .selectProductForUpdate(20))
        #expect(bench.run(0, .insertProduct(ProductRow(id: 15, stock: 1))) == .done(.affected(1)))
        #expect(bench.run(1, .insertProduct(ProductRow(id: 12, stock: 1))) == .blocked)
        bench.run(0, .rollback)
        #expect(bench.completions().map(\.session) == [1])
    }

    @Test("Who blocks others goes first; first come, first served does not care")
    func contentionAwareScheduling() {
        for flavor in MySQLFlavor.allCases {
            var bench = Bench(5) { $0.flavor = flavor }
            for session in 0..<5 { bench.run(session, .begin()) }
            bench.run(0, take(1))
            bench.run(2, take(2))
            #expect(bench.run(1, take(1)) == .blocked)
            #expect(bench.run(2, take(1)) == .blocked)
            #expect(bench.run(3, take(2)) == .blocked)
            #expect(bench.run(4, take(2)) == .blocked)
            bench.run(0, .commit)
            #expect(bench.completions().map(\.session) == [flavor == .mysql8 ? 2 : 1])
        }
    }

    @Test("A wait ends at the first whole second after the timeout, or exactly then")
    func timeoutGranularity() {
        for flavor in MySQLFlavor.allCases {
            var bench = Bench(2) {
                $0.lockWaitTimeout = .seconds(2)
                $0.flavor = flavor
            }
            bench.run(0, .begin())
            bench.run(0, take(1))
            bench.now = Instant(nanoseconds: 300_000_000)
            #expect(bench.run(1, take(1)) == .blocked)
            let expected: Int64 = flavor == .mysql8 ? 3_000_000_000 : 2_300_000_000
            #expect(bench.engine.nextDeadline == Instant(nanoseconds: expected))
            bench.engine.expire(now: Instant(nanoseconds: expected - 1))
            #expect(bench.completions().isEmpty)
            bench.engine.expire(now: Instant(nanoseconds: expected))
            let done = bench.completions()
            #expect(done.count == 1 && done[0].outcome == .done(.error(.lockWaitTimeout)))
            #expect(bench.engine.nextDeadline == nil)
        }
    }

    @Test("innodb_rollback_on_timeout decides whether earlier changes survive 1205")
    func rollbackOnTimeout() {
        for rollsBack in [false, true] {
            var bench = Bench(2) {
                $0.lockWaitTimeout = .seconds(1)
                $0.rollsBackOnTimeout = rollsBack
            }
            bench.run(0, .begin())
            bench.run(0, take(1))
            bench.run(1, .begin())
            bench.run(1, take(2))
            bench.run(1, take(1))
            bench.engine.expire(now: Instant(nanoseconds: 5_000_000_000))
            #expect(bench.completions().count == 1)
            bench.run(1, .commit)
            #expect(bench.engine.committedProduct(2)?.stock == (rollsBack ? 10 : 9))
        }
    }

    @Test("Without the detector a cycle waits for its timeouts")
    func detectionOff() {
        var bench = Bench(2) { $0.detectsDeadlocks = false }
        for session in 0..<2 {
            bench.run(session, .begin())
            bench.run(session, take(Int64(session + 1)))
        }
        #expect(bench.run(0, take(2)) == .blocked)
        #expect(bench.run(1, take(1)) == .blocked)
        bench.engine.expire(now: Instant(nanoseconds: 51_000_000_000))
        #expect(bench.completions().map(\.session) == [0, 1])
    }

    @Test("A failed NOT NULL unique key is reported before a nullable one, and undoes the whole row")
    func uniqueKeyOrder() {
        var bench = Bench(1) { $0.uniqueUserProduct = true }
        bench.run(0, order("a"))
        #expect(
            bench.run(0, order("a")) == .done(.error(.duplicateEntry(value: "1-1", key: "orders.user_product"))))
        #expect(bench.engine.committedOrders.count == 1)
        #expect(bench.run(0, .countOrders(UserProduct(user: 1, product: 1))) == .done(.rows(.count(1))))
    }

    @Test("Versions are kept only while a read view needs them")
    func purge() {
        var bench = Bench(2)
        bench.run(0, .begin(consistentSnapshot: true))
        for _ in 0..<50 { bench.run(1, take(1)) }
        #expect(bench.run(0, .selectProduct(1)) == .done(.rows(.product(ProductRow(id: 1, stock: 10)))))
        #expect(bench.engine.retainedVersions == 50)
        bench.run(0, .commit)
        #expect(bench.engine.retainedVersions == 0)
        for _ in 0..<50 { bench.run(1, take(1)) }
        #expect(bench.engine.retainedVersions == 0)
        #expect(bench.engine.committedProduct(1)?.stock == -90)
    }

    @Test("Texts, numbers and states are the server's")
    func errorTexts() {
        var bench = Bench(1) { $0.stockConstraint = .unsigned }
        let outcome = bench.run(0, .updateStock(StockUpdate(product: 1, change: .add(-11))))
        guard case .done(.error(let error)) = outcome else {
            Issue.record("no error")
            return
        }
        #expect(error.code == 1690 && error.sqlState == "22003")
        #expect(error.message == "BIGINT UNSIGNED value is out of range in '(`shop`.`products`.`stock` - 11)'")
        #expect(MySQLError.deadlock.sqlState == "40001")
        #expect(
            MySQLError.readOnly(option: "--read-only").message
                == "The MySQL server is running with the --read-only option so it cannot execute this statement")
        #expect(
            MySQLError.duplicateEntry(value: "k", key: "orders.request_key").message
                == "Duplicate entry 'k' for key 'orders.request_key'")
    }
}
