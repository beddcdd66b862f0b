import Topology

/// The products' locks as a resource: a station with one server a product, who holds it for how long, and who has to come
/// again.
///
/// Nobody queues at a lock that is asked for with `SET NX`: who does not get it is turned away, or looks again after a
/// pause. So a request waits here from the moment at which it is settled that it, or its user, will ask again until it
/// has the lock, or has its last answer without it. Who never asks again is turned away, and does not wait.
///
/// A holding lasts from the answer that gave the lock until the answer to its return: as long as the key stands in the
/// store, where the way back takes the same time for both. A holder that dies leaves its key behind, which then stands
/// until its life ends. What is not seen: keys that were set for a request whose answer was lost.
package final class ProductLockMeter: @unchecked Sendable {
    package let meter: ResourceMeter
    private let products: Int
    /// A lock, taken.
    private struct Holding {
        let request: Int
        /// Until when it has been counted as busy.
        var counted: Instant
        /// When the lock is free again by itself.
        var end: Instant
    }

    /// What one lock went through.
    private struct Server {
        var holding: Holding?
        var busy = TimeSpan.zero
        var customers = 0
    }

    /// By room and product: locks inside of processes are as many as there are processes.
    private var servers: [Server]
    private var held = 0
    /// No holding ends by itself before this.
    private var firstEnd = Instant.distantFuture
    /// Since when each request waits, by its number; grows as far as anybody waits.
    private var waitingSince: [Instant?] = []
    private var waiting = 0

    /// - Parameter rooms: how many times there is a lock for each product.
    package init(name: String, products: Int, rooms: Int = 1, start: Instant = .zero) {
        self.products = products
        meter = ResourceMeter(name: name, capacity: products * rooms, start: start, refusesByDesign: true)
        servers = [Server](repeating: Server(), count: products * rooms)
    }

    // MARK: - Holding

    /// A request has got a product's lock.
    ///
    /// - Parameter life: after which the lock is free by itself; nil: never.
    package func taken(_ product: Int, room: Int = 0, by request: Int, for life: TimeSpan?, at now: Instant) {
        endExpired(at: now)
        let place = room * products + product
        // Whoever had it has lost it without our seeing: its store has forgotten it.
        if servers[place].holding != nil { end(place, at: now) }
        let end = life.map { now + $0 } ?? .distantFuture
        servers[place].holding = Holding(request: request, counted: now, end: end)
        servers[place].customers += 1
        firstEnd = min(firstEnd, end)
        held += 1
        meter.waited(endWait(of: request, at: now) ?? .zero)
        meter.enters(at: now)
        meter.setInUse(held, at: now)
    }

    /// The holder of a lock has made it live longer.
    package func prolonged(_ product: Int, room: Int = 0, by request: Int, for life: TimeSpan, at now: Instant) {
        endExpired(at: now)
        let place = room * products + product
        guard servers[place].holding?.request == request else { return }
        servers[place].holding?.end = now + life
        firstEnd = min(firstEnd, now + life)
    }

    /// A request has given a lock back, and the lock was still there: perhaps as another's.
    package func returned(_ product: Int, room: Int = 0, at now: Instant) {
        endExpired(at: now)
        let place = room * products + product
        if servers[place].holding != nil { end(place, at: now) }
    }

    /// A request wanted to give its lock back, and there was none any more.
    package func vanished(_ product: Int, room: Int = 0, of request: Int, at now: Instant) {
        guard servers[room * products + product].holding?.request == request else { return }
        returned(product, room: room, at: now)
    }

    /// All locks of a room are free: the memory that they were in is gone.
    package func emptied(room: Int, at now: Instant) {
        endExpired(at: now)
        for place in room * products..<(room + 1) * products where servers[place].holding != nil { end(place, at: now) }
    }

    private func end(_ place: Int, at moment: Instant) {
        count(place, until: moment)
        servers[place].holding = nil
        held -= 1
        meter.leaves(at: moment)
        meter.setInUse(held, at: moment)
    }

    private func count(_ place: Int, until moment: Instant) {
        guard let holding = servers[place].holding else { return }
        let span = moment - holding.counted
        servers[place].busy += span
        meter.worked(span)
        servers[place].holding?.counted = moment
    }

    /// Holdings whose life ended since somebody last looked ended then, in the order of their ends.
    @inline(__always)
    private func endExpired(at now: Instant) {
        if firstEnd <= now { endAllExpired(at: now) }
    }

    private func endAllExpired(at now: Instant) {
        let expired = servers.indices.compactMap { place in
            servers[place].holding.flatMap { $0.end <= now ? (place: place, end: $0.end) : nil }
        }
        for (place, end) in expired.sorted(by: { ($0.end, $0.place) < ($1.end, $1.place) }) { self.end(place, at: end) }
        firstEnd = servers.compactMap { $0.holding?.end }.min() ?? .distantFuture
    }

    // MARK: - Waiting

    /// A request did not get the lock, and it, or its user, will ask again.
    package func willAskAgain(_ request: Int, at now: Instant) {
        endExpired(at: now)
        while waitingSince.count <= request { waitingSince.append(nil) }
        guard waitingSince[request] == nil else { return }
        waitingSince[request] = now
        waiting += 1
        meter.beginsToWait(at: now)
        meter.setQueue(waiting, at: now)
    }

    /// A request has its last answer.
    ///
    /// - Parameter isLocked: whether the answer is that somebody else has the lock.
    package func answered(_ request: Int, isLocked: Bool, at now: Instant) {
        guard isLocked || waitingSince.indices.contains(request) && waitingSince[request] != nil else { return }
        endExpired(at: now)
        if endWait(of: request, at: now) != nil { meter.timeOut(at: now) } else { meter.reject(at: now) }
    }

    /// How long the request has waited; nil if it did not.
    private func endWait(of request: Int, at now: Instant) -> TimeSpan? {
        guard waitingSince.indices.contains(request), let since = waitingSince[request] else { return nil }
        waitingSince[request] = nil
        waiting -= 1
        meter.endsWait(since: since, at: now)
        meter.setQueue(waiting, at: now)
        return now - since
    }

    // MARK: - Reading

    /// Brings the meter up to now.
    package func settle(at now: Instant) {
        endExpired(at: now)
        for place in servers.indices { count(place, until: now) }
    }

    /// Forgets what was before the sale; to be called when the meter is settled.
    package func restart() {
        for place in servers.indices { (servers[place].busy, servers[place].customers) = (.zero, 0) }
    }

    /// The lock that was held for longest, by its product; nil where none was taken.
    package func busiest(over span: TimeSpan) -> BusiestServer? {
        guard span > .zero, let place = servers.indices.max(by: { servers[$0].busy < servers[$1].busy }),
            servers[place].customers > 0
        else { return nil }
        let server = servers[place]
        return BusiestServer(
            number: place % products, utilisation: server.busy.seconds / span.seconds, customers: server.customers,
            each: server.busy.seconds / Double(server.customers))
    }
}

/// Of a station whose customers each need one server in particular, the server that was busy for longest.
public struct BusiestServer: Hashable, Sendable {
    /// Which one: the product, for locks.
    public let number: Int
    /// The share of the time, from 0 to 1, in which it was taken.
    public let utilisation: Double
    /// How many had it.
    public let customers: Int
    /// For how long each of them had it, the mean in seconds.
    public let each: Double

    package init(number: Int, utilisation: Double, customers: Int, each: Double) {
        (self.number, self.utilisation, self.customers, self.each) = (number, utilisation, customers, each)
    }
}
