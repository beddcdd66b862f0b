import Testing
import Topology

@testable import SimNodes

/// Promises beyond safety of stock and orders: announced, nothing after one has gone, one's own writes.
@Suite("Checks of further promises")
struct FurtherPromiseTests {
    @Test("I3: an order that was never announced, where each is to be")
    func unannounced() {
        var evidence = Evidence.sale()
        evidence.sell(of: 0)
        evidence.sell(of: 1)
        evidence.note(.publicationTaken, product: 0) { $0.request = 0 }
        // Sent, and not taken.
        evidence.note(.published, product: 1) { $0.request = 1 }
        #expect(LostOrderCheck.check(evidence).status == .holds)
        evidence.design.announcesOrders = true
        let finding = LostOrderCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.incidents.map(\.kind) == [.unannouncedOrder])
        #expect(finding.evidence == ["request 1: its order is there, and was never announced"])
        evidence.note(.publicationTaken, product: 1) { $0.request = 1 }
        #expect(LostOrderCheck.check(evidence).status == .holds)
    }

    @Test("I9: an order that is made when its user has long gone; in time, or for one who waits, it is none")
    func zombies() {
        var evidence = Evidence.sale()
        evidence.design.afterGiveUp = .nanoseconds(4)
        evidence.sell(of: 0)
        let prompt = evidence.request(0, 1, .timedOut)
        evidence.commit(prompt)
        #expect(VisibilityCheck.check(evidence).violations == 0)
        let late = evidence.request(1, 1, .timedOut, user: 7)
        for _ in 0..<5 { evidence.note(.lockEntered) }
        evidence.commit(late)
        let finding = VisibilityCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.incidents.map(\.kind) == [.zombieOrder])
        #expect(finding.evidence == ["request 2: its order was made after user 7 had given up"])
        evidence.design.afterGiveUp = nil
        #expect(VisibilityCheck.check(evidence).violations == 0)
    }

    @Test("I6: a user who does not see the own purchase; others may see what they like")
    func ownWrites() {
        var evidence = Evidence.sale()
        evidence.request(0, 1, .success, user: 7)
        evidence.commit(0)
        func look(_ user: Int, _ version: Int64) {
            var view = RequestRecord(
                number: evidence.requests.count, user: user, flow: .view, product: 0, quantity: 1,
                intended: evidence.next)
            (view.outcome, view.shownVersion) = (.success, version)
            view.lastAttempt = Int32(evidence.attempts.count)
            evidence.attempts.append(AttemptRecord(request: Int32(view.number), key: 0, began: evidence.next))
            evidence.requests.append(view)
        }
        look(7, 1)
        look(8, 0)
        evidence.design.readsOwnWrites = true
        #expect(StaleCacheCheck.check(evidence).status == .holds)
        look(7, 0)
        let finding = StaleCacheCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.incidents.map(\.kind) == [.ownWriteUnseen])
        #expect(finding.incidents[0].requests == [0, 3])
        evidence.design.readsOwnWrites = false
        #expect(StaleCacheCheck.check(evidence).status == .notApplicable)
    }

    /// Seed 25716 of the mended design: a reply was under way when the server died with a token drawn and not replicated.
    @Test("I9: a lost transaction that changed nothing of what is shown, such as one that draws a token, is no phantom")
    func drawnTokens() {
        var evidence = Evidence.sale()
        evidence.commit(evidence.request(0, 1, .success))
        let row = evidence.products[0]
        let drawn = BinlogTransaction(
            gtid: GTID(source: 1, number: 99), position: 99, number: 9, changes: [], committedAt: evidence.next)
        evidence.effects.append(.stock(row, of: drawn, on: 1, .recovered, at: evidence.next))
        let viewer = evidence.request(0, 1, .insufficientStock)
        evidence.note(.rowRead, node: 1, product: 0) { ($0.request, $0.mark) = (Int32(viewer), row.version) }
        #expect(VisibilityCheck.check(evidence).violations == 0)
    }
}
