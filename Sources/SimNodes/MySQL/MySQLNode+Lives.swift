import Topology

/// Crash and restart.
extension MySQLNode: ProcessObserver {
    package nonisolated func processCrashed(_ process: NodeProcess) {
        assumeIsolated { $0.crashed(process.isHostDown ? .machine : .process) }
    }

    package nonisolated func processStarted(_ process: NodeProcess) {
        spawn { try await $0.recover() }
    }

    /// What is on disk is looked at as recovery will find it, so that an inspection sees it before a restart as well.
    private func crashed(_ kind: MySQLServer.CrashKind) {
        let state = server.crash(kind)
        let recovered = state.engine.prepared.filter { $0.number <= state.binaryLog.lastNumber }
        ghosts += recovered.count
        world.history.recovered(recovered, from: state.binaryLog, on: process)
        server = MySQLServer(
            recovering: state, readOnlyMode: settings.superReadOnlyAtStart ? .superReadOnly : readOnlyAtStart)
        replica.restarted(keepsRelayLog: kind == .process)
        forgetMemory()
        for meter in [connectionMeter, lockMeter, flushes.meter] { meter.empties(at: now) }
    }

    private func forgetMemory() {
        isServing = false
        clients = [:]
        parked = []
        completions = []
        isLockTimerArmed = false
        isSilenceTimerArmed = false
        isFlushing = false
        flushQueue = []
        semiSync = nil
        acknowledgementWaiters = [:]
        isSemiSyncTimerArmed = false
        for dump in dumps { dump.isOpen = false }
        dumps = []
        sourceConnection = nil
        receiverEpoch += 1
        receiverWaiter = nil
        inbox = FIFO()
        isReceiving = false
        isApplying = false
        applierWaiters = []
        transactionWaiters = []
        strikes.roomWaiters = []
        strikes.isWaitingForRoom = false
    }

    private func recover() async throws {
        try await process.sleep(settings.startTime + settings.recoveryTime)
        isServing = true
        startBackgroundSyncs()
        note(.reaction, recoveryReport)
        noteReturn()
        ghosts = 0
        if sourceName == nil {
            semiSync = Self.makeSemiSync(settings)
        } else {
            startReplication()
        }
    }

    private func noteReturn() {
        if ghosts > 0 { world.sometimes(.commitRecoveredUntold) }
        guard sourceName == nil, server.readOnlyMode == .off, world.failovers.mysql.promotedAt != nil else { return }
        world.sometimes(.oldPrimaryCameBack)
        let others = ([settings.primary] + settings.replicas).compactMap(lookUp).filter {
            $0 !== self && $0.source == nil
        }
        let executed = server.binaryLog.executed
        if others.contains(where: { MySQLReplica.errant(executed: executed, source: $0.executedTransactions).count > 0 }
        ) {
            world.sometimes(.oldPrimaryHasExtraWrites)
        }
    }

    private var recoveryReport: String {
        var text = "is back after crash recovery"
        switch server.readOnlyMode {
        case .off: text += " and takes writes"
        case .readOnly: text += ", read-only"
        case .superReadOnly: text += ", super-read-only"
        }
        if ghosts > 0 {
            text += "; recovery committed \(ghosts) transactions whose clients were never told"
        }
        return text
    }
}
