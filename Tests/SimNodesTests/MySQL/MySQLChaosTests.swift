import Testing
import Topology

@testable import SimNodes

/// Any statement from anybody at any time; the books must stay in order.
@Suite("MySQL InnoDB under random statements")
struct MySQLChaosTests {
    private struct Rig {
        var engine: InnoDB
        var random: MySQLTestRandom
        var sessions: [MySQLSessionID] = []
        var busy: Set<MySQLSessionID> = []
        var now = Instant.zero
        var codes: Set<Int> = []
        var blocked = 0

        init(seed: Int) {
            random = MySQLTestRandom(seed)
            var settings = InnoDB.Settings()
            settings.lockWaitTimeout = .seconds(2)
            settings.flavor = random.chance(60) ? .mysql8 : .mariadb10_11
            settings.rollsBackOnTimeout = random.chance(20)
            settings.uniqueUserProduct = random.chance(50)
            settings.stockConstraint = [.none, .unsigned, .check][random.below(3)]
            engine = InnoDB(
                settings: settings, products: [2, 4, 6].map { ProductRow(id: $0, stock: 5) },
                orders: [OrderRow(id: 1, requestKey: "k4", user: 90, product: 2, quantity: 1)])
            for _ in 0..<(2 + random.below(5)) { sessions.append(engine.openSession()) }
        }

        mutating func step() {
            switch random.below(100) {
            case 0..<88: statement()
            case 88..<93:
                now += .milliseconds(Int64(random.below(1500)))
                engine.expire(now: now)
            case 93..<97: replaceSession(kills: false)
            default: replaceSession(kills: true)
            }
            collect()
        }

        mutating func statement() {
            let session = sessions[random.below(sessions.count)]
            guard !busy.contains(session) else { return }
            let outcome = engine.execute(randomStatement(), session: session, now: now)
            take(outcome, session)
        }

        mutating func take(_ outcome: ExecuteOutcome, _ session: MySQLSessionID) {
            switch outcome {
            case .blocked:
                busy.insert(session)
                blocked += 1
            case .done(let result):
                busy.remove(session)
                if let error = result.error { codes.insert(error.code) }
            case .commit:
                busy.remove(session)
                if random.chance(5) {
                    engine.abandonCommit(session, now: now)
                } else {
                    engine.commitAtOnce(session, now: now)
                }
            }
        }

        mutating func collect() {
            while true {
                var completions: [Completion] = []
                engine.takeCompletions(into: &completions)
                if completions.isEmpty { return }
                for completion in completions { take(completion.outcome, completion.session) }
            }
        }

        mutating func replaceSession(kills: Bool) {
            let index = random.below(sessions.count)
            if kills {
                engine.killSession(sessions[index], now: now)
            } else {
                engine.closeSession(sessions[index], now: now)
            }
            busy.remove(sessions[index])
            sessions[index] = engine.openSession()
        }

        mutating func randomStatement() -> Statement {
            let product = Int64(1 + random.below(7))
            let key = "k\(random.below(8))"
            switch random.below(14) {
            case 0, 1: return .begin(isolation: random.chance(50) ? .readCommitted : .repeatableRead)
            case 2: return .commit
            case 3: return .rollback
            case 4: return .selectProduct(product)
            case 5: return .selectProductForUpdate(product, [.wait, .noWait, .skipLocked][random.below(3)])
            case 6: return .selectProductsForUpdate([product, Int64(1 + random.below(7)), 4])
            case 7, 8:
                return .updateStock(
                    StockUpdate(
                        product: product, change: random.chance(80) ? .add(-1) : .set(Int64(random.below(6))),
                        minimumStock: random.chance(50) ? 1 : nil, bumpsVersion: random.chance(50)))
            case 9: return .insertProduct(ProductRow(id: product, stock: 5))
            case 10, 11:
                return .insertOrder(
                    OrderRow(
                        requestKey: random.chance(80) ? key : nil, user: Int64(random.below(4)), product: product,
                        quantity: 1))
            case 12: return .selectOrder(requestKey: key, forUpdate: random.chance(60))
            default:
                return random.chance(80)
                    ? .countOrders(UserProduct(user: Int64(random.below(4)), product: product))
                    : .setAutocommit(random.chance(50))
            }
        }
    }

    @Test("Counters, queues and graph of waits stay sound, and nothing is left at the end", arguments: 0..<300)
    func booksStayInOrder(seed: Int) {
        var rig = Rig(seed: seed)
        for step in 0..<400 {
            rig.step()
            if let problem = rig.engine.locks.inconsistency() {
                Issue.record("seed \(seed), step \(step): \(problem)")
                return
            }
        }
        for session in rig.sessions { rig.engine.killSession(session, now: rig.now) }
        rig.collect()
        #expect(rig.engine.lockCount == 0, "seed \(seed)")
        #expect(rig.engine.waitingSessions == 0, "seed \(seed)")
        #expect(rig.engine.retainedVersions == 0, "seed \(seed)")
        #expect(rig.engine.openSessions == 0, "seed \(seed)")
        #expect(rig.engine.locks.gapCount.allSatisfy { $0 == 0 }, "seed \(seed)")
        let keys = rig.engine.committedOrders.compactMap(\.requestKey)
        #expect(Set(keys).count == keys.count, "seed \(seed)")
        if rig.engine.settings.uniqueUserProduct {
            let pairs = rig.engine.committedOrders.map { UserProduct(user: $0.user, product: $0.product) }
            #expect(Set(pairs).count == pairs.count, "seed \(seed)")
        }
        if rig.engine.settings.stockConstraint != .none {
            #expect(rig.engine.committedProducts.allSatisfy { $0.stock >= 0 }, "seed \(seed)")
        }
    }

    @Test("The random statements reach what they are meant to reach")
    func coverage() {
        var codes: Set<Int> = []
        var blocked = 0
        for seed in 0..<60 {
            var rig = Rig(seed: seed)
            for _ in 0..<400 { rig.step() }
            codes.formUnion(rig.codes)
            blocked += rig.blocked
        }
        #expect(codes.isSuperset(of: [1062, 1205, 1213, 1690, 2013, 3572, 3819]))
        #expect(blocked > 500)
    }
}
