import Testing
import Topology

@testable import SimNodes

@Suite("Fencing tokens: who had the lock later counts")
struct FencingPolicyTests {
    /// Two servers take turns: even requests go to app1, odd ones to app2.
    private static func shop(
        _ fencing: FencingPolicy, _ tokens: FencingTokenSource, _ arrivals: [TraceArrival],
        _ change: (inout Scenario) -> Void = { _ in }
    ) -> ShopRig {
        ShopRig(
            .shop(arrivals) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.topology.purchase.lock.ttl = .milliseconds(500)
                $0.topology.purchase.lock.fencing = fencing
                $0.topology.purchase.lock.tokens = tokens
                change(&$0)
            }
        ).run()
    }

    /// app1 stands still in its transaction for longer than its lock lives, and app2 sells meanwhile.
    private static func overtaking(_ fencing: FencingPolicy, _ tokens: FencingTokenSource = .redis) -> ShopRig {
        shop(fencing, tokens, [buy(0), buy(0, at: 700)]) { $0.faults = [pause(.purchaseBegun, 1)] }
    }

    private static func pause(_ site: EventSite, _ nth: Int) -> Fault {
        Fault(.pause(PauseFault(.itself, for: .seconds(2))), .on(EventTrigger(site, nth: nth)))
    }

    @Test("Each sale writes the token that it got with its lock", arguments: FencingTokenSource.allCases)
    func tokens(_ source: FencingTokenSource) {
        for fencing in [FencingPolicy.issued, .checked] {
            let rig = Self.shop(fencing, source, [buy(0), buy(0, at: 200), buy(1, at: 400)])
            #expect(rig.requests.map(\.outcome) == [.success, .success, .success])
            #expect(rig.primary.product(0)?.fence == 2)
            #expect(rig.primary.product(1)?.fence == 1)
            #expect(MutualExclusionCheck.check(rig.evidence).status == .holds)
        }
        let plain = Self.shop(.none, source, [buy(0)])
        #expect(plain.primary.product(0)?.fence == 0)
    }

    @Test("A token from Redis comes with the lock; one from the database costs a statement and a commit")
    func cost() {
        let none = Self.shop(.none, .redis, [buy(0)]).latency(0)!
        #expect(Self.shop(.checked, .redis, [buy(0)]).latency(0) == none)
        let drawn = ShopTimes.statement(ShopTimes.update + ShopTimes.commit + ShopTimes.flush)
        let extra = Self.shop(.checked, .database, [buy(0)]).latency(0)! - none
        #expect(extra > ShopTimes.statement(ShopTimes.update) && extra <= drawn)
    }

    @Test("Without fencing the overlap is what is wrong")
    func none() {
        let rig = Self.overtaking(.none)
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(MutualExclusionCheck.check(rig.evidence).incidents.map(\.kind) == [.overlappingLocks])
    }

    @Test("A token that nobody looks at lets the stale holder write, and I5 says so")
    func issued() {
        let rig = Self.overtaking(.issued)
        #expect(rig.requests.map(\.outcome) == [.success, .success])
        #expect(rig.primary.product(0)?.fence == 1)
        let finding = MutualExclusionCheck.check(rig.evidence)
        #expect(finding.incidents.map(\.kind) == [.staleHolder])
        #expect(finding.incidents.first?.requests == [1, 0])
    }

    @Test("A token that is compared turns the stale holder away", arguments: FencingTokenSource.allCases)
    func checked(_ source: FencingTokenSource) {
        let rig = Self.overtaking(.checked, source)
        #expect(rig.requests.map(\.outcome) == [.rejected, .success])
        #expect(rig.stock(0) == 9)
        #expect(rig.primary.orders.map(\.trace) == [1])
        let finding = MutualExclusionCheck.check(rig.evidence)
        #expect(finding.status == .holds)
        #expect(finding.detail.hasSuffix("every stale holder was refused"))
    }

    @Test("The same token a second time changes nothing: of two who have it, one is stale")
    func equalTokens() {
        // The third sale has token 3 and stands still; Redis forgets lock and counter, and gives 1, 2 and 3 again.
        let rig = Self.shop(
            .checked, .redis, [0, 100, 200, 500, 600, 700, 800, 900, 1_000].map { buy(0, at: $0) }
        ) {
            $0.faults = [
                Self.pause(.purchaseBegun, 3),
                Fault(.flushAll(FlushAllFault(.named("redis-master"))), .at(.milliseconds(400))),
            ]
        }
        // Those who go to app1 wait until it wakes up.
        #expect(rig.requests.prefix(2).map(\.outcome) == [.success, .success])
        #expect([rig.outcome(3), rig.outcome(5)] == [.rejected, .rejected])
        #expect(rig.outcome(7) == .success)
        #expect(rig.outcome(2) == .rejected)
        #expect(MutualExclusionCheck.check(rig.evidence).status == .holds)
    }

    /// Sales that come to nothing use tokens up; the next one stands still, and Redis forgets how far it had counted.
    private static func setBack(_ tokens: FencingTokenSource) -> ShopRig {
        let failing = (0..<4).map { buy(0, at: Int64($0) * 100, quantity: 50) }
        return shop(.checked, tokens, failing + [buy(0, at: 400), buy(0, at: 700)]) {
            $0.topology.purchase.stockCheck = .none
            $0.faults = [
                pause(.purchaseBegun, 5),
                Fault(.flushAll(FlushAllFault(.named("redis-master"))), .at(.milliseconds(500))),
            ]
        }
    }

    @Test("A counter that was set back gives a new holder less than a stale one has, and I5 sees that")
    func regression() {
        let rig = Self.setBack(.redis)
        #expect(rig.requests.suffix(2).map(\.outcome) == [.success, .success])
        let finding = MutualExclusionCheck.check(rig.evidence)
        #expect(finding.incidents.map(\.kind) == [.staleHolder])
        #expect(finding.incidents.first?.requests == [5, 4])
    }

    @Test("A counter in the database survives with what it protects")
    func noRegression() {
        let rig = Self.setBack(.database)
        #expect(rig.requests.suffix(2).map(\.outcome) == [.rejected, .success])
        #expect(MutualExclusionCheck.check(rig.evidence).status == .holds)
    }

    @Test("A lock whose token can't be drawn goes back")
    func drawFails() {
        let rig = Self.shop(.checked, .database, [buy(0), buy(0, at: 3_000)]) {
            $0.topology.purchase.lock.ttl = .seconds(30)
            $0.topology.application.primaryPool.socketTimeout = .milliseconds(300)
            $0.faults = [
                Fault(.pause(PauseFault(.named("mysql-primary"), for: .seconds(1))), .at(.milliseconds(1)))
            ]
        }
        #expect(rig.outcome(0)?.isRegular == false)
        #expect(rig.outcome(1) == .success)
        #expect(rig.master.heldLocks(prefix: ProductKey.lockPrefix).isEmpty)
    }
}
