import Testing
import Topology

@testable import SimNodes

@Suite("Checks of locks and of what is left")
struct ConductCheckTests {
    @Test("One after the other is no overlap, on one product or on several")
    func inTurn() {
        var evidence = Evidence.sale()
        for request in 0..<6 {
            evidence.enter(request % 2, request)
            evidence.leave(request % 2, request)
        }
        evidence.enter(0, 7)
        evidence.enter(1, 8)
        evidence.enter(2, 9)
        #expect(MutualExclusionCheck.check(evidence).violations == 0)
    }

    @Test("The same request may come again, and leaving twice or unentered is nothing")
    func entryAfterLeave() {
        var evidence = Evidence.sale()
        evidence.leave(0, 1)
        evidence.enter(0, 1)
        evidence.leave(0, 1)
        evidence.leave(0, 1)
        evidence.enter(0, 1)
        evidence.leave(0, 1)
        evidence.enter(0, 2)
        let finding = MutualExclusionCheck.check(evidence)
        #expect(finding.violations == 0)
        #expect(finding.detail == "3 acquisitions, none overlapping")
    }

    @Test("Two holders of one product at the same time are an overlap, named")
    func overlap() {
        var evidence = Evidence.sale()
        evidence.enter(1, 4)
        evidence.enter(1, 9)
        evidence.leave(1, 4)
        evidence.leave(1, 9)
        evidence.enter(1, 10)
        let finding = MutualExclusionCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.detail == "1 of 3 acquisitions while another holder was still at work")
        #expect(
            finding.evidence == [
                "product 1: request 9 got the lock while request 4 still believed to hold it"
            ])
    }

    @Test("Each further holder counts: three at once are two overlaps")
    func threeHolders() {
        var evidence = Evidence.sale()
        for request in 1...3 { evidence.enter(0, request) }
        #expect(MutualExclusionCheck.check(evidence).violations == 2)
        // The first one leaves: whoever enters now still meets the second.
        evidence.leave(0, 1)
        evidence.enter(0, 4)
        let finding = MutualExclusionCheck.check(evidence)
        #expect(finding.violations == 3)
        #expect(finding.evidence.last?.contains("request 4 got the lock while request 2") == true)
    }

    @Test("A design without locks promises no exclusion")
    func noPromise() {
        var evidence = Evidence.sale()
        evidence.enter(0, 1)
        evidence.enter(0, 2)
        evidence.design.exclusion = .none
        let finding = MutualExclusionCheck.check(evidence)
        #expect(finding.status == .notApplicable)
        #expect(finding.evidence.isEmpty)
        #expect(finding.detail == "the design takes no lock")
    }

    @Test("Requests without an answer are named with flow and product")
    func unanswered() {
        var evidence = Evidence.clean()
        let number = evidence.request(2, 1, nil)
        evidence.view(1, nil)
        let finding = LivenessCheck.check(evidence)
        #expect(finding.violations == 2)
        #expect(finding.detail == "2 requests unanswered, 0 locks without end, 0 other leftovers")
        #expect(
            finding.evidence == [
                "request \(number) (purchase of product 2) was never answered: it never reached an application server",
                "request \(number + 1) (view of product 1) was never answered: it never reached an application server",
            ])
    }

    @Test("A lock that never expires, and what still stands, each count once")
    func leftovers() {
        var evidence = Evidence.clean()
        evidence.immortalLocks = ["lock:product:1"]
        #expect(LivenessCheck.check(evidence).violations == 1)
        #expect(LivenessCheck.check(evidence).evidence == ["lock:product:1 has no expiry and no holder"])
        evidence.leftovers = [
            .init("mysql-primary", "2 open transactions"), .init("app1", "1 requests still in progress", requests: [2]),
        ]
        (evidence.requests[2].progress.node, evidence.requests[2].progress.site) = (0, .purchaseRowLocked)
        let finding = LivenessCheck.check(evidence)
        #expect(finding.violations == 3)
        #expect(finding.detail == "0 requests unanswered, 1 locks without end, 2 other leftovers")
        #expect(
            finding.evidence.suffix(2) == [
                "mysql-primary: 2 open transactions",
                "app1: 1 requests still in progress, request 2 since 0.0 s at purchase.rowLocked",
            ])
        #expect(finding.incidents.last?.requests == [2])
    }

    @Test("An answer after the promised time breaks it, one at that time doesn't; unpromised, any time will do")
    func lateAnswers() {
        var evidence = Evidence.sale()
        let number = evidence.request(1, 1, .success)
        let other = evidence.request(2, 1, .rejected)
        evidence.requests[number].answered = evidence.requests[number].intended + .seconds(2)
        evidence.requests[other].answered = evidence.requests[other].intended + .seconds(3)
        #expect(LivenessCheck.check(evidence).violations == 0)
        evidence.design.answeredWithin = .seconds(2)
        let finding = LivenessCheck.check(evidence)
        #expect(finding.violations == 1)
        #expect(finding.detail == "0 requests unanswered, 1 late, 0 locks without end, 0 other leftovers")
        #expect(finding.incidents.first?.kind == .answeredLate)
        #expect(
            finding.evidence == [
                "request \(other) (purchase of product 2) was answered after 3s, promised within 2s: "
                    + "it never reached an application server"
            ])
    }

    @Test("Every kind of outcome is an answer", arguments: Outcome.allCases)
    func answers(_ outcome: Outcome) {
        var evidence = Evidence.sale()
        evidence.view(0, outcome)
        #expect(LivenessCheck.check(evidence).violations == 0)
    }
}
