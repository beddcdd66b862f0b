import Testing
import Topology

@testable import SimNodes

@Suite struct NginxKeepaliveTests {
    private func at(_ seconds: Int64) -> Instant { .zero + .seconds(seconds) }

    @Test func theLastOnePutBackIsUsedFirst() {
        var cache = NginxKeepalive<Int>(peers: 2)
        for connection in 1...3 {
            let put1 = cache.put(connection, peer: 0, requests: 1, openedAt: at(0), now: at(1))
            #expect(put1 == .kept)
        }
        let taken2 = cache.take(peer: 1)
        #expect(taken2 == nil)
        let taken3 = cache.take(peer: 0)
        #expect(taken3 == 3)
        let wasIdle4 = cache.closedByServer(2)
        #expect(wasIdle4)
        let wasIdle5 = cache.closedByServer(2)
        #expect(!wasIdle5)
        let taken6 = cache.take(peer: 0)
        #expect(taken6 == 1)
        let taken7 = cache.take(peer: 0)
        #expect(taken7 == nil)
    }

    @Test func aFullCacheClosesTheOneIdleLongestOfAnyPeer() {
        var cache = NginxKeepalive<Int>(peers: 2, settings: .init(capacity: 2))
        _ = cache.put(1, peer: 0, requests: 1, openedAt: at(0), now: at(1))
        _ = cache.put(2, peer: 1, requests: 1, openedAt: at(0), now: at(2))
        let put8 = cache.put(3, peer: 1, requests: 1, openedAt: at(0), now: at(3))
        #expect(put8 == .keptClosing(1))
        let taken9 = cache.take(peer: 0)
        #expect(taken9 == nil)
        #expect(cache.idleCount == 2)
    }

    @Test func wornOutConnectionsAreNotKept() {
        var cache = NginxKeepalive<Int>(peers: 1)
        let put10 = cache.put(1, peer: 0, requests: 999, openedAt: at(0), now: at(3_600))
        #expect(put10 == .kept)
        let put11 = cache.put(2, peer: 0, requests: 1_000, openedAt: at(0), now: at(1))
        #expect(put11 == .close)
        let put12 = cache.put(3, peer: 0, requests: 1, openedAt: at(0), now: at(3_601))
        #expect(put12 == .close)
        var off = NginxKeepalive<Int>(peers: 1, settings: .init(capacity: 0))
        let put13 = off.put(4, peer: 0, requests: 1, openedAt: at(0), now: at(0))
        #expect(put13 == .close)
    }

    @Test func idleConnectionsExpireInOrder() {
        var cache = NginxKeepalive<Int>(peers: 3)
        for connection in 0..<6 {
            _ = cache.put(
                connection, peer: connection % 3, requests: 1, openedAt: at(0), now: at(Int64(connection)))
        }
        #expect(cache.nextDeadline == at(60))
        var closing: [Int] = []
        cache.expire(now: at(63), closing: &closing)
        #expect(closing == [0, 1, 2, 3])
        #expect(cache.nextDeadline == at(64))
    }

    @Test(arguments: 0..<100) func agreesWithAPlainList(_ seed: UInt64) {
        var dice = SeededDice(seed: seed)
        let capacity = 1 + dice.below(6)
        var cache = NginxKeepalive<Int>(peers: 3, settings: .init(capacity: capacity))
        var model: [(connection: Int, peer: Int)] = []
        for connection in 0..<500 {
            let peer = dice.below(3)
            switch dice.below(4) {
            case 0, 1:
                let put = cache.put(connection, peer: peer, requests: 1, openedAt: .zero, now: .zero)
                if model.count == capacity {
                    #expect(put == .keptClosing(model.removeFirst().connection))
                } else {
                    #expect(put == .kept)
                }
                model.append((connection, peer))
            case 2:
                let place = model.lastIndex { $0.peer == peer }
                let taken14 = cache.take(peer: peer)
                #expect(taken14 == place.map { model.remove(at: $0).connection })
            default:
                guard !model.isEmpty else { continue }
                let wasIdle15 = cache.closedByServer(model.remove(at: dice.below(model.count)).connection)
                #expect(wasIdle15)
            }
            #expect(cache.idleCount == model.count)
        }
    }
}
