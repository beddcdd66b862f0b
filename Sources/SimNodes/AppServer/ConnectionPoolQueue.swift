import Topology

/// Borrowers in the order in which they came, any of which can leave in constant time.
struct ConnectionPoolQueue<Waiter: Hashable & Sendable>: Sendable {
    private struct Node: Sendable {
        var waiter: Waiter
        var since: Instant
        var previous: Int
        var next: Int
    }

    private var nodes: [Node] = []
    private var free: [Int] = []
    private var places: [Waiter: Int] = [:]
    private var first = -1
    private var last = -1

    var count: Int { places.count }

    /// Adds a borrower at the end; `since` is when it asked, which may be before it joined.
    mutating func append(_ waiter: Waiter, since: Instant) {
        let node = Node(waiter: waiter, since: since, previous: last, next: -1)
        let place: Int
        if let reused = free.popLast() {
            place = reused
            nodes[place] = node
        } else {
            place = nodes.count
            nodes.append(node)
        }
        if last >= 0 { nodes[last].next = place } else { first = place }
        last = place
        let replaced = places.updateValue(place, forKey: waiter)
        precondition(replaced == nil, "a borrower waits twice under one token")
    }

    /// Takes out the one who has been in the queue longest.
    mutating func popFirst() -> Waiter? {
        guard first >= 0 else { return nil }
        let waiter = nodes[first].waiter
        places[waiter] = nil
        unlink(first)
        return waiter
    }

    /// Takes out this one; returns when it asked, or `nil` if it is not in the queue.
    mutating func remove(_ waiter: Waiter) -> Instant? {
        guard let place = places.removeValue(forKey: waiter) else { return nil }
        let since = nodes[place].since
        unlink(place)
        return since
    }

    func contains(_ waiter: Waiter) -> Bool { places[waiter] != nil }

    private mutating func unlink(_ place: Int) {
        let (previous, next) = (nodes[place].previous, nodes[place].next)
        if previous >= 0 { nodes[previous].next = next } else { first = next }
        if next >= 0 { nodes[next].previous = previous } else { last = previous }
        free.append(place)
    }
}
