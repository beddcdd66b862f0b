import Topology

/// The steps of a recovery.
extension FailoverManagerNode {
    func take(_ step: MySQLFailoverManager.Action) async throws {
        switch step {
        case .poll: break
        case .startPromotion(let id):
            note(.reaction, "promotes \(name(id)) in place of \(name(machine.primary))")
            _ = try await ask(id, timeout: settings.pollTimeout) { $0.stopReceiver() }
        case .fence(let id, let fence):
            let hasSucceeded = try await carryOut(fence, on: id)
            report { $0.fenced(succeeded: hasSucceeded, into: &$1) }
        case .waitForRelayLog(let id): try await waitForRelayLog(of: id)
        case .promote(let id): try await promote(id)
        case .repoint(let id, let primary):
            let source = name(primary)
            if try await ask(id, timeout: settings.pollTimeout, { try await $0.follow(source) }) == nil {
                note(.breakage, "cannot point \(name(id)) to \(source)")
            }
        case .makeWritable(let id):
            let hasSucceeded = try await ask(id, timeout: settings.pollTimeout) { try $0.makeWritable() } != nil
            if hasSucceeded { world.sometimes(.primaryMadeWritable) }
            report { $0.madeWritable(id, succeeded: hasSucceeded, into: &$1) }
        case .stopReplication(let id): try await stopReplication(of: id)
        case .startReplication(let id):
            _ = try await ask(id, timeout: settings.pollTimeout) { $0.startReceiver() }
        case .rejoin(let id, let primary): try await rejoin(id, to: primary)
        case .rebuild(let id, let primary): try await rebuild(id, from: primary)
        case .announceNewPrimary(let id):
            let address = name(id)
            spawn { try await $0.redirect(to: address) }
        case .abandon(let failure):
            world.sometimes(.promotionAbandoned)
            note(.breakage, Self.text(failure))
        }
    }

    private func carryOut(_ fence: MySQLFailoverManager.Fence, on id: Int32) async throws -> Bool {
        switch fence {
        case .none: return true
        case .superReadOnly:
            let hasSucceeded = try await ask(id, timeout: settings.pollTimeout) { try await $0.fence() } != nil
            note(
                .reaction,
                hasSucceeded
                    ? "fences \(name(id)): super_read_only, clients killed"
                    : "cannot fence \(name(id)): it does not answer")
            return hasSucceeded
        case .stonith, .reboot:
            guard let node = lookUp(name(id)) else { return false }
            node.process.crash(takingHost: true)
            if fence == .reboot { boot(node.process) }
            let what = fence == .reboot ? "reboots" : "is switched off"
            note(.reaction, "fences \(name(id)): its machine \(what)")
            return true
        }
    }

    private func rejoin(_ id: Int32, to primary: Int32) async throws {
        let source = name(primary)
        let executed = try await ask(primary, timeout: settings.pollTimeout) { $0.executedTransactions }
        var outcome = MySQLFailoverManager.Rejoining.unreachable
        if let executed {
            let hasRejoined = try await ask(id, timeout: settings.pollTimeout) {
                try await $0.rejoin(source, executed: executed)
            }
            if let hasRejoined { outcome = hasRejoined ? .follows : .errant }
        }
        switch outcome {
        case .follows:
            world.sometimes(.strayRejoined)
            note(.reaction, "\(name(id)) follows \(source)")
        case .errant: note(.breakage, "\(name(id)) has transactions that \(source) lacks: it must be rebuilt")
        case .unreachable: break
        }
        report { $0.rejoined(id, outcome, into: &$1) }
    }

    private func rebuild(_ id: Int32, from primary: Int32) async throws {
        let source = name(primary)
        let hasBegun = try await ask(id, timeout: settings.pollTimeout) { try $0.beginClone(from: source) } != nil
        if hasBegun { world.sometimes(.strayRebuilt) }
    }

    private func stopReplication(of id: Int32) async throws {
        let maker = lookUp(name(machine.primary))?.serverID ?? 0
        let status = try await ask(id, timeout: settings.pollTimeout) { try $0.stopForSurvey(of: maker) }
        report { $0.replicationStopped(id, status, into: &$1) }
    }

    private func waitForRelayLog(of id: Int32) async throws {
        guard let count = try await ask(id, timeout: nil, { try await $0.waitForRelayLog() }) else {
            return report { $0.promotionFailed(id, into: &$1) }
        }
        if count > 0 { world.sometimes(.promotedUnapplied) }
        note(.reaction, "\(name(id)) has applied its relay log (\(count) transactions)")
        report { $0.relayLogApplied(id, into: &$1) }
    }

    private func promote(_ id: Int32) async throws {
        guard let dropped = try await ask(id, timeout: nil, { try await $0.promote() }) else {
            return report { $0.promotionFailed(id, into: &$1) }
        }
        world.failovers.promoted(.mysql, at: now)
        world.situations.promoted()
        if dropped > 0 { world.sometimes(.promotedUnapplied) }
        if lookUp(name(machine.primary))?.openTransactions ?? 0 > 0 { world.sometimes(.failoverWithOpenTransactions) }
        let loss = dropped > 0 ? "; \(dropped) received transactions were dropped" : ""
        note(.reaction, "\(name(id)) is the new primary\(loss)")
        report { $0.promoted(id, into: &$1) }
    }

    /// Has a server do something over a new connection; nil if it does not answer in time.
    ///
    /// - Parameter timeout: for connection and answer together; nil waits for as long as the server lives.
    func ask<Reply: Sendable>(
        _ id: Int32, timeout: TimeSpan?, _ handler: @escaping @Sendable (isolated MySQLNode) async throws -> Reply
    ) async throws -> Reply? {
        guard let node = lookUp(name(id)) else { return nil }
        let deadline = timeout.map { now + $0 }
        do {
            try await world.network.shakeHands(
                from: process, with: node.process, timeout: timeout ?? settings.pollTimeout)
            let reply = try await world.network.call(
                from: process, to: node, timeout: deadline.map { $0 - now }, handler)
            return .some(reply)
        } catch is NetworkError {
            return nil
        }
    }

    private static func text(_ failure: MySQLFailoverManager.Failure) -> String {
        switch failure {
        case .blockedByRecentRecovery: "recovers nothing: the last recovery was too short a time ago"
        case .relayLogNotApplied: "does not fail over: the best replica has not applied all that it received"
        case .fenceFailed: "gives the failover up: the old primary could not be fenced"
        case .staysReadOnly: "cannot make the primary writable: it does not answer"
        case .tooFewReached:
            "promotes nobody yet: a server that it can't reach may be the only one with what clients were told of"
        case .candidateLost: "gives the failover up: the replica to be promoted was lost"
        }
    }
}
