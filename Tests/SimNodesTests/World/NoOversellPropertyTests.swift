import Foundation
import Testing
import Topology

@testable import SimNodes

@Suite("No oversell, whenever whoever dies")
struct NoOversellPropertyTests {
    private static let path = "Tests/Fixtures/scenarios/small-sale.json"
    private static let victims = ["app1", "app2", "redis-master", "mysql-primary", "nginx"]

    /// One run of the property: a victim and a moment that the seed decides.
    private struct Trial {
        let seed: UInt64
        let settings: [String]
        let result: RunResult

        /// - Parameter more: what the base scenario was loaded with.
        init(_ base: Scenario, seed: UInt64, _ more: [String]) {
            let victims = NoOversellPropertyTests.victims
            var dice = RandomStream(seed: seed, name: "victims")
            let victim = victims[dice.integer(in: 0...victims.count - 1)]
            let moment = dice.integer(in: 50...1_900)
            self.seed = seed
            settings = ["faults.0.crash=\(victim)", "faults.0.at=\(moment)ms"] + more
            var scenario = base
            scenario.faults = [
                Fault(
                    .crash(CrashFault(.named(victim), restartAfter: .seconds(2))), .at(.milliseconds(Int64(moment))))
            ]
            result = Simulation.run(scenario, seed: seed)
        }

        var replay: Comment { TestFiles.replay(NoOversellPropertyTests.path, settings, seed: seed) }

        func holds(_ id: String) -> Bool { result.invariants.contains { $0.id == id && $0.holds } }
    }

    /// Runs the seeds on two threads, each with the stack that a universe needs, and returns them in order.
    private static func trials(_ seeds: ClosedRange<UInt64>, _ more: [String] = []) throws -> [Trial] {
        let base = try TestFiles.scenario(path, more)
        let results = TwoThreads.run { thread in
            seeds.filter { $0 % 2 == UInt64(thread) }.map { Trial(base, seed: $0, more) }
        }
        return results.flatMap { $0 }.sorted { $0.seed < $1.seed }
    }

    @Test("The run of a trial is the one that its replay line repeats")
    func replayLine() throws {
        let trial = try Self.trials(17...17)[0]
        let again = Simulation.run(try TestFiles.scenario(Self.path, trial.settings), seed: 17)
        #expect(again.digest == trial.result.digest)
    }

    @Test("In 200 runs with a crash at any moment nothing is oversold, no order is lost, everybody is answered")
    func holds() throws {
        let trials = try Self.trials(1...200)
        for trial in trials {
            #expect(trial.holds("I1"), trial.replay)
            // With a replica that acknowledges first, what users were told survives the primary.
            #expect(trial.holds("I3"), trial.replay)
            #expect(trial.result.metrics["unanswered"] == 0, trial.replay)
            #expect(trial.result.programFaults.isEmpty, trial.replay)
            #expect(trial.result.faults.allSatisfy { $0.hadEffect }, trial.replay)
        }
        // The property must have been in danger: crashes that hurt, and stock that ran out.
        #expect(trials.count { $0.result.faults[0].requestsAffected > 0 } > 100)
        #expect(trials.count { ($0.result.metrics["purchase.insufficientStock.count"] ?? 0) > 0 } > 100)
        #expect(Set(trials.map { $0.settings[0] }).count == Self.victims.count)
    }

    @Test("With every guard off, oversell is found within 50 seeds")
    func breaks() throws {
        let unguarded = [
            "purchase.lock.kind=none", "purchase.stockCheck=none", "purchase.cache.update=none",
            "purchase.transaction.read=plain", "purchase.transaction.decrement=absolute",
            "purchase.transaction.version=ignored", "purchase.transaction.rowCount=ignored",
        ]
        let trials = try Self.trials(1...50, unguarded)
        let found = trials.filter { ($0.result.metrics["oversold"] ?? 0) > 0 }
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.result.verdict.kind == .breaks && $0.result.verdict.reason.hasPrefix("I1") })
    }

    @Test(
        "One guard alone holds: the lock, the row lock, the version, the condition",
        arguments: [
            ["purchase.transaction.read=plain", "purchase.transaction.decrement=absolute", "purchase.lock.ttl=60s"],
            ["purchase.lock.kind=none", "purchase.transaction.decrement=absolute"],
            [
                "purchase.lock.kind=none", "purchase.transaction.read=plain", "purchase.transaction.decrement=absolute",
                "purchase.transaction.version=checked",
            ],
            ["purchase.lock.kind=none", "purchase.transaction.read=plain"],
        ])
    func singleGuards(_ settings: [String]) throws {
        // Without a crash each layer is enough by itself.
        let quiet = settings + ["faults=[]", "purchase.stockCheck=none", "purchase.cache.update=none"]
        let scenario = try TestFiles.scenario(Self.path, quiet)
        for seed in UInt64(1)...6 {
            let result = Simulation.run(scenario, seed: seed)
            let replay = TestFiles.replay(Self.path, quiet, seed: seed)
            #expect(result.invariants.first { $0.id == "I1" }?.holds == true, replay)
            #expect(result.metrics["soldUnits"] ?? 0 > 20, replay)
        }
    }
}

/// Runs something twice at the same time, each on a thread of its own with a deep stack.
enum TwoThreads {
    static func run<Value>(_ body: @escaping @Sendable (Int) -> Value) -> [Value] {
        let box = Box<Value>()
        let threads = (0..<2).map { index in
            let thread = Thread {
                let value = body(index)
                box.put(value, at: index)
            }
            thread.stackSize = 8 << 20
            return thread
        }
        for thread in threads { thread.start() }
        return box.take()
    }

    private final class Box<Value>: @unchecked Sendable {
        private let condition = NSCondition()
        private var values: [Value?] = [nil, nil]

        func put(_ value: Value, at index: Int) {
            condition.lock()
            values[index] = value
            condition.signal()
            condition.unlock()
        }

        func take() -> [Value] {
            condition.lock()
            defer { condition.unlock() }
            while values.contains(where: { $0 == nil }) { condition.wait() }
            return values.compactMap { $0 }
        }
    }
}
