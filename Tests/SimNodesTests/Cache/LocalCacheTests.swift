import Testing
import Topology

@testable import SimNodes

@Suite("The cache inside a server")
struct LocalCacheTests {
    @Test("Entries expire, are dropped and flushed; what an invalidation overtook is not kept")
    func value() {
        var policy = LocalCachePolicy()
        policy.ttl = .seconds(1)
        var cache = LocalCache(policy)
        cache.keep(0, stock: 5, version: 1, cache.ticket(for: 0), now: .zero)
        #expect(cache.find(0, now: .zero + .milliseconds(999))?.stock == 5)
        #expect(cache.find(0, now: .zero + .seconds(1)) == nil)
        let ticket = cache.ticket(for: 0)
        cache.drop(1)
        cache.keep(0, stock: 4, version: 2, ticket, now: .zero)
        #expect(cache.find(0, now: .zero)?.version == 2)
        cache.drop(0)
        #expect(cache.find(0, now: .zero) == nil)
        cache.keep(0, stock: 4, version: 2, ticket, now: .zero)
        #expect(cache.find(0, now: .zero) == nil)
        let late = cache.ticket(for: 0)
        cache.flush()
        cache.keep(0, stock: 4, version: 2, late, now: .zero)
        #expect(cache.entries.isEmpty)
    }

    /// Both servers show product 0; then app1 sells it, perhaps while app2's connections are broken.
    private static func rig(
        _ faults: [Fault] = [], _ change: (inout LocalCachePolicy) -> Void = { _ in }
    ) -> ShopRig {
        ShopRig(
            .shop([
                look(0), look(0, at: 50), buy(0, at: 1_000), look(1, at: 4_000), look(0, at: 4_100),
                look(0, at: 4_200),
            ]) {
                $0.topology.application.servers = ["app1", "app2"]
                $0.topology.application.redisClient.reconnectDelayMaximum = .milliseconds(1_500)
                $0.topology.view.source = .primary
                $0.topology.purchase.details.update = .delete
                $0.topology.view.local = LocalCachePolicy()
                change(&$0.topology.view.local!)
                $0.faults = faults
            }
        ).run()
    }

    @Test("A sale drops the product everywhere")
    func pubSub() {
        let rig = Self.rig()
        #expect(rig.requests.suffix(2).map(\.shownVersion) == [1, 1])
        #expect(StaleCacheCheck.check(rig.evidence).violations == 0)
    }

    @Test("Without messages each server keeps what it has, and I6 says so")
    func none() {
        let rig = Self.rig { $0.invalidation = .none }
        #expect(rig.requests.suffix(2).map(\.shownVersion).contains(0))
        let finding = StaleCacheCheck.check(rig.evidence)
        #expect(finding.violations > 0)
        #expect(finding.evidence[0].contains("the cache of app"))
    }

    /// app2's connections to Redis break just before the sale, and find their way back a second later.
    private static let cut: [Fault] = {
        let sides = FaultSides(["app2"], ["redis-master"])
        return [
            Fault(.partition(PartitionFault(sides, for: .seconds(1))), .at(.milliseconds(800))),
            Fault(.reset(ResetFault(sides)), .at(.milliseconds(810))),
        ]
    }()

    @Test("What is published while a server's subscription is away it never hears of: it flushes, or shows the old")
    func missed() {
        let careful = Self.rig(Self.cut)
        #expect(careful.requests.suffix(2).map(\.shownVersion) == [1, 1])
        let careless = Self.rig(Self.cut) { $0.onResubscribe = .keep }
        #expect(Set(careless.requests.suffix(2).map(\.shownVersion)) == [0, 1])
        #expect(StaleCacheCheck.check(careless.evidence).violations == 1)
        // A life of their own lets entries go all the same.
        let mortal = Self.rig(Self.cut) {
            $0.onResubscribe = .keep
            $0.ttl = .seconds(2)
        }
        #expect(mortal.requests.suffix(2).map(\.shownVersion) == [1, 1])
    }
}
