import Testing
import Topology

@testable import SimNodes

@Suite("Meter of the products' locks") struct ProductLockMeterTests {
    private func moment(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }
    private let life = TimeSpan.milliseconds(100)

    /// Settles at 200 ms, and holds the meter against the laws.
    private func settled(_ locks: ProductLockMeter) -> ProductLockMeter {
        locks.settle(at: moment(200))
        #expect(locks.meter.brokenLaws(until: moment(200)).isEmpty)
        return locks
    }

    @Test func holdingsAreBusyTimeOfTheirProduct() throws {
        let locks = ProductLockMeter(name: "redis.productLock", products: 3)
        locks.taken(2, by: 0, for: life, at: moment(10))
        locks.taken(1, by: 1, for: life, at: moment(20))
        locks.returned(2, at: moment(50))
        locks.taken(2, by: 2, for: life, at: moment(60))
        locks.returned(1, at: moment(70))
        locks.returned(2, at: moment(80))
        let meter = settled(locks).meter
        #expect(meter.capacity == 3 && meter.maximumInUse == 2)
        #expect(meter.busy == .milliseconds(40 + 50 + 20))
        #expect(meter.waits.count == 3 && meter.waits.maximum == .zero)
        let busiest = try #require(locks.busiest(over: .milliseconds(200)))
        #expect(busiest == BusiestServer(number: 2, utilisation: 0.3, customers: 2, each: 0.03))
    }

    @Test func aKeyWhoseHolderDiedStandsUntilItsLifeEnds() {
        let locks = ProductLockMeter(name: "redis.productLock", products: 2)
        locks.taken(0, by: 0, for: life, at: moment(10))
        locks.taken(1, by: 1, for: nil, at: moment(30))
        #expect(settled(locks).meter.busy == .milliseconds(100 + 170))
        #expect(locks.meter.inUse.level == 1, "a key without a life stands for ever")
        locks.emptied(room: 0, at: moment(210))
        #expect(locks.meter.inUse.level == 0)
    }

    @Test func aWatchdogProlongsItsOwnLockOnly() {
        let locks = ProductLockMeter(name: "redis.productLock", products: 1)
        locks.taken(0, by: 0, for: life, at: moment(10))
        locks.prolonged(0, by: 0, for: life, at: moment(50))
        locks.prolonged(0, by: 7, for: life, at: moment(120))
        #expect(settled(locks).meter.busy == .milliseconds(140))
    }

    @Test func whoGivesBackWhatItLostFreesNothing() {
        let locks = ProductLockMeter(name: "redis.productLock", products: 1)
        locks.taken(0, by: 0, for: .milliseconds(20), at: moment(10))
        locks.taken(0, by: 1, for: life, at: moment(40))
        locks.vanished(0, of: 0, at: moment(50))
        #expect(locks.meter.inUse.level == 1)
        // A store that has forgotten the key says so to its holder.
        locks.vanished(0, of: 1, at: moment(60))
        #expect(settled(locks).meter.busy == .milliseconds(20 + 20))
    }

    @Test func waitingIsFromTheFirstVainAttemptThatIsRepeated() {
        let locks = ProductLockMeter(name: "redis.productLock", products: 1)
        locks.taken(0, by: 0, for: life, at: moment(0))
        for attempt in [10, 20, 30] as [Int64] { locks.willAskAgain(5, at: moment(attempt)) }
        locks.willAskAgain(6, at: moment(25))
        locks.answered(7, isLocked: true, at: moment(26))
        locks.returned(0, at: moment(40))
        locks.taken(0, by: 5, for: life, at: moment(50))
        locks.answered(6, isLocked: false, at: moment(65))
        locks.answered(5, isLocked: false, at: moment(90))
        let meter = settled(locks).meter
        #expect(meter.waits.count == 2 && meter.waits.maximum == .milliseconds(40))
        #expect(meter.queue.maximum == 2 && meter.queue.level == 0)
        #expect(meter.waiting.total(until: moment(200)).value == 80e6, "40 ms twice: one got it, one gave up")
        #expect(meter.rejections == 1 && meter.timeouts == 1)
        #expect(meter.firstRejection == nil && meter.firstTimeout == moment(65), "to be refused is part of the design")
    }

    @Test func theOpeningForgetsThePastNotThePresent() {
        let locks = ProductLockMeter(name: "redis.productLock", products: 1)
        locks.taken(0, by: 0, for: nil, at: moment(10))
        locks.willAskAgain(3, at: moment(20))
        locks.settle(at: moment(100))
        locks.meter.restart(at: moment(100))
        locks.restart()
        #expect(settled(locks).meter.busy == .milliseconds(100))
        #expect(locks.meter.waiting.total(until: moment(200)).value == 100e6)
    }

    @Test func eachProcessHasLocksOfItsOwn() {
        let locks = ProductLockMeter(name: "application.productLock", products: 2, rooms: 2)
        locks.taken(1, room: 0, by: 0, for: nil, at: moment(10))
        locks.taken(1, room: 1, by: 1, for: nil, at: moment(20))
        #expect(locks.meter.inUse.level == 2)
        locks.emptied(room: 0, at: moment(30))
        #expect(settled(locks).meter.busy == .milliseconds(20 + 180))
        #expect(locks.busiest(over: .milliseconds(200))?.number == 1)
    }

    // MARK: - In runs

    private static let crowd = [
        "workload.users=40", "workload.stock=25", "workload.retry.attempts=400", "workload.giveUp=20s",
    ]

    /// The theory's lock time is the sum of the flow's steps under the lock; nobody is in the way of so few.
    @Test func theCeilingOfAHotProductIsMeasured() throws {
        let scenario = try TestFiles.scenario("configs/scenarios/hot-product.json", Self.crowd + ["workload.stock=100"])
        let result = Simulation.run(scenario, seed: 1)
        #expect(result.programFaults.isEmpty, "\(result.programFaults)")
        let lock = try #require(result.resources.last)
        let busiest = try #require(lock.busiest)
        #expect(lock.name == "redis.productLock" && lock.capacity == 1 && lock.maximumInUse == 1)
        // The first purchase asks its connection for a sign of life; later ones need not.
        #expect(abs(busiest.each - 0.043) < 0.0015, "held for \(busiest.each) s each")
        #expect(lock.waits.count == busiest.customers && lock.maximumQueue == 39)
        #expect(abs(lock.utilisation - busiest.utilisation) < 1e-12)
        #expect(result.metrics["resource.redis.productLock.utilisation"] == lock.utilisation)
        #expect(lock.rejections == 0)
    }

    @Test(arguments: ["local", "redis"])
    func thoseWhoPollWaitToo(kind: String) throws {
        let scenario = try TestFiles.scenario(
            "configs/scenarios/hot-product.json",
            Self.crowd + [
                "purchase.lock.kind=\(kind)", "purchase.lock.onBusy=retry", "purchase.lock.retryLimit=3",
                "purchase.lock.retryDelay=20ms", "workload.retry.policy=none",
            ])
        let result = Simulation.run(scenario, seed: 1)
        #expect(result.programFaults.isEmpty, "\(result.programFaults)")
        let lock = try #require(result.resources.last)
        let refused = try #require(result.metrics["purchase.lockNotAcquired.count"])
        #expect(lock.name == (kind == "redis" ? "redis.productLock" : "application.productLock"))
        #expect(lock.timeouts == Int(refused) && lock.rejections == 0, "they gave up after some polls")
        #expect(lock.waits.maximum.map { $0 >= .milliseconds(20) } == true)
    }

    @Test func withoutALockThereIsNoMeter() throws {
        let scenario = try TestFiles.scenario(
            "configs/scenarios/hot-product.json", Self.crowd + ["purchase.lock.kind=none"])
        #expect(!Simulation.run(scenario, seed: 1).resources.contains { $0.kind == "productLock" })
    }
}
