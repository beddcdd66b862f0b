import Topology

/// What one limited resource went through: how busy it was, who waited how long, whom it turned away.
package final class ResourceMeter: @unchecked Sendable {
    /// Node and resource, as in `app1.cpu`.
    package let name: String
    /// How many can be served at once.
    package let capacity: Int
    /// Service that was asked for, and how much of it still lay ahead when somebody last looked.
    private var brought: TimeSpan = .zero
    private var ahead: TimeSpan = .zero
    /// Time spent serving, summed over all servers, as of the last time that the resource was settled.
    package var busy: TimeSpan { brought - ahead }
    /// Waits of all that got a server, zeros included.
    package private(set) var waits = LatencyHistogram()
    /// Customers in service.
    package private(set) var inUse: TimeWeighted
    private var mostBusy = 0
    /// Customers waiting.
    package private(set) var queue: TimeWeighted
    /// Customers turned away because there was no room.
    package private(set) var rejections = 0
    /// Customers that gave up waiting.
    package private(set) var timeouts = 0
    /// When the first one had to wait, was turned away or gave up, for the question what broke first.
    package private(set) var firstWait: Instant?
    package private(set) var firstRejection: Instant?
    package private(set) var firstTimeout: Instant?

    package init(name: String, capacity: Int, start: Instant = .zero) {
        self.name = name
        self.capacity = capacity
        inUse = TimeWeighted(start: start)
        queue = TimeWeighted(start: start)
    }

    func served(wait: TimeSpan, service: TimeSpan) {
        brought += service
        waits.record(wait)
    }

    func waited(_ wait: TimeSpan) { waits.record(wait) }
    func worked(_ span: TimeSpan) { brought += span }
    /// Work asked for and not done yet: an overloaded server is busy all the time, never more.
    func setAhead(_ span: TimeSpan) { ahead = span }
    func setInUse(_ level: Int, at now: Instant) { inUse.set(level, at: now) }

    func setQueue(_ level: Int, at now: Instant) {
        if level > 0, firstWait == nil { firstWait = now }
        queue.set(level, at: now)
    }

    func reject(at now: Instant) {
        rejections += 1
        if firstRejection == nil { firstRejection = now }
    }

    func timeOut(at now: Instant) {
        timeouts += 1
        if firstTimeout == nil { firstTimeout = now }
    }

    /// Forgets what was before the sale; what is in service or in the queue stays there.
    package func restart(at now: Instant) {
        brought = ahead
        waits = LatencyHistogram()
        inUse.restart(at: now)
        queue.restart(at: now)
        mostBusy = 0
        (rejections, timeouts) = (0, 0)
        (firstWait, firstRejection, firstTimeout) = (nil, nil, nil)
    }

    /// The most customers that were in service at once.
    package var maximumInUse: Int { max(inUse.maximum, mostBusy) }

    /// So many are in service at this moment; for resources that don't notice when somebody leaves.
    func noteBusy(_ count: Int) { mostBusy = max(mostBusy, count) }

    /// The fraction of the capacity that was busy, over all of `span`.
    package func utilisation(over span: TimeSpan) -> Double {
        guard span > .zero, capacity > 0 else { return 0 }
        return busy.seconds / (span.seconds * Double(capacity))
    }
}
