import Topology

/// I5: no two requests believe at the same time to hold the lock of the same product; where fencing is on, the resource
/// refuses whoever comes with an older token.
package struct MutualExclusionCheck: Invariant {
    private let exclusion: CheckedDesign.Exclusion
    private var holders: [Int32: [Int32]] = [:]
    private var entries = 0
    private var overlaps: [Clash] = []
    private var newest: [Resource: Effect] = [:]
    /// Entries with fencing tokens.
    private var entered: [Entry: Effect] = [:]
    private var staleWrites: [Clash] = []

    private struct Clash: Sendable {
        let at: Instant
        let product: Int32
        let first: Int32
        let second: Int32
        let node: Int16
    }

    /// A product's row on one database.
    private struct Resource: Hashable, Sendable {
        let node: Int16
        let product: Int32
    }

    /// A request got the lock with this token.
    private struct Entry: Hashable, Sendable {
        let request: Int32
        let token: Int64

        init(_ effect: Effect) { (request, token) = (effect.request, effect.value) }
    }

    package init(_ design: CheckedDesign) { exclusion = design.exclusion }

    package mutating func observe(_ effect: Effect) {
        switch effect.kind {
        case .lockEntered:
            entries += 1
            if let other = holders[effect.product]?.first {
                overlaps.append(
                    Clash(
                        at: effect.at, product: effect.product, first: other, second: effect.request,
                        node: effect.node))
            }
            holders[effect.product, default: []].append(effect.request)
            if exclusion == .fenced { entered[Entry(effect)] = effect }
        case .lockLeft: holders[effect.product]?.removeAll { $0 == effect.request }
        case .fencedWrite:
            let resource = Resource(node: effect.node, product: effect.product)
            guard let latest = newest[resource], latest.value > effect.value || isOlder(effect, than: latest) else {
                newest[resource] = effect
                return
            }
            staleWrites.append(
                Clash(
                    at: effect.at, product: effect.product, first: latest.request, second: effect.request,
                    node: effect.node))
        default: return
        }
    }

    /// Whether the holder behind a write had the lock before the other one even asked for it, whatever their tokens say:
    /// a counter that a failover sets back gives numbers a second time.
    private func isOlder(_ write: Effect, than other: Effect) -> Bool {
        guard write.request != other.request, let first = entered[Entry(write)], let second = entered[Entry(other)]
        else { return false }
        return first.at.nanoseconds < second.mark
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "locks exclude each other"
        if exclusion == .none { return .notApplicable("I5", title, "the design takes no lock") }
        var incidents = staleWrites.map { clash in
            Violation(
                .staleHolder,
                "product \(clash.product): a write of request \(clash.second) was accepted after one of request "
                    + "\(clash.first), who got the lock later",
                at: clash.at, products: [Int(clash.product)], requests: [Int(clash.first), Int(clash.second)],
                nodes: evidence.name(clash.node))
        }
        let isFenced = exclusion == .fenced
        if !isFenced {
            incidents += overlaps.map { clash in
                Violation(
                    .overlappingLocks,
                    "product \(clash.product): request \(clash.second) got the lock while request \(clash.first) "
                        + "still believed to hold it",
                    at: clash.at, products: [Int(clash.product)], requests: [Int(clash.first), Int(clash.second)],
                    nodes: evidence.name(clash.node))
            }
        }
        var parts: [String] = []
        if !staleWrites.isEmpty { parts.append("\(staleWrites.count) writes of stale holders accepted") }
        if overlaps.isEmpty {
            parts.append("\(entries) acquisitions, none overlapping")
        } else {
            parts.append("\(overlaps.count) of \(entries) acquisitions while another holder was still at work")
            if isFenced, staleWrites.isEmpty { parts.append("every stale holder was refused") }
        }
        return Finding(
            "I5", title, violations: incidents.count, detail: parts.joined(separator: "; "), incidents: incidents)
    }
}
