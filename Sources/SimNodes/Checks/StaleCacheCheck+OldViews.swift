import Topology

extension StaleCacheCheck {
    /// A view of something that should have expired before it was asked for.
    struct OldView: Sendable {
        let began: Instant
        let at: Instant
        let product: Int
        let request: Int
        /// How long ago it had been stored in the cache.
        let age: TimeSpan
        let shown: State

        init(of request: RequestRecord, began: Instant, at: Instant, age: TimeSpan) {
            (self.began, self.at, self.age) = (began, at, age)
            (product, self.request) = (request.product, request.number)
            shown = State(stock: request.shownStock, version: request.shownVersion)
        }

        func violation(_ evidence: Evidence) -> Violation {
            Violation(
                .staleCache,
                "request \(request): product \(product) shown from the cache at version \(shown.version), which had been "
                    + "overwritten, \(age.seconds) s after it was stored there",
                at: at, products: [product], requests: [request], nodes: evidence.name(evidence.cache))
        }

        /// Those that showed what the surviving database had overwritten before they began, or never had: an entry that
        /// outlives its time and equals the database does no harm.
        static func overwritten(among views: [OldView], _ evidence: Evidence) -> [OldView] {
            guard !views.isEmpty else { return [] }
            let histories = histories(of: Set(views.map(\.product)), evidence)
            return views.filter { view in
                let states = histories[view.product] ?? []
                guard let place = states.lastIndex(where: { $0.state == view.shown }) else { return true }
                return place + 1 < states.count && states[place + 1].since < view.began
            }
        }

        /// What the surviving database had of each product, and since when clients could know: from the commit on, not
        /// from its replication.
        private static func histories(
            of products: Set<Int>, _ evidence: Evidence
        ) -> [Int: [(state: State, since: Instant)]] {
            var commits: [GTID: Instant] = [:]
            for effect in evidence.effects where effect.kind == .stockStored && effect.origin == .committed {
                commits[effect.gtid] = commits[effect.gtid] ?? effect.at
            }
            var histories: [Int: [(state: State, since: Instant)]] = [:]
            for product in products where evidence.design.initialStocks.indices.contains(product) {
                let initial = State(stock: Int64(evidence.design.initialStocks[product]), version: 0)
                histories[product] = [(initial, .zero)]
            }
            for effect in evidence.effects
            where effect.kind == .stockStored && effect.node == evidence.survivor
                && products.contains(Int(effect.product))
            {
                let state = State(stock: effect.value, version: effect.mark)
                histories[Int(effect.product), default: []].append((state, commits[effect.gtid] ?? effect.at))
            }
            return histories
        }
    }

    /// What somebody is shown of a product.
    struct State: Hashable, Sendable {
        let stock: Int64
        let version: Int64
    }
}
