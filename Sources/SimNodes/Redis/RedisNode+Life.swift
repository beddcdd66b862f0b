import Topology

extension RedisConfiguration {
    /// The directives that the settings of a topology name; the others keep their defaults.
    package init(_ settings: RedisSettings) {
        self.init()
        maxClients = settings.maxclients
        minReplicasToWrite = settings.minReplicasToWrite
        minReplicasMaxLag = settings.minReplicasMaxLag
        replicaServesStaleData = settings.replicaServeStaleData
        backlogSize = settings.replicationBacklog.bytes
        replicationTimeout = settings.replicationTimeout
        replicaPingPeriod = settings.replicationPingPeriod
        savePoints = settings.save.map { SavePoint(after: $0.after, changes: $0.changes) }
        appendOnly = settings.appendOnly != .off
        appendFsync = settings.appendOnly == .always ? .always : .everySecond
        maxMemory = settings.maxMemory?.bytes ?? 0
        evictionPolicy = RedisEvictionPolicy(settings.maxMemoryPolicy)
    }
}

extension RedisNode {
    // MARK: Before the run

    /// The data set that these commands make, to begin a run with; one is enough for a master and its replicas.
    package static func dataSet(of commands: [RedisCommand], now: Instant = .zero) -> RedisSnapshot {
        var keyspace = RedisKeyspace()
        keyspace.clock = now.milliseconds
        for command in commands { _ = try? keyspace.execute(command) }
        return RedisSnapshot(keyspace, position: nil)
    }

    /// Gives the server its address book and its data, as if it had been up for long; a master begins before its replicas.
    ///
    /// `lookUp` must not keep the nodes alive, and somebody else must for as long as the universe runs.
    package nonisolated func begin(
        with dataSet: RedisSnapshot? = nil, lookUp: @escaping @Sendable (String) -> RedisNode?
    ) {
        assumeIsolated { $0.beginIsolated(with: dataSet, lookUp) }
    }

    private func beginIsolated(with dataSet: RedisSnapshot?, _ lookUp: @escaping @Sendable (String) -> RedisNode?) {
        self.lookUp = lookUp
        var contents = dataSet ?? RedisSnapshot(RedisKeyspace(), position: nil)
        // All servers share one history, so that replicas go on where their master stands; without replicas there is
        // none, and no stream is kept.
        contents.position =
            settings.replicas.isEmpty ? nil : RedisPosition(id: SHA1.hexDigest(ofName: settings.master), offset: 0)
        disk.snapshot = contents
        disk.appendOnlyFile = contents
        server = RedisServer.restart(
            from: disk, address: address, runID: SHA1.hexDigest(ofName: process.name), configuration: configuration,
            master: configuredMaster, now: process.wallClock, into: &actions)
        // Without save points and log a server that stops leaves nothing, this data set included.
        if configuration.savePoints.isEmpty { server.persistence.snapshot = nil }
        actions.removeAll()
        server.loadingFinished(now: process.wallClock, into: &actions)
        actions.removeAll()
        if let master = configuredMaster.flatMap({ lookUp($0.host) }) { join(master) }
        armCron()
    }

    /// Follows a master without the time that takes.
    private func join(_ master: RedisNode) {
        let connection = world.network.establish(from: process, to: master)
        adopt(connection, master)
        isJoining = true
        server.masterConnected(now: process.wallClock, into: &actions)
        for action in actions {
            guard case .toMaster(let message) = action else { continue }
            master.assumeIsolated { $0.receive(message, from: self, over: connection) }
        }
        actions.removeAll()
    }

    // MARK: A new process

    /// Tells a server whom its start script can ask who the master is.
    package nonisolated func introduce(_ sentinels: @escaping @Sendable () -> [SentinelNode]) {
        assumeIsolated { $0.findSentinels = sentinels }
    }

    /// Has the configuration name the master that the Sentinels know; without an answer it stays as it is.
    private func askForMaster() async throws {
        for sentinel in findSentinels() {
            do {
                let name = try await world.network.connectAndCall(
                    from: process, to: sentinel, connectTimeout: .seconds(1), timeout: .seconds(1)
                ) { $0.masterAddress() }
                guard let name else { continue }
                configuredMaster = name == process.name ? nil : RedisAddress(name)
                return
            } catch is NetworkError {
                continue
            }
        }
    }

    private func startUp() async throws {
        try await process.sleep(settings.startTime)
        if settings.rejoin == .askSentinels { try await askForMaster() }
        comeUp()
    }

    /// In a function without `await`: as part of a task, room for the servers that it makes would take 11 KB.
    @inline(never)
    private func comeUp() {
        isListening = true
        server = RedisServer.restart(
            from: disk, address: address, runID: SHA1.hexDigest(ofName: "\(process.name)/\(process.incarnation)"),
            configuration: configuration, master: configuredMaster, now: process.wallClock, into: &actions)
        if foundKeys == 0 { world.sometimes(.redisRestartedEmpty) }
        let role = configuredMaster.map { "a replica of \($0.host)" } ?? "a master"
        world.timeline.note(.reaction, process.name, "is up as \(role) with \(foundKeys) keys on disk")
        bringDiskTrouble()
        perform()
        armCron()
    }

    private var foundKeys: Int {
        (configuration.appendOnly ? disk.appendOnlyFile : disk.snapshot)?.keyCount ?? 0
    }

    /// A data set of that size is being read; until then clients are told LOADING.
    func beginLoading(_ keys: Int) {
        loadsBegun += 1
        let load = loadsBegun
        let duration = TimeSpan(seconds: Double(keys) / settings.loadRate.perSecond)
        spawn(after: duration) { node in
            guard node.loadsBegun == load, node.server.isLoading else { return }
            node.server.loadingFinished(now: node.process.wallClock, into: &node.actions)
            node.perform()
            node.armCron()
        }
    }

    // MARK: Cron

    /// Has the machine ticked when it next wants to be.
    func armCron() {
        if let deadline = server.nextDeadline() { arm(at: deadline) }
    }

    /// Has the machine ticked at its next cron: cheaper after a write than to find out whether it needs that.
    func keepCronSoon() {
        let period = TimeSpan(nanoseconds: 1_000_000_000 / server.configuration.hz)
        if let cronAt, cronAt - now <= period { return }
        let elapsed = (process.wallClock - server.startedAt).nanoseconds
        arm(at: server.startedAt + TimeSpan(nanoseconds: (elapsed / period.nanoseconds + 1) * period.nanoseconds))
    }

    /// A slow clock may not have got there when the timer goes off; it is then set again, for `least` or longer.
    private func arm(at deadline: Instant, least: TimeSpan = .zero) {
        let delay = max(process.time(untilWallClock: deadline), least)
        let due = now + delay
        if let cronAt, cronAt <= due { return }
        cronAt = due
        cronGeneration += 1
        let generation = cronGeneration
        spawn(after: delay) { node in
            guard node.cronGeneration == generation else { return }
            node.cronAt = nil
            node.server.tick(now: node.process.wallClock, into: &node.actions)
            node.perform()
            if let deadline = node.server.nextDeadline() { node.arm(at: deadline, least: .milliseconds(1)) }
        }
    }
}

extension RedisNode: ProcessObserver {
    /// What is pushed to a subscriber holds it.
    package nonisolated func universeEnded() { assumeIsolated { $0.sessions.removeAll() } }

    /// Memory is gone; of the files is left what their rules let survive.
    package nonisolated func processCrashed(_ process: NodeProcess) {
        assumeIsolated { node in
            // What is still being loaded has changed nothing on the disk.
            if node.isListening, !node.server.isLoading {
                node.disk = node.server.disk(after: node.stop(process))
            }
            node.strikes.diskFailures += node.server.persistence.diskFailures
            node.strikes.memoryStrikes += node.server.keyspace.evictedKeys
            node.isListening = false
            node.server = RedisServer(
                address: node.address, runID: "", configuration: node.configuration, now: process.wallClock)
            node.actions.removeAll()
            node.sessions.removeAll()
            node.replicaLinks.removeAll()
            node.masterLink = nil
            node.masterAttempt += 1
            node.loadsBegun += 1
            node.cronAt = nil
            node.cronGeneration += 1
        }
    }

    package nonisolated func processStarted(_ process: NodeProcess) {
        spawn { try await $0.startUp() }
    }

    package nonisolated func processClockChanged(_ process: NodeProcess, step: TimeSpan) {
        assumeIsolated { $0.clockChanged(by: step) }
    }
}
