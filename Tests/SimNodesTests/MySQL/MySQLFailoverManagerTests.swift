import Testing
import Topology

@testable import SimNodes

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
            while manager.nextDeadline <= Instant.zero + .seconds(seconds) {
                now = manager.nextDeadline
                var actions: [MySQLFailoverManager.Action] = []
                manager.tick(now: now, into: &actions)
                carryOut(actions)
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
                        manager.answered(id, status: id == manager.primary ? nil : statuses[id])
                    }
                    continue
                }
                log.append((now.milliseconds / 1000, action))
                switch action {
                case .fence: manager.fenced(succeeded: fencingSucceeds, into: &following)
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
