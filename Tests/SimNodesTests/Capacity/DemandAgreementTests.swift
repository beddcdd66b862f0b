import Testing
import Topology

@testable import SimNodes

/// The steps that are read off the policies, against what the flows do when they run.
@Suite("Demands read off the flows are those that the flows make")
struct DemandAgreementTests {
    /// One request at a time, under many policies: each class takes what its path says, to the nanosecond.
    @Test(
        "Unloaded, each class takes what its path says",
        arguments: [
            [],
            ["purchase.lock.acquire=setnxThenExpire", "purchase.lock.release=getThenDelete"],
            ["purchase.lock.release=compareAndDelete", "purchase.lock.fencing=checked", "purchase.publish=none"],
            ["purchase.lock.fencing=checked", "purchase.lock.tokens=database", "purchase.awaitPublish=false"],
            ["purchase.lock.takenAt=insideTransaction", "purchase.transaction.read=plainThenForUpdate"],
            ["purchase.lock.releaseAt=beforeCommit", "purchase.publish=insideTransaction"],
            ["purchase.stockCheck=decrementFirst", "purchase.deduplication.check=withStock"],
            [
                "purchase.stockCheck=decrementFirst", "purchase.reservation.record=perKey",
                "purchase.rewarm.when=onMissing",
            ],
            [
                "purchase.stockCheck=decrementFirst", "purchase.reservation.take=decrement",
                "purchase.cache.update=none",
            ],
            ["purchase.stockCheck=primary", "purchase.deduplication.check=sismemberThenSadd"],
            ["purchase.stockCheck=replica", "purchase.deduplication.check=setNxPx", "purchase.cache.extendTTL=true"],
            ["purchase.stockCheck=none", "purchase.transaction.onePerUser=countFirst"],
            [
                "purchase.stockCheck=none", "purchase.transaction.order=insertFirst",
                "purchase.transaction.idempotencyKey=lockedFirst",
            ],
            [
                "purchase.transaction.boundary=autocommit", "purchase.transaction.onePerUser=countFirst",
                "purchase.transaction.checkOver=another",
            ],
            ["purchase.details.update=delete", "purchase.cache.at=beforeCommit", "purchase.details.at=beforeCommit"],
            ["purchase.details.update=ifNewer", "purchase.cache.update=script", "view.fill=ifNewer"],
            ["view.onMiss=mutex", "view.fill=lease", "purchase.cache.update=set"],
            ["view.source=primary", "view.onMiss=mutex", "view.rebuildCheck=never"],
            ["mysql.replication.mode=semiSynchronous", "loadBalancer.keepalive=0"],
            [
                "mysql.replication.mode=semiSynchronous", "mysql.replication.waitPoint=afterCommit",
                "mysql.flushLogAtTrxCommit=2",
            ],
            ["purchase.acknowledge=beforeCommit", "application.threads=50"],
            [
                "redis.scriptServiceTime=70us", "purchase.lock.release=compareAndDelete",
                "application.rateLimit={\"perSecond\":1000}",
            ],
            [
                "application.redisClient.readFrom=replica", "purchase.publish=outbox",
                "view.ownWrites.source=caughtUpReplica",
            ],
        ])
    func unloaded(_ settings: [String]) throws {
        let scenario = try TestFiles.scenario(
            "configs/scenarios/unloaded.json", settings.map { "topology.\($0)" } + ["expect=[]"])
        let demands = ServiceDemands(scenario)
        let result = Simulation.run(scenario, seed: 1)
        var compared = 0
        for path in demands.paths {
            guard let measured = Self.latency(path.requestClass, result), let fastest = measured.minimum,
                let slowest = measured.maximum
            else { continue }
            compared += 1
            let (busy, idle) = (path.latency(idle: false), path.latency(idle: true))
            // The ping is there or not, and the balancer's first request to a server opens a connection: 1 ms.
            #expect(
                abs(fastest.seconds - busy) < 1e-8 || abs(fastest.seconds - idle) < 1e-8,
                "\(path.requestClass): \(fastest.seconds), expected \(busy)")
            #expect(slowest.seconds < idle + 1e-3 + 1e-8, "\(path.requestClass): \(slowest.seconds), expected \(idle)")
        }
        #expect(compared >= 3)
    }

    private static func latency(_ type: RequestClass, _ result: RunResult) -> LatencyHistogram? {
        let name = type.metric.split(separator: ".")[1]
        let flow = result.flows.first { $0.name == type.flow.rawValue }
        let outcomes = type.flow == .view ? flow?.cached : flow?.outcomes
        return outcomes?.first { $0.name == name }?.latency
    }

    /// The work that resources have done is the sum of the demands of the requests that came.
    @Test("Busy times are the sums of the demands")
    func busyTimes() throws {
        // So short that probes, polls and heartbeats are next to nothing.
        let scenario = try TestFiles.scenario(
            "configs/scenarios/normal.json", ["workload.users=600", "expect=[]"])
        let result = Simulation.run(scenario, seed: 1)
        let demands = ServiceDemands(scenario)
        for tier in demands.tiers where !tier.servesInGroups {
            let expected = demands.paths.reduce(0) { sum, path in
                sum + Double(Self.latency(path.requestClass, result)?.count ?? 0) * path.demand(at: tier.tier)
            }
            let busy = result.resources.filter { tier.resources.contains($0.name) }
                .reduce(0) { $0 + $1.utilisation * Double($1.capacity) * result.duration.seconds }
            #expect(abs(busy - expected) < 0.01 * expected + 1e-6, "\(tier.tier): busy \(busy), expected \(expected)")
        }
    }
}
