import Testing
import Topology

@testable import SimNodes

/// Every invariant must fire in a run of a system that really breaks it, and say what, when and whose.
@Suite("Every checker fires in a run")
struct RealViolationTests {
    private static let smallSale = "Tests/Fixtures/scenarios/small-sale.json"

    private static func shop(_ arrivals: [TraceArrival], _ change: (inout Scenario) -> Void) -> RunResult {
        Simulation.run(.shop(arrivals, change), seed: 1)
    }

    private static func crash(_ node: FaultNode, on site: EventSite, how: CrashKind = .process, restart: Int64? = 500)
        -> Fault
    {
        Fault(
            .crash(CrashFault(node, how: how, restartAfter: restart.map { .milliseconds($0) })),
            .on(EventTrigger(site)))
    }

    private func only(_ result: RunResult, _ id: String, _ kind: ViolationKind) throws -> Violation {
        let found = try #require(result.invariants.first { $0.id == id })
        #expect(found.status == .broken, "\(found.detail)")
        #expect(!found.holds && found.count > 0)
        return try #require(result.violations(of: kind).first)
    }

    @Test("I1: with every guard off, more is sold than there is")
    func oversold() throws {
        let unguarded = [
            "purchase.lock.kind=none", "purchase.stockCheck=none", "purchase.cache.update=none",
            "purchase.transaction.read=plain", "purchase.transaction.decrement=absolute",
            "purchase.transaction.version=ignored", "purchase.transaction.rowCount=ignored", "faults=[]",
        ]
        let scenario = try TestFiles.scenario(Self.smallSale, unguarded)
        let result = Simulation.run(scenario, seed: 1)
        let violation = try only(result, "I1", .oversold)
        #expect(violation.at != nil && violation.nodes == ["mysql-primary"])
        #expect(violation.products.count == 1 && !violation.requests.isEmpty)
        // Nobody locks and nothing is cached there, and the design says so.
        let unpromised = result.invariants.filter { $0.status == .notApplicable }.map(\.id)
        #expect(unpromised == ["I2", "I4", "I5"])
    }

    @Test("I2: a user who comes twice gets two, where one a user is promised")
    func duplicate() throws {
        var arrivals = [buy(0), buy(0, at: 500)]
        for index in arrivals.indices { arrivals[index].user = 7 }
        let result = Self.shop(arrivals) { $0.topology.promises.onePerUser = true }
        let violation = try only(result, "I2", .duplicateOrder)
        #expect(violation.text == "user 7 has 2 orders of product 0, by requests 0, 1")
        #expect(violation.at! > .zero + .milliseconds(500))
    }

    @Test("I3 and I9: an asynchronous primary dies with orders that were acknowledged and announced")
    func lost() throws {
        let settings = ["workload.users=3000"]
        let result = Simulation.run(
            try TestFiles.scenario("configs/scenarios/primary-down.json", settings), seed: 1)
        let lost = try only(result, "I3", .lostOrder)
        let promoted = try #require(result.failovers.first { $0.store == "mysql" }?.promoted)
        #expect(lost.nodes == ["mysql-primary", "mysql-replica"])
        #expect(lost.at! >= result.failovers[0].faultAt + promoted)
        let event = try only(result, "I9", .phantomEvent)
        let reply = try only(result, "I9", .phantomReply)
        #expect(event.requests == lost.requests && reply.requests == lost.requests)
        #expect(event.at! < reply.at! && reply.at! < lost.at!)
    }

    @Test("I4: a crash between commit and DECR leaves Redis too high, since that commit")
    func drift() throws {
        let result = Self.shop([buy(2)]) { $0.faults = [Self.crash(.itself, on: .purchaseCommitted)] }
        let violation = try only(result, "I4", .stockDrift)
        #expect(violation.text == "product 2: Redis says 10, the database 9")
        #expect(violation.products == [2] && violation.nodes == ["redis-master", "mysql-primary"])
        #expect(violation.at! > .zero && violation.at! < .zero + .milliseconds(100))
    }

    @Test("I5: a pause outlasts the lock")
    func overlap() throws {
        let result = Simulation.run(
            try TestFiles.scenario("configs/scenarios/gc-pause-past-lock-ttl.json", ["workload.users=100"]), seed: 1)
        let violation = try only(result, "I5", .overlappingLocks)
        #expect(violation.requests.count == 2 && violation.products.count == 1)
        #expect(["app1", "app2"].contains(violation.nodes.first))
        #expect(violation.at! > result.faults[0].appliedAt!)
    }

    @Test("I6: details that never expire are wrong for ever after the first sale")
    func staleForEver() throws {
        let result = Self.shop([buy(1)]) { $0.workload.warmCache = 1 }
        let violation = try only(result, "I6", .staleCache)
        #expect(violation.products == [1] && violation.requests == [0])
        #expect(result.invariants.first { $0.id == "I6" }?.count == 1)
    }

    @Test("I6: each sale renews the life of what it made wrong", arguments: [false, true])
    func renewed(_ extends: Bool) throws {
        let arrivals = (0..<6).map { buy(0, at: Int64($0) * 800) } + [look(0, at: 4_900)]
        let result = Self.shop(arrivals) {
            $0.workload.warmCache = 1
            $0.topology.view.cacheTTL = .seconds(4)
            $0.topology.purchase.cache.extendTTL = extends
        }
        let found = try #require(result.invariants.first { $0.id == "I6" })
        #expect(found.holds != extends, "\(found.detail)")
        guard extends else { return }
        // The view got what should have been gone, and what is left lives too long.
        #expect(found.violations.contains { $0.requests == [6] && $0.at! > .zero + .milliseconds(4_900) })
        #expect(found.count == 2)
    }

    @Test("I7: a crash between SETNX and EXPIRE leaves a lock without end")
    func immortal() throws {
        let result = Self.shop([buy(0)]) {
            $0.topology.purchase.lock.acquire = .setnxThenExpire
            $0.workload.giveUp = .seconds(3)
            $0.faults = [Self.crash(.named("app1"), on: .redisLockAcquired)]
        }
        let violation = try only(result, "I7", .stuck)
        #expect(violation.text == "lock:product:0 has no expiry and no holder")
        #expect(violation.nodes == ["redis-master"])
    }

    @Test("I7: who waits for a database that never answers is named, with where it stands")
    func stuck() throws {
        let result = Self.shop([buy(0)]) {
            $0.workload.giveUp = .seconds(5)
            $0.rest = .seconds(10)
            let sides = FaultSides(["application"], ["mysql"])
            $0.faults = [Fault(.partition(PartitionFault(sides)), .at(.milliseconds(20)))]
        }
        // The time to come to rest passes twice: while the network is cut, and once more when it is healed.
        #expect(result.simulated > .seconds(20) && result.simulated < .seconds(27))
        let violation = try #require(result.violations(of: .stuck).first { $0.nodes == ["app1"] })
        #expect(violation.requests == [0])
        #expect(
            violation.text.hasPrefix("app1: 1 requests still in progress, request 0 since 0.0"), "\(violation.text)")
        #expect(violation.text.hasSuffix(" at purchase.rowLocked"), "\(violation.text)")
    }

    @Test("I7: what stands still while a fault lasts is not stuck; one without end is healed", arguments: [300, nil])
    func fault(lasting seconds: Int64?) throws {
        let result = Self.shop([buy(0)]) {
            $0.workload.giveUp = .seconds(5)
            // TCP sends again after two minutes at the latest.
            $0.rest = .seconds(125)
            let sides = FaultSides(["application"], ["mysql"])
            let cut = PartitionFault(sides, for: seconds.map { .seconds($0) })
            $0.faults = [Fault(.partition(cut), .at(.milliseconds(20)))]
        }
        let found = try #require(result.invariants.first { $0.id == "I7" })
        #expect(found.holds, "\(found.detail)")
        let end = seconds ?? 130
        #expect(result.simulated > .seconds(end) && result.simulated < .seconds(end + 130))
    }

    @Test("I7: a request that nobody answers until the run is stopped says where it was last seen")
    func unanswered() throws {
        let result = Self.shop([buy(0)]) {
            ($0.until, $0.workload.giveUp, $0.rest) = (.seconds(5), .seconds(400), .seconds(3))
            $0.faults = [Fault(.pause(PauseFault(.named("app1"), for: .seconds(500))), .at(.milliseconds(10)))]
        }
        let violation = try only(result, "I7", .unanswered)
        #expect(violation.requests == [0] && violation.nodes == ["app1"])
        #expect(violation.text.contains("last seen in app1 at "), "\(violation.text)")
    }

    @Test("I8 and I2: the commit is answered by nobody, the user sends it again", arguments: [false, true])
    func repeated(_ hasUniqueKey: Bool) throws {
        var arrival = buy(0)
        arrival.user = 3
        let result = Self.shop([arrival]) {
            $0.topology.promises.onePerKey = true
            $0.topology.promises.onePerUser = true
            $0.topology.purchase.lock.ttl = .milliseconds(500)
            $0.topology.purchase.transaction.idempotencyKey = hasUniqueKey ? .unique : .none
            $0.workload.retry.policy = .fixed
            $0.workload.retry.delay = .seconds(3)
            ($0.workload.retry.attempts, $0.workload.retry.on) = (5, Set(RetryReason.allCases))
            $0.faults = [Self.crash(.named("app1"), on: .purchaseCommitted)]
        }
        #expect(result.metrics["purchase.success.count"] == 1)
        let broken = Set(result.invariants.filter { !$0.holds }.map(\.id))
        if hasUniqueKey {
            #expect(broken.isDisjoint(with: ["I2", "I8"]))
        } else {
            let violation = try only(result, "I8", .repeatedEffect)
            #expect(violation.requests == [0])
            #expect(violation.at! > .zero + .seconds(3))
            _ = try only(result, "I2", .duplicateOrder)
        }
    }

    @Test("I9: an event from inside the transaction, whose log was not yet on the disk of the machine that died")
    func phantomEvent() throws {
        let result = Self.shop([buy(0)]) {
            $0.topology.purchase.publish = .insideTransaction
            $0.topology.application.primaryPool.socketTimeout = .seconds(2)
            $0.workload.giveUp = .seconds(9)
            $0.faults = [Self.crash(.named("mysql-primary"), on: .mysqlPrepare, how: .host)]
        }
        let violation = try only(result, "I9", .phantomEvent)
        #expect(violation.requests == [0] && violation.products == [0])
    }

    @Test("I9: a buyer is told that all is sold, by an order that the failover takes back")
    func phantomRead() throws {
        let settings = [
            "workload.arrive=at once", "workload.users=1", "workload.stock=1", "purchase.lock.kind=none",
            "purchase.stockCheck=primary", "mysql.replication.mode=asynchronous", "faults=[]",
        ]
        var scenario = try TestFiles.scenario(Self.smallSale, settings)
        scenario.workload.for = nil
        scenario.workload.arrive = .trace([buy(0, at: 10), buy(0, at: 200), look(1, at: 15_000)])
        let sides = FaultSides(["mysql-primary"], ["mysql-replica"])
        scenario.faults = [
            Fault(.delay(DelayFault(sides, by: .constant(.seconds(1)))), .at(.zero)),
            Fault(.crash(CrashFault(.named("mysql-primary"))), .at(.milliseconds(500))),
        ]
        let result = Simulation.run(scenario, seed: 1)
        #expect(result.metrics["purchase.insufficientStock.count"] == 1)
        let violation = try only(result, "I9", .phantomRead)
        #expect(violation.requests == [1] && violation.nodes == ["mysql-primary"])
        #expect(violation.at! > .zero + .milliseconds(200) && violation.at! < .zero + .milliseconds(300))
    }

    @Test("LIN: sold out, says a design that takes a missing key for an empty stock")
    func notLinearizable() throws {
        let result = Self.shop([buy(0)]) {
            $0.workload.warmStock = false
            $0.topology.purchase.onStockMissing = .soldOut
        }
        let violation = try only(result, "LIN", .notLinearizable)
        #expect(violation.text == "product 0: request 0 was refused 1 while there must have been 10")
        #expect(result.verdict.reason.hasPrefix("LIN stock is linearizable"))
        #expect(result.firstViolation == violation)
    }

    @Test("LIN: a view of a primary that lost what it had sold")
    func lostAndShown() throws {
        let settings = [
            "workload.arrive=at once", "workload.users=1", "mysql.replication.mode=asynchronous", "faults=[]",
        ]
        var scenario = try TestFiles.scenario(Self.smallSale, settings)
        scenario.workload.for = nil
        scenario.workload.arrive = .trace([buy(0, at: 10), look(0, at: 15_000)])
        let sides = FaultSides(["mysql-primary"], ["mysql-replica"])
        scenario.faults = [
            Fault(.delay(DelayFault(sides, by: .constant(.seconds(1)))), .at(.zero)),
            Fault(.crash(CrashFault(.named("mysql-primary"))), .at(.milliseconds(500))),
        ]
        let result = Simulation.run(scenario, seed: 1)
        let violation = try only(result, "LIN", .notLinearizable)
        #expect(violation.requests == [1])
        #expect(violation.text.contains("was shown 12"))
    }
}
