import Topology

/// What one limited resource went through: how busy it was, who waited how long, whom it turned away.
package final class ResourceMeter: @unchecked Sendable {
    /// Node and resource, as in `app1.cpu`.
    package let name: String
    /// How many can be served at once.
    package let capacity: Int
    /// Whether to be turned away here is an answer that the design gives on purpose, and so nothing that breaks.
    package let refusesByDesign: Bool
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
    /// Those who wait, one by one; each must be announced by `beginsToWait` and `endsWait`.
    package private(set) var waiting: Attendance
    /// Those in service, one by one, where the resource announces them by `enters` and `leaves`.
    package private(set) var served: Attendance
    package private(set) var announcesService = false
    /// Waits longer than these are asked about, in ascending order.
    var limits: [TimeSpan] = [] { didSet { firstBeyond = limits.map { _ in nil } } }
    /// When the first one came who waited longer than each of them.
    package private(set) var firstBeyond: [Instant?] = []
    /// When the first one had to wait, was turned away or gave up, for the question what broke first.
    package private(set) var firstWait: Instant?
    package private(set) var firstRejection: Instant?
    package private(set) var firstTimeout: Instant?

    package init(name: String, capacity: Int, start: Instant = .zero, refusesByDesign: Bool = false) {
        self.name = name
        self.capacity = capacity
        self.refusesByDesign = refusesByDesign
        inUse = TimeWeighted(start: start)
        queue = TimeWeighted(start: start)
        waiting = Attendance(start: start)
        served = Attendance(start: start)
    }

    // MARK: - On whose behalf

    /// Where it is written down what requests spend their time on, and this resource's number there.
    private(set) var anatomy: (ledger: AnatomyLedger, number: Int)?

    func keepAnatomy(in ledger: AnatomyLedger) { anatomy = (ledger, ledger.register(name)) }

    /// The running task has waited here, and perhaps was served after that.
    @inline(__always)
    func noteAnatomy(waitedFrom start: Instant, servedFrom middle: Instant, until end: Instant) {
        guard let anatomy else { return }
        anatomy.ledger.note(.waiting(anatomy.number), from: start, until: middle)
        anatomy.ledger.note(.service(anatomy.number), from: middle, until: end)
    }

    // MARK: - One by one

    func beginsToWait(at now: Instant) { waiting.come(at: now) }

    /// The one who came at `since` waits no longer, whatever ended it.
    func endsWait(since: Instant, at now: Instant) {
        waiting.go(since: since, at: now)
        noteWait(now - since, since: since)
    }

    func enters(at now: Instant) {
        announcesService = true
        served.come(at: now)
    }

    func leaves(at now: Instant) { served.go(at: now) }

    /// A crash: nobody waits or is in service any more.
    func empties(at now: Instant) {
        waiting.allGo(at: now)
        served.allGo(at: now)
        setInUse(0, at: now)
        setQueue(0, at: now)
    }

    private func noteWait(_ wait: TimeSpan, since: Instant) {
        for index in limits.indices {
            if wait <= limits[index] { return }
            firstBeyond[index] = min(firstBeyond[index] ?? since, since)
        }
    }

    // MARK: - Levels

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
        if firstRejection == nil, !refusesByDesign { firstRejection = now }
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
        waiting.restart(at: now)
        served.restart(at: now)
        firstBeyond = limits.map { _ in nil }
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
