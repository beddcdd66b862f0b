import Topology

/// What faults do to a server that neither its station nor its links show.
extension RedisNode {
    struct Strikes {
        /// Until when nothing is read from the master.
        var receiverStalledUntil = Instant(nanoseconds: -1)
        /// Messages of the master that had to wait.
        var heldMessages = 0
        var diskStalledUntil = Instant.zero
        /// Whether the thread will block because the disk hangs.
        var blocksAtDisk = false
        /// How many faults keep the disk full.
        var fullDisks = 0
        /// Saves and writes that the disk failed or held up, in earlier lives.
        var diskFailures = 0
        /// The life that ended because of its disk.
        var lifeEndedByDisk: UInt32?
        /// Keys evicted in earlier lives, and commands refused for want of memory in all.
        var memoryStrikes = 0
        /// The process is stopped in order.
        var isShuttingDown = false
    }

    // MARK: Clock

    func clockChanged(by step: TimeSpan) {
        server.clockStepped(by: step)
        guard isListening else { return }
        cronAt = nil
        cronGeneration += 1
        armCron()
    }

    // MARK: Replication

    /// Nothing is read from the master for a while; the connection stays open.
    nonisolated func stallReceiver(for span: TimeSpan) {
        assumeIsolated { $0.strikes.receiverStalledUntil = max($0.strikes.receiverStalledUntil, $0.now + span) }
    }

    nonisolated var heldMessages: Int { assumeIsolated { $0.strikes.heldMessages } }

    /// What comes at the very end of a stall stays behind what came during it.
    func awaitReceiver() async throws {
        if let badLuck = world.badLuck, badLuck.strikes(.redisSlowReplica, process) {
            stallReceiver(for: badLuck.settings.hang)
        }
        while now <= strikes.receiverStalledUntil {
            strikes.heldMessages += 1
            try await process.sleep(until: strikes.receiverStalledUntil + .nanoseconds(1))
        }
    }

    // MARK: Disk

    nonisolated var diskFailures: Int {
        assumeIsolated { $0.strikes.diskFailures + $0.server.persistence.diskFailures }
    }

    /// Writes and syncs hang until `endDiskStall`, which is to be called after this time.
    nonisolated func stallDisk(for span: TimeSpan) {
        assumeIsolated { node in
            node.strikes.diskStalledUntil = max(node.strikes.diskStalledUntil, node.now + span)
            node.bringDiskTrouble()
        }
    }

    nonisolated func endDiskStall() {
        assumeIsolated { node in
            guard node.now >= node.strikes.diskStalledUntil else { return }
            node.strikes.blocksAtDisk = false
            node.server.setDisk(stalled: false)
            if node.isListening { node.armCron() }
        }
    }

    nonisolated func fillDisk() {
        assumeIsolated { node in
            node.strikes.fullDisks += 1
            node.bringDiskTrouble()
        }
    }

    /// Somebody has made room; a server that ended for want of it is started again.
    nonisolated func makeRoom() {
        assumeIsolated { node in
            node.strikes.fullDisks -= 1
            guard node.strikes.fullDisks == 0 else { return }
            node.server.setDisk(full: false)
            if node.isListening { node.armCron() }
            if node.process.isDown, node.strikes.lifeEndedByDisk == node.process.life { node.process.start() }
        }
    }

    /// Tells the machine of its disk, which may be older than its process.
    func bringDiskTrouble() {
        strikes.blocksAtDisk = false
        if strikes.fullDisks > 0 { server.setDisk(full: true) }
        if strikes.diskStalledUntil > now { server.setDisk(stalled: true) }
    }

    /// A write while the disk hangs: with `always` its reply, and the thread, wait for the disk; with `everysec` the thread
    /// waits once a sync is two seconds late (aof.c `flushAppendOnlyFile`).
    func awaitDisk() async throws {
        guard server.configuration.appendOnly else { return }
        let end = strikes.diskStalledUntil
        switch server.configuration.appendFsync {
        case .always:
            strikes.diskFailures += 1
            station.stall(for: end - now)
            try await process.sleep(until: end)
        case .everySecond:
            guard !strikes.blocksAtDisk else { return }
            strikes.blocksAtDisk = true
            spawn(after: Self.syncPeriod + Self.longestPostponement) { node in
                guard node.strikes.blocksAtDisk, node.strikes.diskStalledUntil > node.now else { return }
                node.station.stall(for: node.strikes.diskStalledUntil - node.now)
            }
        case .never: break
        }
    }

    private static let syncPeriod = TimeSpan.seconds(1)
    private static let longestPostponement = TimeSpan.seconds(2)

    /// The server as it is. Not inlined, like `restore`: the frames of its callers would have room for whole servers, 12 KB
    /// for each command.
    @inline(never)
    func copyServer() -> ServerCopy { ServerCopy(server) }

    @inline(never)
    private func restore(_ before: ServerCopy) { server = before.server }

    /// The log can't be written with `always`: the server exits before it replies, and the file lacks the command.
    func endAtFailedWrite(_ before: ServerCopy) async throws {
        restore(before)
        actions.removeAll()
        try await end(
            because: "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...")
    }

    /// A replica whose disk is full must not execute what its master has (server.c, `replica-ignore-disk-write-errors`).
    func endAsReplica() async throws {
        try await end(because: "Replica was unable to write command to disk.")
    }

    private func end(because text: String) async throws {
        strikes.diskFailures += 1
        strikes.lifeEndedByDisk = process.life
        world.timeline.note(.breakage, process.name, text)
        process.crash()
        try await process.vanish()
    }

    // MARK: Bad luck

    /// What can happen to a write that is executed and not answered yet.
    ///
    /// - Throws: `ConnectionAborted` when its answer is lost.
    func suffer(_ command: RedisCommand, _ reply: RedisReply, _ session: Session) throws {
        if !server.isReplica, world.hasBadLuck(.redisCrashAfterWrite, process) { world.badLuck?.kill(process) }
        if Self.takesLock(command, reply), let key = command.firstKey, world.hasBadLuck(.redisEarlyExpiry, process) {
            runAsOperator(.del(key))
        }
        guard world.hasBadLuck(.redisLostReply, process) else { return }
        server.disconnect(session.client)
        sessions[session.client] = nil
        end(session)
        throw ConnectionAborted()
    }

    // MARK: Operators and foreign clients

    /// Connections of this life that were refused because all places were taken.
    nonisolated var rejectedConnections: Int { assumeIsolated { $0.server.rejectedConnections } }

    /// How the server stops, when its process ends.
    func stop(_ process: NodeProcess) -> RedisStop {
        if process.isHostDown { return .powerLoss }
        return strikes.isShuttingDown ? .shutdown : .processKill
    }

    /// Ends the process as SHUTDOWN does.
    nonisolated func shutDown() {
        assumeIsolated { $0.strikes.isShuttingDown = true }
        process.crash()
        assumeIsolated { $0.strikes.isShuttingDown = false }
    }

    /// What the last life left on disk is gone.
    nonisolated func loseFiles() { assumeIsolated { $0.disk = RedisDisk() } }

    /// Keys that were evicted, and commands that were refused for want of memory.
    nonisolated var memoryStrikes: Int {
        assumeIsolated { $0.strikes.memoryStrikes + $0.server.keyspace.evictedKeys }
    }

    /// CONFIG SET `maxmemory` and `maxmemory-policy`, which a restart forgets; returns what they were.
    nonisolated func limitMemory(_ limit: (bytes: String, policy: String)) -> (bytes: String, policy: String) {
        assumeIsolated { node in
            let names = ["maxmemory", "maxmemory-policy"]
            let earlier = names.map { node.server.configuration.value(of: $0) ?? "" }
            node.runAsOperator(.configSet([names[0], limit.bytes, names[1], limit.policy]))
            return (earlier[0], earlier[1])
        }
    }

    /// FLUSHALL of somebody at the machine; says how many keys it took.
    nonisolated func flushAll(_ flushed: @escaping @Sendable (Int) -> Void) {
        spawn { node in
            try await node.station.serve(node.demandOfStream())
            let before = node.server.keyCount
            node.runAsOperator(.flushall)
            flushed(before - node.server.keyCount)
        }
    }

    /// Runs a command of a client on the machine itself, which is connected for just as long.
    private func runAsOperator(_ command: RedisCommand) {
        guard isListening, server.connect(Self.operatorClient, now: process.wallClock, into: &actions) else { return }
        server.receive(command, from: Self.operatorClient, now: process.wallClock, into: &actions)
        server.disconnect(Self.operatorClient)
        perform()
        keepCronSoon()
    }

    private static let operatorClient = RedisClientID(-1)
}

extension RedisCommand {
    /// The key of a command that takes a lock.
    fileprivate var firstKey: String? {
        switch self {
        case .set(let key, _, _), .setnx(let key, _): key
        default: nil
        }
    }
}

extension RedisReplicationMessage {
    /// Whether it is a piece of the stream that changes data.
    var isWrite: Bool {
        guard case .stream(let unit) = self else { return false }
        return unit.commands.contains { $0.isWrite }
    }
}
