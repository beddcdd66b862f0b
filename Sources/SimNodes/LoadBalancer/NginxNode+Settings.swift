import Topology

extension LoadBalancerSettings {
    /// The `server` lines: those of the settings, or one for each application server.
    func upstreamServers(_ applicationServers: [String]) -> [NginxUpstream.Server] {
        let lines = servers.isEmpty ? applicationServers.map { UpstreamServer(name: $0) } : servers
        return lines.map { line in
            NginxUpstream.Server(
                name: line.name, weight: line.weight, maxFails: line.maxFails ?? maxFails,
                failTimeout: line.failTimeout ?? failTimeout, isBackup: line.backup,
                maxConnections: line.maxConnections, isDown: line.down)
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

    func healthCheck(peers: Int) -> NginxHealthCheck? {
        guard let activeCheck else { return nil }
        return NginxHealthCheck(
            peers: peers,
            settings: .init(interval: activeCheck.interval, fails: activeCheck.fails, passes: activeCheck.passes))
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
        case .http429: .http429
        case .nonIdempotent: .nonIdempotent
        case .off: .off
        }
    }
}
