import Topology

/// I9: nothing is visible outside of a transaction that did not survive: no event, no success, no read.
///
/// A success whose transaction never existed is a lost order (I3) alone. Where the design promises it, nothing takes effect
/// for a user who has given up, either.
package struct VisibilityCheck: Invariant {
    private let products: Int
    /// For each database and product, which transaction made which version.
    private var writers: [Int16: [[Version]]] = [:]
    /// The transaction behind what views last loaded into the cache, by product.
    private var loaded: [Int32: [Version]] = [:]
    private var reads: [Read] = []
    private var events: [Int32: Instant] = [:]
    /// Requests whose order some database had, and which.
    private var stored: [Int32: Int16] = [:]
    private let afterGiveUp: TimeSpan?
    /// When requests' orders were last committed, where that matters.
    private var committed: [Int32: Instant] = [:]

    /// What a product's row showed, and the transactions that left it so: one that draws a fencing token changes nothing
    /// that anybody is shown.
    private struct Version: Sendable {
        let number: Int64
        let stock: Int64
        var gtids: [GTID]
    }

    private struct Read: Sendable {
        let at: Instant
        let request: Int32
        let product: Int32
        let node: Int16
        let gtids: [GTID]
    }

    package init(_ design: CheckedDesign) {
        (products, afterGiveUp) = (design.initialStocks.count, design.afterGiveUp)
    }

    package mutating func observe(_ effect: Effect) {
        switch effect.kind {
        case .stockStored:
            guard effect.product >= 0, effect.product < products else { return }
            note(effect, in: &writers[effect.node, default: [[Version]](repeating: [], count: products)])
        case .orderStored:
            stored[effect.request] = effect.node
            if afterGiveUp != nil, effect.origin == .committed { committed[effect.request] = effect.at }
        case .publicationTaken, .delivered:
            if events[effect.request] == nil { events[effect.request] = effect.at }
        case .rowRead:
            guard effect.mark > 0, effect.product >= 0, effect.product < products,
                let version = writers[effect.node]?[Int(effect.product)].last(where: { $0.number == effect.mark })
            else { return }
            note(version, effect.request, effect.product, effect.node, effect.at)
        default: return
        }
    }

    private func note(_ stored: Effect, in versions: inout [[Version]]) {
        let product = Int(stored.product)
        if let last = versions[product].last, (last.number, last.stock) == (stored.mark, stored.value) {
            versions[product][versions[product].count - 1].gtids.append(stored.gtid)
        } else {
            versions[product].append(Version(number: stored.mark, stock: stored.value, gtids: [stored.gtid]))
        }
    }

    private mutating func note(
        _ version: Version, _ request: Int32, _ product: Int32, _ node: Int16, _ at: Instant
    ) {
        reads.append(Read(at: at, request: request, product: product, node: node, gtids: version.gtids))
        if loaded[product]?.last?.gtids != version.gtids { loaded[product, default: []].append(version) }
    }

    /// A view was answered from the cache: with what an earlier one had read.
    package mutating func observeView(of request: RequestRecord, at now: Instant) {
        guard request.shownVersion > 0,
            let version = loaded[Int32(request.product)]?.last(where: { $0.number == request.shownVersion })
        else { return }
        reads.append(
            Read(
                at: now, request: Int32(request.number), product: Int32(request.product), node: -1,
                gtids: version.gtids))
    }

    package func conclude(_ evidence: Evidence) -> Finding {
        let title = "nothing shown that did not survive"
        guard evidence.survivor >= 0 else { return .notApplicable("I9", title, "there is no database") }
        let orders = evidence.ordersByRequest()
        func isGone(_ request: Int32) -> Bool { !orders.indices.contains(Int(request)) || orders[Int(request)] == 0 }
        let phantomEvents = events.filter { isGone($0.key) }.sorted { $0.key < $1.key }
        var incidents = phantomEvents.prefix(Finding.mostIncidents).map { request, at in
            Violation(
                .phantomEvent, "request \(request): its order was announced, and does not exist", at: at,
                products: product(of: request, evidence), requests: [Int(request)],
                nodes: stored[request].map { evidence.name($0) } ?? [])
        }
        let replies = LostOrderCheck.lost(evidence).filter { stored[Int32($0.number)] != nil }
        incidents += replies.prefix(Finding.mostIncidents).map { request in
            Violation(
                .phantomReply,
                "request \(request.number): its user was told of an order whose transaction did not survive",
                at: request.answered, products: [request.product], requests: [request.number],
                nodes: stored[Int32(request.number)].map { evidence.name($0) } ?? [])
        }
        let phantomReads = phantomReads(evidence)
        incidents += phantomReads.prefix(Finding.mostIncidents).map { read in
            Violation(
                .phantomRead,
                "request \(read.request): it was shown product \(read.product) as transaction "
                    + "\(read.gtids.first?.number ?? 0) of a lost history had left it",
                at: read.at, products: [Int(read.product)], requests: [Int(read.request)],
                nodes: evidence.name(read.node))
        }
        let zombies = zombies(evidence)
        incidents += zombies.prefix(Finding.mostIncidents).map { request in
            Violation(
                .zombieOrder,
                "request \(request.number): its order was made after user \(request.user) had given up",
                at: committed[
                    Int32(request.number)], products: [request.product], requests: [request.number],
                nodes: stored[Int32(request.number)].map { evidence.name($0) } ?? [])
        }
        let phantoms = phantomEvents.count + replies.count + phantomReads.count
        let count = phantoms + zombies.count
        var detail =
            phantoms == 0
            ? "\(events.count) events, \(reads.count) reads of what others wrote, all of what is there"
            : "\(phantomEvents.count) events, \(replies.count) replies and \(phantomReads.count) reads "
                + "of transactions that did not survive"
        if !zombies.isEmpty { detail += "; \(zombies.count) orders made after their users had given up" }
        return Finding("I9", title, violations: count, detail: detail, incidents: incidents)
    }

    /// Purchases whose users left without an order, and whose order was committed later than the design allows.
    private func zombies(_ evidence: Evidence) -> [RequestRecord] {
        guard let afterGiveUp else { return [] }
        return evidence.requests.filter { request in
            guard request.flow == .purchase, let answered = request.answered, request.outcome != .success,
                let at = committed[Int32(request.number)]
            else { return false }
            return at > answered + afterGiveUp
        }
    }

    private func product(of request: Int32, _ evidence: Evidence) -> [Int] {
        evidence.requests.indices.contains(Int(request)) ? [evidence.requests[Int(request)].product] : []
    }

    /// Reads whose request told its user something definite, once a request.
    private func phantomReads(_ evidence: Evidence) -> [Read] {
        var seen: Set<Int32> = []
        return reads.filter { read in
            guard !read.gtids.contains(where: evidence.survivingTransactions.contains),
                evidence.requests.indices.contains(Int(read.request)),
                evidence.requests[Int(read.request)].outcome?.isRegular == true
            else { return false }
            return seen.insert(read.request).inserted
        }
    }
}
