import Topology

/// Crash and restart of a process.
extension Director {
    func crash(_ fault: CrashFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.crash, at: place) else { return }
        let wasUp = !target.isDown
        if wasUp { noteStoreFailure(of: target, by: entry) }
        let isHost = fault.how == .host
        ledger.apply(entry, node: target.name, isHost ? "machine lost" : "process crashed") { wasUp }
        target.crash(takingHost: isHost)
        if fault.disk == .lost { targets.redis(target)?.loseFiles() }
        bringUp(target, after: fault.restartAfter, entry)
    }

    func restart(_ fault: RestartFault, _ entry: Int) {
        guard let target = targets.processes[fault.restart] else { return }
        if !target.isDown { noteStoreFailure(of: target, by: entry) }
        ledger.apply(entry, node: target.name, "restarted") { true }
        let life = target.incarnation
        let end: @Sendable () -> Void = { [self] in
            guard target.incarnation == life else { return }
            assumeIsolated { director in
                director.stop(target)
                if fault.disk == .lost { director.targets.redis(target)?.loseFiles() }
                director.bringUp(target, after: .zero, entry)
            }
        }
        // Those that know how to are asked to finish first.
        if let terminate = targets.terminate[target.name], target.isRunning { terminate(end) } else { end() }
    }

    /// Starts a process whose machine was switched off to be switched on again, unless somebody was faster.
    nonisolated func reboot(_ target: NodeProcess) {
        let life = target.incarnation
        let span = world.topology.mysql?.failover?.rebootTime ?? .zero
        spawn(after: span) { _ in if target.incarnation == life { target.start() } }
    }

    private func bringUp(_ target: NodeProcess, after delay: TimeSpan?, _ entry: Int) {
        let starting = targets.startDelays[target.name] ?? .zero
        schedule(endAfter: delay.map { $0 + starting }) { director in
            target.start()
            director.end(entry, node: target.name, "process is up again")
        }
    }
}
