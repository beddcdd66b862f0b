import Testing
import Topology

@testable import SimNodes
@testable import SimRunner

@Suite("The verdict's section") struct CapacityVerdictSectionTests {
    /// Views at p95 that took two seconds, with so many milliseconds of waiting at two cores, and of pauses.
    private func anatomy(waits: (Int64, Int64), pauses: Int64) -> LatencyAnatomy {
        let parts: [(AnatomyLedger.Part, Int64)] = [
            (.waiting(0), waits.0), (.userPause, pauses), (.waiting(1), waits.1), (.service(0), 100),
        ]
        let known = waits.0 + waits.1 + pauses + 100
        let cut = LatencyAnatomy.Cut(
            flow: "purchase", percent: 95, count: 2, latency: .milliseconds(1000),
            parts: parts.map { (part: $0.0, total: .milliseconds($0.1)) }, rest: .milliseconds(2000 - known),
            total: .milliseconds(2000))
        return LatencyAnatomy(seed: 7, resources: ["app1.cpu", "app2.cpu"], cuts: [cut])
    }

    private func section() throws -> VerdictSection {
        let replications = Replications(try InventedRuns.scenario(), runs: [try InventedRuns.breaking()])
        return VerdictSection(replications, CapacityVerdict(replications), nil)
    }

    @Test func theFirstLineNamesCauseDamageAndWhatBreaks() throws {
        let sentence = try section().sentence
        #expect(
            sentence.hasPrefix(
                "mysql-primary at 412 ms: crashed (process), at the 200th mysql.commit; of 6,000 requests 97 time out, "
                    + "300 find their product locked; I3 acknowledged orders survive: broken in 1 of 1 runs"),
            "\(sentence)")
    }

    /// Everybody has to come again for the lock; the balancer's queue comes first, and costs next to nothing.
    @Test func theFirstLineNamesWhatHoldsMostOfTheTime() throws {
        let limit = TimeSpan.milliseconds(100)
        func at(_ milliseconds: Int64) -> ResourceOnset {
            ResourceOnset(beyond: [(limit, .zero + .milliseconds(milliseconds))])
        }
        var waits = LatencyHistogram()
        waits.record(.milliseconds(900), times: 100)
        let scenario = try ScenarioLoader.load(
            text: """
                {"topology": {"application": {"servers": ["app1"]}, "mysql": {"primary": "db"}, "redis": {"master": "r"}},
                 "workload": {"users": 100}, "expect": ["purchase.success.p95 < 100ms"]}
                """)
        let resources = [
            ResourceResult(
                name: "nginx.worker", capacity: 4, utilisation: 0.2, meanQueue: 1, maximumQueue: 9, maximumInUse: 4,
                waits: waits, rejections: 0, timeouts: 0, onset: at(1)),
            ResourceResult(
                name: "redis.productLock", capacity: 1, utilisation: 0.9, meanQueue: 40, maximumQueue: 99,
                maximumInUse: 1, waits: waits, rejections: 0, timeouts: 0, refusesByDesign: true,
                busiest: BusiestServer(number: 0, utilisation: 0.9, customers: 20, each: 0.045), onset: at(37)),
        ]
        let metrics = ["purchase.success.p95": 0.95]
        let runs = (1...4).map { seed in
            var run = InventedRuns.plain(scenario, seed: UInt64(seed))
            (run.metrics, run.resources) = (metrics, resources)
            return run.result
        }
        let replications = Replications(scenario, runs: runs)
        let cut = LatencyAnatomy.Cut(
            flow: "purchase", percent: 95, count: 1, latency: .milliseconds(950),
            parts: [(.waiting(0), .milliseconds(50)), (.waiting(1), .milliseconds(800))], rest: .milliseconds(100),
            total: .milliseconds(950))
        let anatomy = LatencyAnatomy(seed: 1, resources: ["nginx.worker", "redis.productLock"], cuts: [cut])
        let section = VerdictSection(replications, CapacityVerdict(replications), anatomy)
        #expect(
            section.sentence
                == "redis.productLock saturates at 37.0 ms (100 ms of queue; that of product 0, held 90.0 % of the time, "
                + "45.0 ms each: 22.2/s at most; 800 ms of 950 ms at p95 pass there), after nginx.worker at 1.00 ms; "
                + "purchase.success.p95 < 100ms: it is 950 ms ± 0 ms")
        // Without anybody's anatomy nothing is known but the order.
        let blind = VerdictSection(replications, CapacityVerdict(replications), nil)
        #expect(blind.sentence.hasPrefix("nginx.worker saturates at 1.00 ms (100 ms of queue; 4 at once, "))
    }

    @Test func theStoryStandsBelowIt() throws {
        let lines = try section().lines(style: .plain)
        let start = try #require(lines.firstIndex { $0.hasPrefix("What broke first") })
        #expect(lines[start] == "What broke first, and what followed (seed 7):")
        #expect(lines[start + 1] == "   412 ms  mysql-primary  crashed (process), at the 200th mysql.commit")
        #expect(lines.allSatisfy { $0.displayWidth <= TextReport.width })
    }

    @Test func twinsAreOnePlace() throws {
        let scenario = try InventedRuns.scenario()
        let table = AnatomyTable(anatomy(waits: (500, 300), pauses: 400), scenario.topology)
        let lines = table.lines(.plain)
        #expect(lines.last == "purchase  p95   1.00 s     40 %      5 %    20 %     35 %  application.cpu 400 ms")
        let place = try #require(table.slowest(of: "purchase"))
        #expect(place.name == "at application.cpu" && place.resources == ["app1.cpu", "app2.cpu"])
        #expect(place.mean == .milliseconds(400))
        let outside = AnatomyTable(anatomy(waits: (100, 100), pauses: 1500), scenario.topology)
        #expect(outside.slowest(of: "purchase")?.name == "in pauses between attempts")
        #expect(AnatomyTable(anatomy(waits: (100, 100), pauses: 100), scenario.topology).slowest(of: "purchase") == nil)
        #expect(AnatomyTable(nil, scenario.topology).lines(.plain).isEmpty)
    }
}
