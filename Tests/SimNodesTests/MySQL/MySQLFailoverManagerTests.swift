import Testing
import Topology

@testable import SimNodes

extension MySQLFailoverManager {
    /// What it does at its next deadline; nil where that is later than `end`.
    mutating func step(until end: Instant) -> (now: Instant, actions: [Action])? {
        guard nextDeadline <= end else { return nil }
        let now = nextDeadline
        var actions: [Action] = []
        tick(now: now, into: &actions)
        return (now, actions)
    }
}

@Suite("MySQL failover manager")
struct MySQLFailoverManagerTests {
    /// A world that answers polls at once: which servers are up, and what the replicas say.
    private struct World {
        var manager: MySQLFailoverManager
        var now = Instant.zero
        var down: Set<Int32> = []
        var statuses: [Int32: MySQLFailoverManager.ReplicaStatus]
        var log: [(seconds: Int64, action: MySQLFailoverManager.Action)] = []
        var fencingSucceeds = true
        var promotionsSucceed = true
        var readOnly: Set<Int32> = []
        var writableSucceeds = true
        /// Whom each replica says it follows, where that is not the primary.
        var sources: [Int32: Int32] = [:]
        var rejoining = MySQLFailoverManager.Rejoining.follows

        init(_ change: (inout MySQLFailoverManager.Settings) -> Void = { _ in }) {
            var settings = MySQLFailoverManager.Settings()
            change(&settings)
            manager = MySQLFailoverManager(settings: settings, primary: 1, replicas: [2, 3], start: .zero)
            statuses = [
                2: .init(isReceiving: true, received: 10, applied: 8),
                3: .init(isReceiving: true, received: 12, applied: 7),
            ]
        }

        mutating func run(until seconds: Int64) {
            while let step = manager.step(until: .zero + .seconds(seconds)) {
                now = step.now
                carryOut(step.actions)
            }
            now = .zero + .seconds(seconds)
        }

        mutating func carryOut(_ actions: [MySQLFailoverManager.Action]) {
            for action in actions {
                var following: [MySQLFailoverManager.Action] = []
                if case .poll(let id) = action {
                    if down.contains(id) {
                        manager.failed(id)
                    } else {
                        let isPrimary = id == manager.primary
                        manager.answered(
                            id, status: isPrimary ? nil : statuses[id],
                            from: isPrimary ? nil : sources[id] ?? manager.primary, isReadOnly: readOnly.contains(id))
                    }
                    continue
                }
                log.append((now.milliseconds / 1000, action))
                switch action {
                case .fence: manager.fenced(succeeded: fencingSucceeds, into: &following)
                case .rejoin(let id, let primary):
                    if rejoining == .follows { sources[id] = primary }
                    manager.rejoined(id, rejoining, into: &following)
                case .makeWritable(let id):
                    if writableSucceeds { readOnly.remove(id) }
                    manager.madeWritable(id, succeeded: writableSucceeds, into: &following)
                case .waitForRelayLog(let id): manager.relayLogApplied(id, into: &following)
                case .promote(let id):
                    if !promotionsSucceed {
                        manager.promotionFailed(id, into: &following)
                    } else {
                        manager.promoted(id, into: &following)
                    }
                default: break
                }
                carryOut(following)
            }
        }

        mutating func loseSource() {
            for id in statuses.keys { statuses[id]?.isReceiving = false }
        }

        var actions: [MySQLFailoverManager.Action] { log.map(\.action) }
    }

    @Test("A healthy primary is left alone")
    func healthy() {
        var world = World()
        world.run(until: 100)
        #expect(world.log.isEmpty && world.manager.analysis == .healthy)
    }

    @Test("While replicas still receive, an unreachable primary is not failed over")
    func unreachablePrimary() {
        var world = World()
        world.run(until: 2)
        world.down = [1]
        world.run(until: 30)
        #expect(world.log.isEmpty && world.manager.analysis == .unreachablePrimary)
    }

    @Test("The failover begins when the last replica has noticed, and takes the one that has received most")
    func deadPrimary() {
        var world = World()
        world.run(until: 2)
        world.down = [1]
        world.run(until: 40)
        world.loseSource()
        world.run(until: 100)
        #expect(world.actions == [.startPromotion(3), .promote(3), .repoint(2, to: 3), .announceNewPrimary(3)])
        let began = world.log[0].seconds
        #expect(began >= 41 && began <= 42, "emergency reads, not the next regular poll")
        #expect(world.manager.primary == 3)
    }

    @Test("Without replica agreement the polls alone decide, as many as are asked for")
    func confirmations() {
        var world = World {
            $0.requiresReplicaAgreement = false
            $0.confirmations = 3
        }
        world.run(until: 2)
        world.down = [1]
        world.run(until: 14)
        #expect(world.log.isEmpty, "polls at 5 s and 10 s have failed")
        world.run(until: 17)
        #expect(world.actions.contains(.announceNewPrimary(3)))
    }

    @Test("Nobody can be promoted when no replica answers")
    func everythingDead() {
        var world = World()
        world.run(until: 2)
        world.down = [1, 2, 3]
        world.run(until: 60)
        #expect(world.log.isEmpty && world.manager.analysis == .deadPrimaryAndReplicas)
    }

    @Test("Fence, relay log, promotion follow each other")
    func fenceAndRelayLog() {
        var world = World {
            $0.fence = .stonith
            $0.waitForRelayLog = .wait
        }
        world.run(until: 2)
        world.down = [1]
        world.loseSource()
        world.run(until: 20)
        #expect(
            world.actions == [
                .startPromotion(3), .fence(1, .stonith), .waitForRelayLog(3), .promote(3), .repoint(2, to: 3),
                .announceNewPrimary(3),
            ])
    }

    @Test("A failed STONITH stops the failover, a failed super_read_only does not")
    func failedFence() {
        for fence in [MySQLFailoverManager.Fence.stonith, .superReadOnly] {
            var world = World { $0.fence = fence }
            world.fencingSucceeds = false
            world.run(until: 2)
            world.down = [1]
            world.loseSource()
            world.run(until: 60)
            #expect(world.actions.contains(.announceNewPrimary(3)) == (fence == .superReadOnly))
            #expect(world.actions.contains(.abandon(.fenceFailed)) == (fence == .stonith))
        }
    }

    @Test("An unapplied relay log ends the promotion where that is asked for")
    func relayLogFails() {
        var world = World { $0.waitForRelayLog = .fail }
        world.run(until: 2)
        world.down = [1]
        world.loseSource()
        world.run(until: 60)
        #expect(world.actions.first == .abandon(.relayLogNotApplied))
        #expect(!world.actions.contains(.promote(3)))
        #expect(world.manager.primary == 1)
    }

    @Test("No second failover within the block, one afterwards")
    func antiFlap() {
        var world = World { $0.recoveryBlock = .seconds(100) }
        world.run(until: 2)
        world.down = [1]
        world.loseSource()
        world.run(until: 20)
        #expect(world.manager.primary == 3)
        world.down = [1, 3]
        world.run(until: 60)
        #expect(world.manager.primary == 3)
        #expect(world.actions.filter { $0 == .abandon(.blockedByRecentRecovery) }.count == 1)
        world.run(until: 140)
        #expect(world.manager.primary == 2)
    }

    @Test("A primary that refuses writes is made writable only where that is asked for")
    func readOnlyPrimary() {
        for isAsked in [false, true] {
            var world = World { $0.makesPrimaryWritable = isAsked }
            world.readOnly = [1]
            world.run(until: 20)
            #expect(world.actions == (isAsked ? [.makeWritable(1)] : []))
            #expect(world.manager.analysis == .healthy && !world.manager.isRecovering)
        }
    }

    @Test("A primary that nobody follows stays read-only")
    func readOnlyAlone() {
        var world = World { $0.makesPrimaryWritable = true }
        world.readOnly = [1]
        world.loseSource()
        world.run(until: 20)
        #expect(world.log.isEmpty)
        world.statuses[2]?.isReceiving = true
        world.run(until: 40)
        #expect(world.actions == [.makeWritable(1)])
    }

    @Test("To make a primary writable is a recovery: the one before blocks it, and it blocks the next")
    func readOnlyWithinBlock() {
        var world = World {
            $0.makesPrimaryWritable = true
            $0.recoveryBlock = .seconds(100)
        }
        world.run(until: 2)
        world.down = [1]
        world.loseSource()
        world.run(until: 20)
        #expect(world.manager.primary == 3)
        world.statuses[2]?.isReceiving = true
        world.readOnly = [3]
        world.run(until: 60)
        #expect(world.actions.last == .abandon(.blockedByRecentRecovery) && world.readOnly == [3])
        world.run(until: 140)
        #expect(world.actions.last == .makeWritable(3) && world.readOnly.isEmpty)
        let restored = world.log[world.log.count - 1].seconds
        world.down = [1, 3]
        world.loseSource()
        world.run(until: restored + 90)
        #expect(world.manager.primary == 3)
        world.run(until: restored + 140)
        #expect(world.manager.primary == 2)
    }

    @Test("A primary that dies while it is made writable ends the attempt, not the watch")
    func readOnlyAndLost() {
        var world = World {
            $0.makesPrimaryWritable = true
            $0.recoveryBlock = .seconds(10)
        }
        world.writableSucceeds = false
        world.readOnly = [1]
        world.run(until: 2)
        #expect(world.actions.prefix(2) == [.makeWritable(1), .abandon(.staysReadOnly)])
        world.writableSucceeds = true
        world.run(until: 30)
        #expect(world.actions.last == .makeWritable(1) && world.readOnly.isEmpty)
    }

    @Test("A server that follows another one than the primary is made to follow it where that is asked for")
    func rejoins() {
        for isAsked in [false, true] {
            var world = World { $0.strays = isAsked ? .rejoin : .leave }
            world.sources = [2: 9]
            world.run(until: 30)
            #expect(world.actions == (isAsked ? [.rejoin(2, to: 1)] : []))
            #expect(world.manager.analysis == .healthy && !world.manager.isRecovering)
        }
    }

    @Test("A failed primary that is back follows, and may be promoted again")
    func rejoinsOldPrimary() {
        var world = World {
            $0.strays = .rejoin
            $0.recoveryBlock = .seconds(10)
        }
        world.run(until: 2)
        world.down = [1]
        world.loseSource()
        world.run(until: 20)
        #expect(world.manager.primary == 3)
        world.down = []
        world.sources = [1: 9]
        world.statuses[1] = .init(isReceiving: true, received: 20, applied: 20)
        world.run(until: 40)
        #expect(world.actions.last == .rejoin(1, to: 3))
        world.down = [3]
        world.loseSource()
        world.run(until: 60)
        #expect(world.manager.primary == 1, "it has received most")
    }

    @Test("Who has transactions that the primary lacks is left out, and asked no more; who was not reached, is")
    func rejoinFails() {
        for (outcome, attempts) in [(MySQLFailoverManager.Rejoining.errant, 1), (.unreachable, 6)] {
            var world = World { $0.strays = .rejoin }
            world.sources = [2: 9]
            world.rejoining = outcome
            world.run(until: 29)
            #expect(world.actions.count { $0 == .rejoin(2, to: 1) } == attempts)
            world.manager.readmit(2)
            world.run(until: 32)
            #expect(world.actions.count { $0 == .rejoin(2, to: 1) } == attempts + 1)
        }
    }

    @Test("A candidate that dies on the way leaves the shop without a primary")
    func candidateLost() {
        var world = World { $0.waitForRelayLog = .wait }
        world.promotionsSucceed = false
        world.run(until: 2)
        world.down = [1]
        world.loseSource()
        world.run(until: 60)
        #expect(world.manager.primary == 1)
        #expect(world.actions.contains(.abandon(.candidateLost)) && !world.manager.isRecovering)
        #expect(world.actions.last == .abandon(.blockedByRecentRecovery))
    }
}
