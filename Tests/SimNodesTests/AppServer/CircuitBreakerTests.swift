import Testing
import Topology

@testable import SimNodes

/// Resilience4j's state machine, as a value.
@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private static func policy(_ change: (inout CircuitBreakerPolicy) -> Void = { _ in })
        -> CircuitBreakerPolicy
    {
        var policy = CircuitBreakerPolicy()
        (policy.window, policy.minimumCalls, policy.halfOpenCalls) = (4, 4, 2)
        policy.openFor = .seconds(10)
        change(&policy)
        return policy
    }

    private static func at(_ seconds: Int64) -> Instant { .zero + .seconds(seconds) }

    /// Makes calls one after the other; each digit is a call, 1 a failure. Returns how many were permitted.
    @discardableResult
    private func call(_ breaker: inout CircuitBreaker, _ calls: String, at second: Int64 = 0) -> Int {
        calls.count { digit in
            guard let permission = breaker.permit(now: Self.at(second)) else { return false }
            breaker.record(permission, failed: digit == "1", now: Self.at(second))
            return true
        }
    }

    @Test("It opens at the failure rate, not before the minimum of calls")
    func opens() {
        var breaker = CircuitBreaker(Self.policy())
        call(&breaker, "111")
        #expect(breaker.state == .closed)
        call(&breaker, "0")
        #expect(breaker.state == .open(until: Self.at(10)))
        #expect(breaker.permit(now: Self.at(9)) == nil)
    }

    @Test("Only the last calls count")
    func slides() {
        var breaker = CircuitBreaker(Self.policy())
        call(&breaker, "1000" + "1000" + "0001")
        #expect(breaker.state == .closed)
        call(&breaker, "1")
        #expect(breaker.state == .open(until: Self.at(10)))
    }

    @Test("After its time it lets a few calls through, and closes or opens again by them")
    func halfOpen() {
        var breaker = CircuitBreaker(Self.policy())
        call(&breaker, "1111")
        #expect(call(&breaker, "11", at: 10) == 2)
        #expect(breaker.state == .open(until: Self.at(20)))
        let first = breaker.permit(now: Self.at(20))
        let second = breaker.permit(now: Self.at(20))
        #expect(breaker.permit(now: Self.at(20)) == nil)
        breaker.record(first!, failed: false, now: Self.at(20))
        #expect(breaker.state == .halfOpen(permitted: 2))
        breaker.record(second!, failed: false, now: Self.at(21))
        #expect(breaker.state == .closed)
        // The counters start again.
        call(&breaker, "111", at: 21)
        #expect(breaker.state == .closed)
    }

    @Test("What was permitted before it opened does not count afterwards")
    func lateResults() {
        var breaker = CircuitBreaker(Self.policy())
        let late = breaker.permit(now: .zero)!
        call(&breaker, "1111")
        _ = breaker.permit(now: Self.at(10))
        breaker.record(late, failed: true, now: Self.at(10))
        #expect(breaker.state == .halfOpen(permitted: 1))
    }

    @Test("One that does not recover by itself stays open")
    func never() {
        var breaker = CircuitBreaker(Self.policy { $0.recovery = .never })
        call(&breaker, "1111")
        #expect(breaker.permit(now: Self.at(1_000_000)) == nil)
    }

    // MARK: - In a server

    /// Product 0 is sold out; product 1 is not.
    private static func shop(_ failures: BreakerFailures) -> ShopRig {
        ShopRig(
            .shop((0..<6).map { buy(0, at: Int64($0) * 100) } + [buy(1, at: 1_000), buy(1, at: 12_000)]) {
                $0.workload.stocks = [0, 10, 10]
                $0.topology.application.breaker = policy { $0.failures = failures }
            }
        ).run()
    }

    @Test("Where sold out counts as a failure, others are turned away until it is tried out")
    func refusalsCount() {
        let rig = Self.shop(.errorsAndRefusals)
        #expect(
            rig.requests.map(\.outcome) == [
                .insufficientStock, .insufficientStock, .insufficientStock, .insufficientStock, .rejected,
                .rejected,
                .rejected, .success,
            ])
    }

    @Test("Where only errors count, it stays closed")
    func refusalsAreAnswers() {
        let rig = Self.shop(.errors)
        #expect(rig.requests.map(\.outcome).suffix(2) == [.success, .success])
        #expect(rig.requests.prefix(6).allSatisfy { $0.outcome == .insufficientStock })
    }
}

@Suite("Rate limiter")
struct RateLimiterTests {
    /// Ten views within a few microseconds of each other, of which four a second are promised.
    private static func rig(_ count: RateLimitCounting, _ change: (inout Scenario) -> Void = { _ in })
        -> ShopRig
    {
        ShopRig(
            .shop((0..<10).map { look($0 % 3) }) {
                $0.topology.application.rateLimit = RateLimitPolicy()
                $0.topology.application.rateLimit?.perSecond = 4
                $0.topology.application.rateLimit?.count = count
                $0.topology.promises.admittedPerSecond = 4
                change(&$0)
            }
        ).run()
    }

    @Test("An atomic count lets through as many as it says")
    func increment() {
        let rig = Self.rig(.increment)
        #expect(rig.requests.count { $0.outcome == .success } == 4)
        #expect(rig.requests.count { $0.outcome == .rejected } == 6)
        #expect(LivenessCheck.check(rig.evidence).violations == 0)
    }

    @Test("Who looks first and counts then lets all through that come together, and I7 says so")
    func checkThenIncrement() {
        let rig = Self.rig(.checkThenIncrement)
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        let finding = LivenessCheck.check(rig.evidence)
        #expect(finding.violations == 1)
        #expect(finding.incidents.map(\.kind) == [.overAdmitted])
        #expect(
            finding.incidents[0].text.hasPrefix("10 requests were let through in one second, 4 promised"))
    }

    @Test("The next second has a count of its own, and old counts go")
    func windows() {
        let rig = ShopRig(
            .shop((0..<4).map { look(0, at: Int64($0) * 1_000) }) {
                $0.topology.application.rateLimit = RateLimitPolicy()
                $0.topology.application.rateLimit?.perSecond = 1
            }
        ).run()
        #expect(rig.requests.allSatisfy { $0.outcome == .success })
        #expect(rig.master.heldLocks(prefix: "rate:").isEmpty)
    }

    @Test("Without its counter it lets everybody in, or nobody")
    func failure() {
        func outcomes(_ policy: RateLimitFailure) -> [Outcome?] {
            Self.rig(.increment) {
                $0.topology.application.rateLimit?.onFailure = policy
                $0.topology.application.redisClient.commandTimeout = .milliseconds(50)
                $0.topology.view.cacheFailure = .bypass
                $0.faults = [Fault(.crash(CrashFault(.named("redis-master"))), .at(.zero))]
            }.requests.map(\.outcome)
        }
        #expect(outcomes(.admit).allSatisfy { $0 == .success })
        #expect(outcomes(.reject).allSatisfy { $0 == .rejected })
    }
}
