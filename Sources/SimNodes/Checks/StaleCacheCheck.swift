import Topology

/// I6: what the cache shows of a product equals the database, is absent, or is gone within the time that the design
/// gives it. Where the design promises it, nobody is shown less than what the own purchase left.
package struct StaleCacheCheck: Invariant {
    private let freshness: CheckedDesign.Freshness
    private let readsOwnWrites: Bool
    /// When each product's details were last stored; zero: before the opening.
    private var filled: [Instant]
    /// Views of what should have expired before it was asked for.
    private var oldViews: [OldView] = []

    package init(_ design: CheckedDesign) {
        (freshness, readsOwnWrites) = (design.freshness, design.readsOwnWrites)
        var filled: [Instant] = []
        if case .bounded = design.freshness {
            filled = [Instant](repeating: .zero, count: design.initialStocks.count)
        }
        self.filled = filled
    }

    package mutating func observe(_ effect: Effect) {
        guard effect.kind == .detailsCached, filled.indices.contains(Int(effect.product)) else { return }
        // A replica gets it later than its master, so that the latest time is the kindest.
        filled[Int(effect.product)] = effect.at
    }

    /// A view was answered from the cache; its user asked for it at `began`.
    package mutating func observeView(of request: RequestRecord, began: Instant, at now: Instant) {
        guard case .bounded(let limit) = freshness, filled.indices.contains(request.product) else { return }
        let age = began - filled[request.product]
        guard age > limit else { return }
        oldViews.append(OldView(of: request, began: began, at: now, age: age))
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "cache equals database"
        let unseen = readsOwnWrites ? ownWritesUnseen(evidence) : []
        if !readsOwnWrites {
            if case .none = freshness { return .notApplicable("I6", title, "nothing is cached") }
            guard evidence.cache >= 0 else { return .notApplicable("I6", title, "no Redis is left to ask") }
        }
        let staleViews = OldView.overwritten(among: oldViews, evidence)
        var incidents = unseen
        incidents += staleViews.prefix(Finding.mostIncidents).map { $0.violation(evidence) }
        var aging = 0
        var entries = 0
        var wrong = 0
        for row in evidence.products {
            let product = Int(row.id)
            guard evidence.cachedDetails.indices.contains(product), let cached = evidence.cachedDetails[product] else {
                continue
            }
            entries += 1
            if cached.stock == row.stock, cached.version == row.version { continue }
            if let life = lifeLeft(product, evidence), let remaining = cached.remaining, remaining <= life {
                aging += 1
                continue
            }
            wrong += 1
            incidents.append(incident(product, cached, row, evidence))
        }
        for local in evidence.localDetails {
            guard let row = evidence.products.first(where: { Int($0.id) == local.product }) else { continue }
            entries += 1
            if local.details.stock == row.stock, local.details.version == row.version { continue }
            if local.details.remaining != nil {
                aging += 1
                continue
            }
            wrong += 1
            incidents.append(incident(local, row, evidence))
        }
        let older = aging > 0 ? ", \(aging) of them older than the database and soon to expire" : ""
        var parts: [String] = []
        if wrong > 0 { parts.append("\(wrong) of \(entries) entries are wrong and stay so") }
        if !staleViews.isEmpty { parts.append("\(staleViews.count) views of old entries that should have expired") }
        if !unseen.isEmpty { parts.append("\(unseen.count) users did not see what they had bought") }
        return Finding(
            "I6", title, violations: wrong + staleViews.count + unseen.count,
            detail: parts.isEmpty ? "\(entries) entries\(older)" : parts.joined(separator: ", "), incidents: incidents)
    }

    /// How much longer an entry may live at the end; nil where it has to be right.
    private func lifeLeft(_ product: Int, _ evidence: Evidence) -> TimeSpan? {
        guard case .bounded(let limit) = freshness else { return nil }
        let since = filled.indices.contains(product) ? filled[product] : .zero
        // Redis keeps milliseconds.
        return since + limit - evidence.end + .milliseconds(1)
    }

    private func incident(_ local: Evidence.LocalDetails, _ row: ProductRow, _ evidence: Evidence) -> Violation {
        let name = evidence.name(local.node)
        return Violation(
            .staleCache,
            "product \(local.product): the cache of \(name.first ?? "a server") shows stock \(local.details.stock) at "
                + "version \(local.details.version), the database has \(row.stock) at \(row.version)",
            at: evidence.effects.first {
                $0.node == evidence.survivor && $0.product == local.product && $0.kind == .stockStored
                    && $0.mark > local.details.version
            }?.at, products: [local.product], nodes: name)
    }

    private func incident(
        _ product: Int, _ cached: Evidence.CachedDetails, _ row: ProductRow, _ evidence: Evidence
    ) -> Violation {
        // What made it wrong: the sale that was committed after the version that is shown.
        let isSurvivors = { (effect: Effect) in effect.node == evidence.survivor && effect.product == product }
        let change = evidence.effects.first {
            isSurvivors($0) && $0.kind == .stockStored && ($0.mark, $0.value) > (cached.version, Int64.min)
                && ($0.mark > cached.version || $0.value != cached.stock)
        }
        let request = evidence.effects.first {
            isSurvivors($0) && $0.kind == .orderStored && $0.gtid == change?.gtid
        }
        let life = cached.remaining.map { "for \($0.seconds) s more" } ?? "for ever"
        return Violation(
            .staleCache,
            "product \(product): the cache shows stock \(cached.stock) at version \(cached.version) \(life), "
                + "the database has \(row.stock) at \(row.version)",
            at: change?.at, products: [product], requests: request.map { [Int($0.request)] } ?? [],
            nodes: evidence.name(evidence.cache))
    }
}
