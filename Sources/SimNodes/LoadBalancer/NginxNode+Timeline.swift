import Topology

/// What the architect reads about the balancer: the first of each kind and server, not each request.
extension NginxNode {
    func note(_ log: [NginxUpstream.LogMessage]) {
        for message in log {
            switch message.event {
            case .serverDisabled:
                guard let peer = message.peer else { continue }
                let server = servers[peer]
                world.sometimes(.balancerSkippedServer)
                world.timeline.noteOnce(
                    .reaction, process.name, key: "down/\(server.name)",
                    "\(server.name) is skipped for \(server.failTimeout): \(message.text)")
            case .noLiveUpstreams:
                world.sometimes(.balancerHadNobody)
                world.timeline.noteOnce(.breakage, process.name, key: "no live upstreams", message.text)
            default:
                continue
            }
        }
    }

    func noteBack(_ peer: Int) {
        let name = servers[peer].name
        world.timeline.noteOnce(.reaction, process.name, key: "back/\(name)", "\(name) answered a probe and is back")
    }

    func noteErrorPage(_ status: Int, _ cause: String) {
        world.timeline.noteOnce(.breakage, process.name, key: "\(status)", "first \(status): \(cause)")
    }

    func noteExhausted() {
        world.timeline.noteOnce(
            .breakage, process.name, key: "worker_connections",
            "\(settings.maxConnections) worker_connections are not enough: new connections are reset")
    }

    func note(_ change: NginxHealthCheck.Change, of peer: Int) {
        let name = servers[peer].name
        switch change {
        case .unhealthy:
            world.timeline.noteOnce(.reaction, process.name, key: "unhealthy/\(name)", "peer is unhealthy: \(name)")
        case .healthy:
            world.timeline.noteOnce(.reaction, process.name, key: "healthy/\(name)", "peer is healthy: \(name)")
        }
    }
}
