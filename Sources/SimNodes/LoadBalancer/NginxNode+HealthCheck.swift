import Topology

/// Active checks: a probe of every server at an interval, beside the requests.
extension NginxNode {
    nonisolated func startChecks() {
        assumeIsolated { node in
            guard node.checks != nil else { return }
            for (peer, backend) in node.backends.enumerated() {
                node.spawn { try await $0.probe(peer, backend) }
            }
        }
    }

    private func probe<Backend: HTTPBackend>(_ peer: Int, _ backend: Backend) async throws {
        var random = process.randomStream("check/\(servers[peer].name)")
        while true {
            let hasPassed = try await ask(backend)
            if let change = checks?.checked(peer, passed: hasPassed) {
                for group in upstreams.indices {
                    upstreams[group].setHealthy(peer, change == .healthy, now: process.wallClock)
                }
                note(change, of: peer)
            }
            let delay = checks?.delay(random: random.uniform()) ?? .zero
            try await process.sleep(delay)
        }
    }

    private func ask<Backend: HTTPBackend>(_ backend: Backend) async throws -> Bool {
        let timeout = settings.activeCheck?.timeout
        do {
            let status = try await world.network.connectAndCall(
                from: process, to: backend, connectTimeout: timeout, timeout: timeout
            ) { try await $0.answerHealthCheck() }
            return NginxHealthCheck.passes(status: status)
        } catch is NetworkError {
            return false
        }
    }
}
