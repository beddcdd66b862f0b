import Topology

/// One operation on a product's stock, as a user saw it.
package struct StockOperation: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A purchase that was told to have succeeded: takes so many units, of which there must be enough.
        case take(Int64)
        /// A purchase nobody knows the end of: takes so many units at any time after its beginning, or never.
        case maybe(Int64)
        /// A purchase of so many units that was refused: there were fewer.
        case refused(Int64)
        /// A reader was shown exactly so many units.
        case shown(Int64)
    }

    package let kind: Kind
    package let begin: Instant
    /// Ignored for those that may take effect at any time.
    package let end: Instant
    /// Number of the request.
    package let request: Int

    package init(_ kind: Kind, begin: Instant, end: Instant, request: Int = -1) {
        (self.kind, self.begin, self.end, self.request) = (kind, begin, end, request)
    }
}

extension Evidence {
    /// The operations of users on each product, by product; attempts, not requests: each may take effect.
    func stockOperations() -> [[StockOperation]] {
        var operations = [[StockOperation]](repeating: [], count: design.initialStocks.count)
        for request in requests where request.flow == .purchase && operations.indices.contains(request.product) {
            addPurchase(request, to: &operations[request.product])
        }
        for effect in effects where effect.kind == .rowRead && effect.origin == .committed {
            let number = Int(effect.request)
            guard requests.indices.contains(number), operations.indices.contains(Int(effect.product)) else { continue }
            let request = requests[number]
            guard request.flow == .view, request.outcome == .success, request.wasCacheHit == false,
                request.shownStock == effect.value, request.shownVersion == effect.mark, request.lastAttempt >= 0,
                let answered = request.answered
            else { continue }
            let began = attempts[Int(request.lastAttempt)].began
            // A request that read twice was shown one of the two.
            if operations[Int(effect.product)].last?.request == number { continue }
            operations[Int(effect.product)].append(
                StockOperation(.shown(effect.value), begin: began, end: answered, request: number))
        }
        return operations
    }

    private func addPurchase(_ request: RequestRecord, to operations: inout [StockOperation]) {
        let units = Int64(request.quantity)
        let first = operations.count
        var keys: [UInt64] = []
        var index = Int(request.lastAttempt)
        // From the last attempt to the first.
        while index >= 0 {
            let attempt = attempts[index]
            index = Int(attempt.previous)
            let kind: StockOperation.Kind
            switch attempt.outcome {
            case .alreadyOrdered?: continue
            case .lockNotAcquired?:
                // It changed nothing, but a second copy of it may still come.
                if !design.deliversTwice { continue }
                kind = .maybe(units)
            case .insufficientStock?:
                // Units that are only reserved come back if their sale fails, so that a refusal proves nothing.
                if design.reserves { continue }
                kind = .refused(units)
            case .success?: kind = .take(units)
            // An error page is no proof that nothing happened.
            case .rejected?, .timedOut?, .unknown?, .failed?, nil: kind = .maybe(units)
            }
            if design.joinsAttempts, kind == .maybe(units), let same = keys.lastIndex(of: attempt.key),
                operations[first + same].kind != .refused(units)
            {
                let later = operations[first + same]
                operations[first + same] = StockOperation(
                    later.kind, begin: attempt.began, end: later.end, request: later.request)
                continue
            }
            operations.append(
                StockOperation(
                    kind, begin: attempt.began, end: attempt.ended ?? .distantFuture, request: request.number))
            keys.append(attempt.key)
        }
    }
}
