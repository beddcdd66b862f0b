import Testing
import Topology

@Suite("Single points of failure")
struct RedundancyTests {
    private static func topology(sentinels: [String], quorum: Int = 2) -> SystemTopology {
        var topology = SystemTopology()
        topology.application.servers = ["app1", "app2"]
        var redis = RedisSettings()
        redis.master = "redis-master"
        redis.replicas = ["redis-slave"]
        redis.sentinels.names = sentinels
        redis.sentinels.quorum = quorum
        topology.redis = redis
        return topology
    }

    @Test func aMajorityOfSentinelsCanLoseOne() {
        #expect(Self.topology(sentinels: ["s1", "s2", "s3"]).singlePointsOfFailure.isEmpty)
        #expect(Self.topology(sentinels: ["s1", "s2"], quorum: 1).singlePointsOfFailure.count == 1)
        #expect(Self.topology(sentinels: ["s1", "s2", "s3"], quorum: 3).singlePointsOfFailure.count == 1)
        #expect(Self.topology(sentinels: []).singlePointsOfFailure == ["redis-master (no Sentinel fails over)"])
    }

    @Test func whatStandsAloneIsNamed() {
        var topology = SystemTopology()
        topology.loadBalancer = LoadBalancerSettings()
        var mysql = MySQLSettings()
        mysql.primary = "mysql-primary"
        topology.mysql = mysql
        #expect(
            topology.singlePointsOfFailure == [
                "nginx (the only load balancer)", "app1 (the only application server)", "mysql-primary (no replica)",
            ])
        topology.mysql?.replicas = ["mysql-replica"]
        #expect(topology.singlePointsOfFailure.last == "mysql-primary (nobody fails over)")
    }
}
