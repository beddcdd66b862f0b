import Testing
import Topology

@testable import SimNodes

@Suite("Users: waiting, trying again, giving up, thinking")
struct UserPatienceTests {
    /// What the shop without a Redis takes to refuse a purchase, which it then always does.
    private static let refusal = ShopTimes.visit + ShopTimes.purchase

    private static func refusing(
        _ buyers: Int = 1, seed: UInt64 = 1, _ change: (inout RetryPolicy) -> Void
    ) -> ShopRig {
        ShopRig(
            .shop((0..<buyers).map { buy(0, at: Int64($0) * 20_000) }) {
                $0.topology.redis = nil
                change(&$0.workload.retry)
            }, seed: seed
        ).run()
    }

    @Test("Who doesn't try again is answered once")
    func noRetry() {
        let rig = Self.refusing { $0.attempts = 5 }
        #expect(rig.outcome(0) == .rejected)
        #expect(rig.requests[0].attempts == 1)
        #expect(rig.latency(0) == Self.refusal)
    }

    @Test("A fixed wait, and as many attempts as the policy says", arguments: [1, 2, 5])
    func fixed(_ attempts: Int) {
        let rig = Self.refusing {
            ($0.policy, $0.delay, $0.attempts) = (.fixed, .milliseconds(100), attempts)
        }
        #expect(rig.requests[0].attempts == attempts)
        // Latency counts from the intended start over all attempts.
        #expect(rig.latency(0) == Self.refusal * attempts + .milliseconds(100) * (attempts - 1))
        #expect(rig.count(.requestArrived) == attempts)
    }

    @Test("A back-off doubles up to its maximum")
    func backoff() {
        let rig = Self.refusing {
            ($0.policy, $0.delay, $0.maximum, $0.attempts) = (.backoff, .milliseconds(100), .milliseconds(300), 5)
        }
        // 100, 200, 300, 300.
        #expect(rig.latency(0) == Self.refusal * 5 + .milliseconds(900))
    }

    @Test("A long back-off doesn't overflow")
    func longBackoff() {
        let rig = Self.refusing {
            ($0.policy, $0.delay, $0.maximum, $0.attempts) = (.backoff, .milliseconds(1), .milliseconds(2), 80)
        }
        #expect(rig.requests[0].attempts == 80)
    }

    @Test(
        "Jitter spreads the wait between its bounds",
        arguments: [(RetryJitter.full, 0), (.equal, 500)] as [(RetryJitter, Int64)])
    func jitter(_ jitter: RetryJitter, _ least: Int64) {
        var waits: Set<TimeSpan> = []
        for seed in 1...20 {
            let rig = Self.refusing(seed: UInt64(seed)) {
                ($0.policy, $0.delay, $0.attempts, $0.jitter) = (.fixed, .milliseconds(1_000), 2, jitter)
            }
            waits.insert(rig.latency(0)! - Self.refusal * 2)
        }
        #expect(waits.count == 20)
        #expect(waits.min()! >= .milliseconds(least))
        #expect(waits.max()! <= .milliseconds(1_000))
        #expect(waits.min()! < .milliseconds(least + 200))
        #expect(waits.max()! > .milliseconds(800))
    }

    @Test("A budget bounds the repetitions of all users together")
    func budget() {
        let rig = Self.refusing(20) {
            ($0.policy, $0.delay, $0.attempts, $0.budget) = (.fixed, .milliseconds(10), 10, 0.25)
        }
        let repetitions = rig.requests.reduce(0) { $0 + $1.attempts - 1 }
        #expect(repetitions == 5)
        let free = Self.refusing(20) { ($0.policy, $0.delay, $0.attempts) = (.fixed, .milliseconds(10), 10) }
        #expect(free.requests.reduce(0) { $0 + $1.attempts - 1 } == 180)
    }

    @Test("Only the reasons on the list make a user try again")
    func reasons() {
        func attempts(_ on: Set<RetryReason>) -> Int {
            Self.refusing { ($0.policy, $0.attempts, $0.on) = (.fixed, 3, on) }.requests[0].attempts
        }
        #expect(attempts([.rejected]) == 3)
        #expect(attempts([.timedOut, .unknown, .lockNotAcquired, .connection]) == 1)
        func busy(_ on: Set<RetryReason>) -> [Outcome?] {
            ShopRig(
                .shop([buy(0), buy(0, at: 5)]) {
                    $0.workload.retry.policy = .fixed
                    $0.workload.retry.delay = .milliseconds(50)
                    $0.workload.retry.on = on
                }
            ).run().requests.map(\.outcome)
        }
        #expect(busy([.lockNotAcquired]) == [.success, .success])
        #expect(busy([.rejected]) == [.success, .lockNotAcquired])
    }

    @Test("An answer that is final is not tried again", arguments: [0, 1])
    func finalAnswers(_ stock: Int) {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.workload.stock = stock
                $0.workload.retry.policy = .fixed
                $0.workload.retry.on = Set(RetryReason.allCases)
            }
        ).run()
        #expect(rig.requests[0].attempts == 1)
        #expect(rig.outcome(0) == (stock == 0 ? .insufficientStock : .success))
    }

    @Test("Nobody begins an attempt after his patience has ended")
    func giveUpBetween() {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.topology.redis = nil
                $0.workload.giveUp = .milliseconds(350)
                ($0.workload.retry.policy, $0.workload.retry.delay) = (.fixed, .milliseconds(100))
                $0.workload.retry.attempts = 100
            }
        ).run()
        #expect(rig.requests[0].attempts == 4)
        #expect(rig.outcome(0) == .rejected)
        #expect(rig.latency(0)! < .milliseconds(350))
    }

    @Test("Patience ends to the moment in the middle of an attempt, and what it does is unknown")
    func giveUpWithin() {
        let rig = ShopRig(
            .shop([buy(0)]) {
                $0.workload.giveUp = .milliseconds(200)
                $0.faults = [Fault(.pause(PauseFault(.itself, for: .seconds(1))), .on(EventTrigger(.purchaseBegun)))]
            }
        ).run()
        #expect(rig.outcome(0) == .timedOut)
        #expect(rig.latency(0) == .milliseconds(200))
        #expect(rig.requests[0].maybeCommitted)
        // It goes on without its user, and commits.
        #expect(rig.primary.orders.map(\.trace) == [0])
    }

    @Test("A closed loop that doesn't saturate its system does N / (R + Z) a second")
    func closedLoop() {
        func rig(_ think: Distribution) -> ShopRig {
            ShopRig(
                .shop {
                    $0.topology.application.cores = 64
                    $0.workload.users = 10
                    $0.workload.think = think
                    $0.workload.for = .seconds(10)
                    $0.workload.mix = RequestMix(view: 1, purchase: 0)
                    $0.workload.warmCache = 1
                }
            ).run(rest: .zero)
        }
        let even = rig(.constant(.milliseconds(100)))
        #expect(Set(even.requests.map(\.user)) == Set(0..<10))
        let response = even.requests.reduce(0) { $0 + $1.latency!.seconds } / Double(even.requests.count)
        let expected = 10 * 10 / (response + 0.1)
        #expect(abs(Double(even.requests.count) - expected) <= 10)
        let random = rig(.exponential(mean: .milliseconds(100)))
        #expect(abs(Double(random.requests.count) / expected - 1) < 0.08)
    }

    @Test("Each user of a closed loop makes as many requests as it says, one after the other")
    func requestsEach() {
        let rig = ShopRig(
            .shop {
                $0.workload.users = 3
                $0.workload.requests = 4
                $0.workload.think = .constant(.milliseconds(10))
                $0.workload.mix = RequestMix(view: 1, purchase: 0)
            }
        ).run()
        for user in 0..<3 {
            let own = rig.requests.filter { $0.user == user }
            #expect(own.count == 4)
            for (earlier, later) in zip(own, own.dropFirst()) {
                #expect(later.intended == earlier.answered! + .milliseconds(10))
            }
        }
    }
}
