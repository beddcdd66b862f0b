import Testing
import Topology

@testable import SimNodes

/// Theory and simulation measured against each other: whichever of the two is wrong, the intervals miss.
@Suite("Theory and simulation agree where the theory is exact")
struct TheoryAgreementTests {
    private static func exponential(_ milliseconds: Int64) -> Distribution {
        .exponential(mean: .milliseconds(milliseconds))
    }

    /// Thirty settings with exact solutions.
    private static func grid() throws -> [QueueTrial] {
        let constant = Distribution.constant(.milliseconds(100))
        let twoPoints = Distribution.empirical(values: [.milliseconds(50), .milliseconds(300)], weights: [4, 1])
        return [
            try .wait("M/M/1 at 30 %", servers: 1, utilisation: 0.3, service: exponential(100)),
            try .wait("M/M/1 at 50 %", servers: 1, utilisation: 0.5, service: exponential(100)),
            try .wait("M/M/1 at 65 %", servers: 1, utilisation: 0.65, service: exponential(100)),
            try .wait("M/M/2 at 60 %", servers: 2, utilisation: 0.6, service: exponential(100)),
            try .wait("M/M/4 at 70 %", servers: 4, utilisation: 0.7, service: exponential(100)),
            try .wait("M/M/8 at 75 %", servers: 8, utilisation: 0.75, service: exponential(100)),
            try .wait("M/M/16 at 75 %", servers: 16, utilisation: 0.75, service: exponential(100)),
            try .wait("M/D/1 at 40 %", servers: 1, utilisation: 0.4, service: constant),
            try .wait("M/D/1 at 60 %", servers: 1, utilisation: 0.6, service: constant),
            try .wait("M/D/1 at 75 %", servers: 1, utilisation: 0.75, service: constant),
            try .wait(
                "M/E3/1 at 60 %", servers: 1, utilisation: 0.6, service: .erlang(shape: 3, mean: .milliseconds(100))),
            try .wait(
                "M/U/1 at 60 %", servers: 1, utilisation: 0.6, service: .uniform(from: .zero, to: .milliseconds(200))),
            try .wait("M/G/1 at 50 %, two kinds", servers: 1, utilisation: 0.5, service: twoPoints),
            try .wait(
                "M/G/1 at 40 %, log-normal", servers: 1, utilisation: 0.4,
                service: .logNormal(median: .milliseconds(80), sigma: 0.7)),
            try .loss("M/M/1/1", threads: 1, capacity: 1, utilisation: 0.8),
            try .loss("M/M/5/5", threads: 5, capacity: 5, utilisation: 0.9),
            try .loss("M/M/20/20", threads: 20, capacity: 20, utilisation: 1.1),
            try .loss("M/M/1/4", threads: 1, capacity: 4, utilisation: 0.9),
            try .loss("M/M/3/8, backlog of 2", threads: 3, capacity: 8, backlog: 2, utilisation: 1),
            try .loss("M/M/4/20, overloaded", threads: 4, capacity: 20, utilisation: 1.3),
            try .impatience("M/M/4 + M at 90 %", connections: 4, utilisation: 0.9, patience: 0.1),
            try .impatience("M/M/10 + M at 120 %", connections: 10, utilisation: 1.2, patience: 0.3),
            try .timeout("M/M/4 + D at 100 %", connections: 4, utilisation: 1, timeout: .milliseconds(250)),
            try .timeout("M/M/10 + D at 115 %", connections: 10, utilisation: 1.15, timeout: .milliseconds(400)),
            try .loop("12 users, one server", users: 12, think: 1, stations: [(1, 0.1)]),
            try .loop("30 users, four servers", users: 30, think: 0.5, stations: [(4, 0.1)]),
            try .loop("15 users, two servers in a row", users: 15, think: 1, stations: [(1, 0.06), (1, 0.05)]),
            try .loop("40 users, three and eight servers", users: 40, think: 0.3, stations: [(3, 0.05), (8, 0.12)]),
            try .poolLoop("20 users, five connections", users: 20, think: 0.3, connections: 5),
            try .poolLoop("60 users, twenty connections", users: 60, think: 0.3, connections: 20),
        ]
    }

    /// Ten independent runs of each setting, and the interval that is to contain the exact value in 95 % of the cases.
    @Test("95 % intervals contain the exact value in about 95 % of thirty settings")
    func coverage() throws {
        let trials = try Self.grid()
        // Seeds of its own for each setting: with common ones they would be right, or wrong, together.
        let intervals = trials.enumerated().map { index, trial in
            ConfidenceInterval(replications: (1...10).map { trial.measure(UInt64(100 * index + $0)) })
        }
        let misses = zip(trials, intervals).filter { !$1.contains($0.exact) }
        let list = misses.map { "\($0.name): \($0.exact), measured \($1.mean) ± \($1.halfWidth)" }
        #expect(trials.count == 30)
        // 28.5 are expected; fewer than 26 have a probability of 2 % if both are right.
        #expect(misses.count <= 4, "\(list)")
        // Intervals that contain everything would say nothing: a theory that is 20 % off must be seen in most settings.
        let fooled = zip(trials, intervals).count { $1.contains($0.exact * 1.2) }
        #expect(fooled <= 8, "\(fooled) intervals contain a value that is 20 % too large")
        for (trial, interval) in zip(trials, intervals) { #expect(interval.relativeHalfWidth < 0.4, "\(trial.name)") }
    }
}
