import Topology

extension LoadBalancerSettings {
    /// The `server` lines: those of the settings, or one for each application server.
    func upstreamServers(_ applicationServers: [String]) -> [NginxUpstream.Server] {
        let lines = servers.isEmpty ? applicationServers.map { UpstreamServer(name: $0) } : servers
        return lines.map { line in
            NginxUpstream.Server(
                name: line.name, weight: line.weight, maxFails: line.maxFails ?? maxFails,
                failTimeout: line.failTimeout ?? failTimeout, isBackup: line.backup,
                maxConnections: line.maxConnections, isDown: line.down, slowStart: line.slowStart)
        }
    }

    var upstreamSettings: NginxUpstream.Settings {
        var conditions = NginxUpstream.NextUpstream.off
        if !nextUpstream.contains(.off) {
            for condition in NextUpstreamCondition.allCases where nextUpstream.contains(condition) {
                conditions.formUnion(condition.machineValue)
            }
        }
        return NginxUpstream.Settings(
            policy: policy == .leastConnections ? .leastConnections : .roundRobin, nextUpstream: conditions,
            nextUpstreamTries: tries, nextUpstreamTimeout: nextUpstreamTimeout)
    }

    var keepaliveSettings: NginxKeepalive<Connection.ID>.Settings {
        .init(capacity: keepalive, timeout: keepaliveTimeout, requests: keepaliveRequests, time: keepaliveTime)
    }

    func healthCheck(peers: Int) -> NginxHealthCheck? {
        guard let activeCheck else { return nil }
        return NginxHealthCheck(
            peers: peers,
            settings: .init(
                interval: activeCheck.interval, jitter: activeCheck.jitter, fails: activeCheck.fails,
                passes: activeCheck.passes, isMandatory: activeCheck.mandatory))
    }
}

extension NextUpstreamCondition {
    fileprivate var machineValue: NginxUpstream.NextUpstream {
        switch self {
        case .error: .error
        case .timeout: .timeout
        case .invalidHeader: .invalidHeader
        case .http500: .http500
        case .http502: .http502
        case .http503: .http503
        case .http504: .http504
        case .http403: .http403
        case .http404: .http404
        case .http429: .http429
        case .nonIdempotent: .nonIdempotent
        case .off: .off
        }
    }
}
