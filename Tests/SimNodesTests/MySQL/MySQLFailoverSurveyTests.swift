import Testing
import Topology

@testable import SimNodes

@Suite("MySQL failover under a durability policy")
struct MySQLFailoverSurveyTests {
    private typealias Status = MySQLFailoverManager.ReplicaStatus

    /// Three servers of which the first is the primary; polls and surveys are answered at once.
    private struct Bench {
        var manager: MySQLFailoverManager
        var now = Instant.zero
        var down: Set<Int32> = []
        /// Who stops answering when it is asked to stop its replication.
        var lost: Set<Int32> = []
        var surveys: [Int32: Status] = [
            2: Status(isReceiving: false, received: 10, applied: 10, isStopped: true, ofPrimary: 10),
            3: Status(isReceiving: false, received: 9, applied: 9, isStopped: true, ofPrimary: 9),
        ]
        var sources: [Int32: Int32] = [2: 1, 3: 1]
        var stopped: Set<Int32> = []
        var isReceiving = true
        var fencingSucceeds = true
        var rejoining = MySQLFailoverManager.Rejoining.follows
        var log: [MySQLFailoverManager.Action] = []

        init(_ change: (inout MySQLFailoverManager.Settings) -> Void = { _ in }) {
            var settings = MySQLFailoverManager.Settings()
            settings.pollInterval = .seconds(1)
            settings.durability = .semiSync
            settings.recoveryBlock = .seconds(5)
            change(&settings)
            manager = MySQLFailoverManager(settings: settings, primary: 1, replicas: [2, 3], start: .zero)
        }

        mutating func run(until seconds: Int64) {
            while let step = manager.step(until: .zero + .seconds(seconds)) {
                now = step.now
                carryOut(step.actions)
            }
        }

        private mutating func carryOut(_ actions: [MySQLFailoverManager.Action]) {
            for action in actions {
                var following: [MySQLFailoverManager.Action] = []
                if case .poll(let id) = action {
                    guard !down.contains(id) else {
                        manager.failed(id)
                        continue
                    }
                    let source = sources[id]
                    let status = source.map { _ in
                        Status(
                            isReceiving: isReceiving && !stopped.contains(id), received: 1, applied: 1,
                            isStopped: stopped.contains(id))
                    }
                    manager.answered(id, status: status, from: source)
                    continue
                }
                log.append(action)
                switch action {
                case .stopReplication(let id):
                    stopped.insert(id)
                    manager.replicationStopped(id, lost.contains(id) ? nil : surveys[id], into: &following)
                case .startReplication(let id): stopped.remove(id)
                case .fence: manager.fenced(succeeded: fencingSucceeds, into: &following)
                case .promote(let id):
                    sources[id] = nil
                    manager.promoted(id, into: &following)
                case .repoint(let id, let primary):
                    sources[id] = primary
                    stopped.remove(id)
                case .rejoin(let id, let primary):
                    if rejoining == .follows {
                        sources[id] = primary
                        stopped.remove(id)
                    }
                    manager.rejoined(id, rejoining, into: &following)
                default: break
                }
                carryOut(following)
            }
        }

        mutating func losePrimary() {
            run(until: 2)
            down.insert(manager.primary)
            isReceiving = false
        }
    }

    @Test("All others are stopped and asked before the one with most is promoted")
    func asksAll() {
        var bench = Bench()
        bench.losePrimary()
        bench.run(until: 5)
        #expect(
            bench.log == [
                .stopReplication(2), .stopReplication(3), .startPromotion(2), .promote(2), .repoint(3, to: 2),
                .announceNewPrimary(2),
            ])
    }

    @Test("As long as one of the others is not seen, nobody is promoted: it may be the one that acknowledged")
    func waitsForTheLaggard() {
        var bench = Bench()
        bench.losePrimary()
        bench.down.insert(2)
        bench.run(until: 20)
        #expect(bench.manager.primary == 1)
        #expect(bench.log == [.abandon(.tooFewReached)], "said once, and no replication stopped")
        bench.down.remove(2)
        bench.run(until: 25)
        #expect(bench.manager.primary == 2)
    }

    @Test("A server that is lost when it is asked ends the attempt; whose replication was stopped goes on")
    func lostInTheSurvey() {
        var bench = Bench()
        bench.losePrimary()
        bench.lost = [2]
        bench.run(until: 4)
        #expect(
            Array(bench.log.prefix(4)) == [
                .stopReplication(2), .stopReplication(3), .abandon(.tooFewReached), .startReplication(3),
            ])
        #expect(bench.manager.primary == 1 && !bench.manager.isRecovering)
        bench.lost = []
        bench.run(until: 10)
        #expect(bench.manager.primary == 2, "an attempt that promoted nobody blocks no other")
    }

    @Test("The present primary's own transactions count before the number of all: a ghost of an older one is no merit")
    func latestReignCounts() {
        var bench = Bench()
        bench.surveys[3] = Status(isReceiving: false, received: 12, applied: 12, ofPrimary: 0)
        bench.losePrimary()
        bench.run(until: 5)
        #expect(bench.manager.primary == 2)
    }

    @Test("A former primary that is back and follows nobody is a candidate like any other")
    func formerPrimary() {
        var bench = Bench { $0.requiresReplicaAgreement = true }
        bench.sources[3] = nil
        bench.surveys[3] = Status(isReceiving: false, received: 11, applied: 11, ofPrimary: 10)
        bench.losePrimary()
        bench.run(until: 5)
        #expect(bench.manager.primary == 3)
    }

    @Test("When fencing fails, replication goes on")
    func fenceFails() {
        var bench = Bench { $0.fence = .stonith }
        bench.fencingSucceeds = false
        bench.losePrimary()
        bench.run(until: 4)
        #expect(bench.log.suffix(3) == [.abandon(.fenceFailed), .startReplication(2), .startReplication(3)])
    }

    @Test("A replica whose receiver somebody stopped is made to follow again")
    func stoppedReplica() {
        var bench = Bench { $0.strays = .rejoin }
        bench.run(until: 2)
        bench.stopped = [3]
        bench.run(until: 5)
        #expect(bench.log == [.rejoin(3, to: 1)])
    }

    @Test("Who has transactions that the primary lacks is provisioned anew, and asked again")
    func rebuilds() {
        var bench = Bench { $0.strays = .rebuild }
        bench.rejoining = .errant
        bench.run(until: 2)
        bench.sources[3] = 9
        bench.run(until: 4)
        #expect(bench.log == [.rejoin(3, to: 1), .rebuild(3, from: 1)])
        bench.down = [3]
        bench.run(until: 10)
        #expect(bench.log.count == 2, "it answers nobody while it is copied to")
        bench.down = []
        bench.sources[3] = 1
        bench.run(until: 20)
        #expect(bench.log.count == 2 && bench.manager.analysis == .healthy)
    }
}
