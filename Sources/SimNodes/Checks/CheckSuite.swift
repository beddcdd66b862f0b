import Topology

/// All invariants of one run. They follow the history as it is written, and conclude when all is at rest.
package struct CheckSuite: Sendable {
    private var oversell: OversellCheck
    private var duplicates: DuplicateOrderCheck
    private let lost: LostOrderCheck
    private let drift: StockDriftCheck
    private var exclusion: MutualExclusionCheck
    private var staleness: StaleCacheCheck
    private let liveness: LivenessCheck
    private var repetitions: RepeatedEffectCheck
    private var visibility: VisibilityCheck
    private let linearizability: LinearizabilityCheck

    package init(_ design: CheckedDesign) {
        oversell = OversellCheck(design)
        duplicates = DuplicateOrderCheck(design)
        lost = LostOrderCheck(design)
        drift = StockDriftCheck(design)
        exclusion = MutualExclusionCheck(design)
        staleness = StaleCacheCheck(design)
        liveness = LivenessCheck(design)
        repetitions = RepeatedEffectCheck(design)
        visibility = VisibilityCheck(design)
        linearizability = LinearizabilityCheck(design)
    }

    mutating func observe(_ effect: Effect) {
        switch effect.kind {
        case .orderStored, .stockStored:
            oversell.observe(effect)
            duplicates.observe(effect)
            repetitions.observe(effect)
            visibility.observe(effect)
        case .rowRead, .publicationTaken, .delivered: visibility.observe(effect)
        case .lockEntered, .lockLeft, .fencedWrite: exclusion.observe(effect)
        case .detailsCached: staleness.observe(effect)
        case .redisStock, .published, .admitted: break
        }
    }

    mutating func observeCachedView(of request: RequestRecord, began: Instant, at now: Instant) {
        staleness.observeView(of: request, began: began, at: now)
        visibility.observeView(of: request, at: now)
    }

    func findings(_ evidence: Evidence) -> [Finding] {
        let all: [any Invariant] = [
            oversell, duplicates, lost, drift, exclusion, staleness, liveness, repetitions, visibility, linearizability,
        ]
        return all.map { $0.conclude(evidence) }
    }
}
