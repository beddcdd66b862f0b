/// A full topology and scenario, as a user would write them, for the tests of reading.
enum ReferenceText {
    static let topology = """
        {
          "comment": "Two application servers, Redis with a replica, MySQL with a replica.",
          "limits": {"servers": 4, "connectionsPerDatabase": 300},
          "network": {
            "latency": "0.1ms",
            "links": [
              {"from": "users", "to": "loadBalancer", "latency": {"logNormal": {"median": "0.8ms", "sigma": 0.3}}},
              {"comment": "the same rack", "from": "app1", "to": "redis-master", "latency": {"uniform": ["80us", "120us"]}}
            ],
            "retransmissionTimeout": "200ms", "connectRetry": "1s"
          },
          "loadBalancer": {
            "name": "nginx", "policy": "roundRobin",
            "servers": [{"name": "app1", "weight": 1},
                        {"name": "app2", "maxFails": 2, "failTimeout": "5s", "backup": false, "slowStart": "30s"}],
            "maxFails": 1, "failTimeout": "10s",
            "activeCheck": {"interval": "5s", "timeout": "1s", "fails": 1, "passes": 1, "jitter": "1s", "mandatory": true},
            "nextUpstream": ["error", "timeout", "http502"], "tries": 2, "nextUpstreamTimeout": "0s",
            "connectTimeout": "1s", "readTimeout": "60s", "ignoreClientAbort": false, "workers": 2,
            "keepalive": 32, "keepaliveTimeout": "60s", "keepaliveRequests": 1000, "keepaliveTime": "1h", "zone": true,
            "serviceTime": "50us", "maxConnections": 16384, "restartTime": "0.5s"
          },
          "application": {
            "servers": ["app1", "app2"], "cores": 4, "threads": "virtual", "maxConnections": 8192, "acceptCount": 100,
            "shutdown": "graceful", "shutdownTimeout": "30s", "startTime": "8s",
            "cpu": {"accept": "0.2ms", "view": {"exponential": "0.3ms"}, "viewMiss": "0.2ms",
                    "purchase": {"erlang": {"shape": 4, "mean": "2ms"}}, "purchaseCheck": "0.5ms", "purchaseRespond": "1ms"},
            "primaryPool": {"size": 150, "connectionTimeout": "30s", "validationTimeout": "5s", "maxLifetime": "30min",
                            "aliveBypassWindow": "500ms", "connectTimeout": "0s", "socketTimeout": "0s"},
            "replicaPool": {"size": 150},
            "redisClient": {"commandTimeout": "3s", "connectTimeout": "10s", "reconnectDelayMinimum": "1ms",
                            "reconnectDelayMaximum": "30s", "topologyRefresh": "onReconnect", "masterCheck": "role",
                            "readFrom": "master", "replay": "atLeastOnce"},
            "userDatabaseRouting": {"replicaFallback": "primary"}
          },
          "redis": {
            "master": "redis-master", "replicas": ["redis-slave"], "serviceTime": "10us", "scriptServiceTime": "30us",
            "maxclients": 10000, "minReplicasToWrite": 0, "minReplicasMaxLag": "10s", "replicaServeStaleData": true,
            "replicationBacklog": "1mb", "replicationTimeout": "60s", "replicationPingPeriod": "10s",
            "save": [{"after": "1h", "changes": 1}, {"after": "5min", "changes": 100}], "appendOnly": "everysec",
            "startTime": "0.1s", "loadRate": "500000/s",
            "sentinels": {"names": ["sentinel1", "sentinel2", "sentinel3"], "quorum": 2, "downAfter": "5s",
                          "failoverTimeout": "60s", "parallelSyncs": 1}
          },
          "mysql": {
            "primary": "mysql-primary", "replicas": ["mysql-replica"], "maxConnections": 300,
            "flavor": "mysql8", "isolation": "repeatableRead", "lockWaitTimeout": "50s", "deadlockDetection": true,
            "rollbackOnTimeout": false, "cores": 8, "storageChannels": 64,
            "service": {"begin": {"cpu": "0.1ms"}, "select": {"cpu": "0.2ms", "io": {"pareto": {"minimum": "0.5ms", "shape": 2.5, "maximum": "50ms"}}},
                        "selectForUpdate": {"cpu": "0.3ms"}, "update": {"cpu": "0.5ms", "io": "1ms"},
                        "insert": {"cpu": "0.4ms", "io": {"empirical": {"values": ["1ms", "2ms"], "weights": [3, 1]}}},
                        "delete": {"cpu": "0.4ms"}, "commit": {"cpu": "0.1ms"}, "connect": {"cpu": "1ms"}},
            "flush": "4ms", "syncBinlog": 1, "flushLogAtTrxCommit": 1, "foundRows": true, "startTime": "5s", "recoveryTime": "3s",
            "replication": {"mode": "semiSynchronous", "waitPoint": "afterSync", "timeout": "10s", "applyTime": "1ms",
                            "netTimeout": "4s", "connectRetry": "1s"},
            "failover": {"manager": "orchestrator", "pollInterval": "5s", "recoveryPoll": "1s", "pollTimeout": "1s",
                         "confirmations": 2, "requireReplicaAgreement": true, "waitForRelayLog": "wait",
                         "fence": "superReadOnly", "strayServers": "rebuild", "cloneTime": "30s",
                         "durabilityPolicy": "none", "redirect": {"method": "proxy", "delay": "250ms"}}
          },
          "view": {"cacheTTL": "5min", "jitter": 0.1, "onMiss": "mutex", "cacheFailure": "bypass"},
          "purchase": {
            "lock": {"kind": "redis", "acquire": "setNxPx", "ttl": "5s", "release": "delete", "releaseAt": "afterCommit",
                     "onBusy": "reject", "retryDelay": "50ms", "retryLimit": 0, "waitForReplicas": 0, "waitTimeout": "1s"},
            "stockCheck": "cache", "onStockMissing": "load",
            "transaction": {"isolation": "default", "boundary": "transaction", "read": "forUpdate", "decrement": "guarded",
                            "version": "bumped", "rowCount": "checked", "retries": 0, "idempotencyKey": "none"},
            "cache": {"update": "decrement", "at": "afterCommit", "extendTTL": false},
            "acknowledge": "afterCommit", "publish": "afterCommit", "channel": "order.created", "awaitPublish": true
          }
        }
        """

    /// The scenario around a topology, which is given as JSON (an object, or a file's name in quotes).
    static func scenario(topology: String = ReferenceText.topology) -> String {
        """
        {
          "$schema": "../schema/scenario.json",
          "title": "The primary dies in the middle of the sale",
          "about": "Everything that a scenario can say.",
          "seed": 42,
          "topology": \(topology),
          "override": {"mysql": {"replication": {"mode": "asynchronous"}}},
          "workload": {
            "users": 6000, "arrive": "at once", "think": {"exponential": "1s"}, "requests": 3, "for": "30s",
            "mix": {"view": 0.8, "purchase": 0.2}, "products": 500, "popularity": {"zipf": 1.0}, "stock": 40,
            "warmCache": 0.83, "warmStock": true, "quantity": {"uniform": [1, 3]},
            "retry": {"policy": "backoff", "delay": "100ms", "maximum": "5s", "jitter": "full", "attempts": 4,
                      "budget": 0.2, "on": ["rejected", "timedOut"], "key": "same"},
            "giveUp": "60s", "subscribers": {"count": 2, "delay": "5ms"}
          },
          "faults": [
            {"comment": "between commit and answer", "crash": "mysql-primary", "on": "mysql.commit", "nth": 200},
            {"crash": "self", "on": "purchase.committed", "nth": 57, "node": "app1", "after": "1ms", "how": "host", "restartAfter": "10s"},
            {"restart": "nginx", "at": "2s"},
            {"pause": "self", "for": "6s", "on": "purchase.lockAcquired"},
            {"slow": "redis-master", "factor": 3, "for": "2s", "at": "1.5s"},
            {"delay": ["application", "mysql"], "by": "5ms", "for": "3s", "at": "1s"},
            {"loss": [["app1", "app2"], "redis"], "probability": 0.01, "for": "1min", "at": "0s"},
            {"partition": ["redis-master", ["sentinels", "redis-slave"]], "direction": "both", "for": "20s", "at": "4s"}
          ],
          "expect": ["oversold == 0", "lostOrders == 0", "failover.mysql.writesResumed < 60s", "purchase.success.p99.9 <= 100ms",
                     "cache.hitRate > 80%", "resource.mysql-primary.connections.maxInUse <= 300", "throughput > 500/s",
                     "load.app1.share >= 0.45", "resource.application.cpu.utilisation < 0.9"],
          "until": "10min"
        }
        """
    }
}
