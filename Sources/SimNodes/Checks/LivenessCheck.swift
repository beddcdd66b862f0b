import Topology

/// I7: everything ends: each request is answered, and nothing is left standing when nobody asks any more.
package struct LivenessCheck: Invariant {
    private let limit: TimeSpan?
    private let admittedPerSecond: Int?

    package init(_ design: CheckedDesign) {
        (limit, admittedPerSecond) = (design.answeredWithin, design.admittedPerSecond)
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let unanswered = evidence.requests.filter { $0.outcome == nil }.sorted { $0.number < $1.number }
        var incidents = unanswered.prefix(Finding.mostIncidents).map { request in
            Violation(
                .unanswered,
                "request \(request.number) (\(request.flow.rawValue) of product \(request.product)) was never "
                    + "answered: \(evidence.place(of: request))",
                at: evidence.end, products: [request.product], requests: [request.number],
                nodes: evidence.name(request.progress.node))
        }
        incidents += evidence.immortalLocks.map {
            Violation(
                .stuck, "\($0) has no expiry and no holder", at: evidence.end, nodes: evidence.name(evidence.cache))
        }
        incidents += evidence.leftovers.map { leftover in
            Violation(
                .stuck, "\(leftover.node): \(leftover.text)\(whereabouts(of: leftover, evidence))", at: evidence.end,
                requests: leftover.requests, nodes: [leftover.node])
        }
        let late = lateRequests(evidence)
        incidents += late.prefix(Finding.mostIncidents)
        let crowds = overfullSeconds(evidence)
        incidents += crowds.prefix(Finding.mostIncidents)
        let violations =
            unanswered.count + evidence.immortalLocks.count + evidence.leftovers.count + late.count + crowds.count
        var detail =
            violations == 0
            ? "all \(evidence.requests.count) requests answered, nothing left standing"
            : "\(unanswered.count) requests unanswered, \(late.isEmpty ? "" : "\(late.count) late, ")"
                + "\(evidence.immortalLocks.count) locks without end, \(evidence.leftovers.count) other leftovers"
        if !crowds.isEmpty { detail += ", \(crowds.count) seconds with more requests than promised" }
        return Finding("I7", "everything ends", violations: violations, detail: detail, incidents: incidents)
    }

    /// Requests whose users were answered, or gave up, later than the design promises.
    private func lateRequests(_ evidence: Evidence) -> [Violation] {
        guard let limit else { return [] }
        return evidence.requests.compactMap { request in
            guard let latency = request.latency, latency > limit, let answered = request.answered else { return nil }
            return Violation(
                .answeredLate,
                "request \(request.number) (\(request.flow.rawValue) of product \(request.product)) was answered after "
                    + "\(latency), promised within \(limit): \(evidence.place(of: request))",
                at: answered, products: [request.product], requests: [request.number],
                nodes: evidence.name(request.progress.node))
        }
    }

    /// Seconds in which more requests were let through than the design promises.
    private func overfullSeconds(_ evidence: Evidence) -> [Violation] {
        guard let admittedPerSecond else { return [] }
        var seconds: [Int64: [Effect]] = [:]
        for effect in evidence.effects where effect.kind == .admitted {
            seconds[effect.mark, default: []].append(effect)
        }
        return seconds.filter { $0.value.count > admittedPerSecond }.sorted { $0.key < $1.key }.map { _, admitted in
            let first = admitted[admittedPerSecond]
            return Violation(
                .overAdmitted,
                "\(admitted.count) requests were let through in one second, \(admittedPerSecond) promised; request "
                    + "\(first.request) was the first beyond",
                at: first.at, requests: [Int(first.request)], nodes: evidence.name(first.node))
        }
    }

    private func whereabouts(of leftover: Evidence.Leftover, _ evidence: Evidence) -> String {
        guard let number = leftover.requests.first, evidence.requests.indices.contains(number) else { return "" }
        return ", request \(number) since \(evidence.seconds(evidence.requests[number].progress.at))"
            + (evidence.requests[number].progress.site.map { " at \($0.rawValue)" } ?? "")
    }
}
