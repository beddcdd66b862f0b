import Topology

/// What people do to a running system: empty a cache, restart a group, connect a client of their own.
extension Director {
    func flushAll(_ fault: FlushAllFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.flushAll, at: place), let redis = targets.redis(target) else { return }
        let taken = FaultCount()
        ledger.apply(entry, node: target.name, "somebody sends FLUSHALL") { taken.count > 0 }
        guard target.isRunning else { return }
        redis.flushAll { [ledger] count in
            taken.count = count
            ledger.end(entry, node: target.name, "FLUSHALL has taken \(count) keys")
        }
    }

    func limitMemory(_ fault: MaxMemoryFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.maxMemory, at: place), let node = targets.redis(target) else { return }
        let redis = Unowned(node)
        let before = node.memoryStrikes
        let text = "maxmemory is set to \(fault.limit.bytes) bytes (\(fault.policy.rawValue))"
        ledger.apply(entry, node: target.name, text) { redis.value.memoryStrikes > before }
        let earlier = node.limitMemory((String(fault.limit.bytes), fault.policy.rawValue))
        schedule(endAfter: fault.for) { director in
            _ = redis.value.limitMemory(earlier)
            director.end(entry, node: target.name, "maxmemory is set back")
        }
    }

    func rollingRestart(_ fault: RollingRestartFault, _ entry: Int) {
        let nodes = targets.nodes(fault.rollingRestart)
        let restarted = FaultCount()
        let names = fault.rollingRestart.joined(separator: "+")
        ledger.apply(entry, node: names, "\(nodes.count) nodes are restarted one after the other") {
            restarted.count > 0
        }
        spawn { director in
            for (index, target) in nodes.enumerated() {
                if index > 0 { try await director.process.sleep(fault.wait) }
                director.noteStoreFailure(of: target, by: entry)
                director.ledger.note(node: target.name, "restarted")
                try await director.stopInOrder(target)
                try await director.process.sleep(director.targets.startDelays[target.name] ?? .zero)
                target.start()
                restarted.count += 1
                try await director.awaitListening(target)
                director.ledger.note(node: target.name, "process is up again")
            }
            director.end(entry, node: names, "all have been restarted")
        }
    }

    /// Ends a process as SIGTERM does: those that know how to finish first, the others save what they save.
    private func stopInOrder(_ target: NodeProcess) async throws {
        let life = target.incarnation
        if target.isRunning, let terminate = targets.terminate[target.name] {
            let finished = FaultCount()
            terminate { finished.count = 1 }
            // Whatever kills it first is the end as well.
            while target.incarnation == life, finished.count == 0 { try await process.sleep(Self.lookAgain) }
        }
        if target.incarnation == life { stop(target) }
    }

    /// Ends a process, at once; a Redis saves first.
    func stop(_ target: NodeProcess) {
        if target.isRunning, let redis = targets.redis(target) { redis.shutDown() } else { target.crash() }
    }

    /// Returns when a process that was started accepts connections, or has died again.
    private func awaitListening(_ target: NodeProcess) async throws {
        while target.isRunning, !target.isListening { try await process.sleep(Self.lookAgain) }
    }

    private static let lookAgain = TimeSpan.milliseconds(100)
}

/// A number that a fault's closures share.
final class FaultCount: @unchecked Sendable { var count = 0 }
