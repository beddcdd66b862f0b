import Testing
import Topology

@testable import SimNodes

/// Each situation must be one that a run can be in: what no scenario reaches measures nothing.
@Suite("Situations")
struct SometimesTests {
    /// A system in which situations come up: settings of the small sale, its faults among them.
    private static let ways: [[String]] = [
        [#"faults=[{"crash": "mysql-primary", "on": "mysql.prepare", "nth": 5, "restartAfter": "1s"}]"#] + slowUnfenced,
        [
            #"faults=[{"isolate": ["mysql-primary"], "at": "1s", "for": "15s"}]"#,
            "mysql.failover.requireReplicaAgreement=false", "application.primaryPool.socketTimeout=30s",
            "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ] + unfenced,
        [
            #"faults=[{"applyLag": "mysql-replica", "by": "500ms", "at": "0s"}, {"crash": "mysql-primary", "at": "0.8s"}]"#,
            "mysql.failover.waitForRelayLog=ignore", "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ] + unfenced,
        [
            #"faults=[{"applyLag": "mysql-replica", "by": "5s", "at": "0s"}, {"crash": "mysql-primary", "at": "0.8s"}]"#,
            "mysql.failover.waitForRelayLog=fail", "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ] + unfenced,
        [
            "faults=[]", "purchase.transaction.read=plain", "purchase.transaction.version=checked",
            "purchase.lock.kind=none", "purchase.transaction.retries=2",
        ],
        [
            #"faults=[{"crash": "redis-slave", "at": "0.2s"}]"#, "purchase.lock.waitForReplicas=1",
            "purchase.lock.waitTimeout=100ms",
        ],
        [
            #"faults=[{"crash": "redis-slave", "at": "0.2s"}]"#, "redis.minReplicasToWrite=1",
            "redis.minReplicasMaxLag=1s",
        ],
        [
            #"faults=[{"pause": "mysql-replica", "for": "2s", "at": "0.3s"}]"#, "mysql.replication.timeout=200ms",
            "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ],
        [
            #"faults=[{"crash": "redis-master", "at": "1s", "restartAfter": "3s"}]"#,
            "application.redisClient.topologyRefresh=never", "workload.for=20s",
            #"workload.arrive={"poisson": "10/s"}"#,
        ],
        [
            """
            faults=[{"crash": "redis-master", "how": "host", "at": "1s"}, {"crash": "sentinel2", "at": "0.5s"}, \
            {"crash": "sentinel3", "at": "0.5s"}]
            """,
            "redis.sentinels.quorum=1", "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ],
        [
            "faults=[]", "view.onMiss=mutex", "workload.mix.view=1", "workload.warmCache=0",
            #"workload.arrive="at once""#,
        ],
        [
            #"faults=[{"partition": ["orchestrator", "mysql-primary"], "at": "0.3s", "for": "5s"}]"#,
            "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ],
        [
            #"faults=[{"crash": "redis-master", "at": "0.5s", "restartAfter": "100ms", "disk": "lost"}]"#,
            "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ],
        [
            #"faults=[{"crash": "self", "on": "purchase.stockRead", "nth": 12, "restartAfter": "1s"}]"#,
            "purchase.rewarm.when=periodically", "purchase.rewarm.how=setIfQuiet", "purchase.rewarm.every=500ms",
            // Who tries again takes the reservation over.
            "workload.retry.policy=none",
        ] + reserved,
        [
            #"faults=[{"flushAll": "redis-master", "at": "0.3s"}]"#, "purchase.rewarm.when=onMissing",
        ] + reserved,
        reserved + [
            #"faults=[{"crash": "redis-slave", "at": "0.1s"}]"#, "purchase.reservation.waitForReplicas=1",
            "purchase.reservation.waitTimeout=100ms",
        ],
        ["faults=[]", "view.fill=ifNewer", "workload.mix.view=1", #"workload.arrive="at once""#],
        ["faults=[]", "purchase.deadline.check=start", "purchase.deadline.margin=30s"],
        [
            "faults=[]", #"application.breaker={"window": 5, "minimumCalls": 5, "failures": "errorsAndRefusals"}"#,
        ],
        [
            #"faults=[{"applyLag": "mysql-replica", "by": "5s", "at": "0s"}]"#, "workload.mix.view=1",
            "workload.arrive=\"at once\"", "workload.think=50ms", "workload.requests=6", "workload.products=30",
            "view.ownWrites.source=caughtUpReplica",
        ],
        [
            "faults=[]", "mysql.waitTimeout=1s", "workload.for=8s", #"workload.arrive={"poisson": "20/s"}"#,
        ],
        [
            #"faults=[{"crash": "mysql-primary", "at": "0.7s", "restartAfter": "50ms"}]"#, "mysql.startTime=100ms",
            "mysql.superReadOnlyAtStart=true", "mysql.replication.connectRetry=200ms", "workload.for=8s",
            "mysql.failover.readOnlyPrimary=makeWritable", #"workload.arrive={"poisson": "20/s"}"#,
        ],
        [
            #"faults=[{"crash": "mysql-primary", "at": "0.8s"}]"#, "mysql.superReadOnlyAtStart=true",
            "mysql.failover.fence=reboot", "mysql.failover.rebootTime=1s", "mysql.failover.strayServers=rejoin",
            "workload.for=20s", #"workload.arrive={"poisson": "4/s"}"#,
        ],
        [
            #"faults=[{"crash": "mysql-primary", "on": "mysql.prepare", "nth": 5}]"#, "mysql.superReadOnlyAtStart=true",
            "mysql.failover.fence=reboot", "mysql.failover.rebootTime=1s", "mysql.failover.strayServers=rebuild",
            "mysql.failover.cloneTime=1s", "workload.for=20s", #"workload.arrive={"poisson": "4/s"}"#,
        ],
        [
            """
            faults=[{"partition": ["sentinel1", ["redis-master", "redis-slave", "sentinel2", "sentinel3"]], "at": "0.2s"}, \
            {"crash": "redis-master", "at": "0.5s", "restartAfter": "10s"}, \
            {"crash": "app1", "at": "18s", "restartAfter": "1s"}]
            """,
            "application.redisClient.masterCheck=role", "redis.rejoin=askSentinels", "workload.for=30s",
            #"workload.arrive={"poisson": "4/s"}"#,
        ],
        ["faults=[]", "loadBalancer.readTimeout=40ms", #"loadBalancer.nextUpstream=["off"]"#],
    ]

    private static let reserved = [
        "purchase.stockCheck=decrementFirst", "purchase.lock.kind=none",
        #"purchase.reservation={"record": "perKey", "giveBack": "recorded", "reapEvery": "500ms", "reapAfter": "2s"}"#,
    ]
    private static let unfenced = ["mysql.failover.fence=none", "mysql.replication.mode=asynchronous"]
    private static let slowUnfenced = unfenced + ["workload.for=30s", #"workload.arrive={"poisson": "4/s"}"#]

    @Test("Every situation can be reached")
    func reachesAll() throws {
        var reached = SometimesSet()
        for settings in Self.ways {
            let scenario = try TestFiles.scenario("configs/scenarios/property-small.json", settings)
            for seed in 0..<4 as Range<UInt64> {
                for situation in Simulation.explore(scenario, seed: seed).reached.members { reached.insert(situation) }
            }
        }
        let swarm = Swarm(try TestFiles.scenario("configs/scenarios/property-small.json"))
        for seed in 0..<250 as Range<UInt64> {
            for situation in Simulation.explore(swarm.variant(seed: seed), seed: seed).reached.members {
                reached.insert(situation)
            }
        }
        #expect(Sometimes.allCases.filter { !reached.contains($0) }.map(\.name) == [])
    }
}
