import Topology

/// Read your writes: who was told of a purchase, and then looks, sees what it left or what came later.
extension StaleCacheCheck {
    /// Views that showed less, by their numbers.
    func ownWritesUnseen(_ evidence: Evidence) -> [Violation] {
        let left = versionsLeft(evidence)
        var purchases: [UserProduct: [RequestRecord]] = [:]
        for request in evidence.requests
        where request.flow == .purchase && request.outcome == .success && left[request.number] != nil {
            purchases[UserProduct(user: Int64(request.user), product: Int64(request.product)), default: []].append(
                request)
        }
        return evidence.requests.compactMap { view in
            guard view.flow == .view, view.outcome == .success, view.lastAttempt >= 0 else { return nil }
            let began = evidence.attempts[Int(view.lastAttempt)].began
            let own = purchases[UserProduct(user: Int64(view.user), product: Int64(view.product))] ?? []
            guard
                let unseen = own.last(where: { purchase in
                    (purchase.answered ?? .distantFuture) <= began && view.shownVersion < left[purchase.number] ?? 0
                })
            else { return nil }
            return Violation(
                .ownWriteUnseen,
                "request \(view.number): user \(view.user) was shown product \(view.product) at version "
                    + "\(view.shownVersion), after request \(unseen.number) of the same user had left it at "
                    + "\(left[unseen.number] ?? 0)",
                at: view.answered, products: [view.product], requests: [unseen.number, view.number])
        }
    }

    /// The version at which each request's order left its product, where the order survives.
    private func versionsLeft(_ evidence: Evidence) -> [Int: Int64] {
        let orders = evidence.ordersByRequest()
        var makers: [GTID: Int] = [:]
        for effect in evidence.effects where effect.kind == .orderStored && effect.origin == .committed {
            let request = Int(effect.request)
            if orders.indices.contains(request), orders[request] > 0 { makers[effect.gtid] = request }
        }
        var versions: [Int: Int64] = [:]
        for effect in evidence.effects where effect.kind == .stockStored && effect.origin == .committed {
            if let request = makers[effect.gtid] { versions[request] = effect.mark }
        }
        return versions
    }
}
