import Topology

/// I5: no two requests believe at the same time to hold the lock of the same product.
package enum MutualExclusionCheck: Invariant {
    package static func check(_ evidence: Evidence) -> Finding {
        var holders: [Int: [Int]] = [:]
        var entries = 0
        var overlaps = 0
        var lines: [String] = []
        guard evidence.promisesExclusion else {
            return Finding(
                id: "I5", title: "locks exclude each other", violations: 0, detail: "the design takes no lock",
                evidence: [])
        }
        for event in evidence.locks {
            guard event.isEntry else {
                holders[event.product]?.removeAll { $0 == event.request }
                continue
            }
            entries += 1
            if let other = holders[event.product]?.first {
                overlaps += 1
                lines.append(
                    "product \(event.product): request \(event.request) got the lock while request \(other) "
                        + "still believed to hold it")
            }
            holders[event.product, default: []].append(event.request)
        }
        let detail =
            overlaps == 0
            ? "\(entries) acquisitions, none overlapping"
            : "\(overlaps) of \(entries) acquisitions while another holder was still at work"
        return Finding(
            id: "I5", title: "locks exclude each other", violations: overlaps, detail: detail,
            evidence: Array(lines.prefix(Finding.longestEvidence)))
    }
}
