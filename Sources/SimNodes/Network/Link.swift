import Topology

/// One direction between two processes: how long a segment takes, and what a fault does to it.
///
/// Latency never limits throughput: any number of segments are on the way at once.
final class Link {
    let latency: Sampler
    private unowned(unsafe) let sender: NodeProcess
    private(set) var random: RandomStream
    /// Additional delays that are drawn for each segment, by the fault that brought them.
    private var delays: [(fault: Int, sampler: Sampler)] = []
    private var losses: [(fault: Int, probability: Double, end: Instant)] = []
    /// The faults' probability that a transmission is lost, and sent again after the retransmission time-out.
    private var lossProbability = 0.0
    /// How many faults cut this direction at the moment.
    var cuts = 0
    /// What was sent while the direction was cut, in order: when it was first sent, and how to deliver it.
    private var held: [(sent: Instant, deliver: (TimeSpan) -> Void)] = []
    /// Messages that a fault delayed, lost at first or held.
    private(set) var affected = 0
    private var slownesses: [(fault: Int, factor: Double)] = []
    private var reorderings: [(fault: Int, probability: Double, sampler: Sampler)] = []
    private var duplications: [(fault: Int, probability: Double, sampler: Sampler)] = []
    /// Segments that overtook an earlier one because a fault held that back.
    private(set) var overtakings = 0
    private(set) var duplicates = 0
    /// When the latest segment arrives, watched while segments are held back.
    private var latestArrival = Instant.zero
    /// Whether any fault is at work that changes how long a segment takes.
    private var isStruck = false
    private unowned(unsafe) let universe: Universe

    init(from sender: NodeProcess, latency: Sampler, random: RandomStream) {
        self.sender = sender
        self.latency = latency
        self.random = random
        universe = sender.universe
    }

    var isCut: Bool { cuts > 0 }

    /// How long a segment sent now takes, including the retransmissions that losses cost.
    @inline(__always)
    func transit(retransmission: TimeSpan) -> TimeSpan {
        let undisturbed = latency.sample(using: &random) + sender.lateness
        return _fastPath(!isStruck) ? undisturbed : disturb(undisturbed, retransmission)
    }

    private func disturb(_ undisturbed: TimeSpan, _ retransmission: TimeSpan) -> TimeSpan {
        var total = undisturbed
        if !slownesses.isEmpty {
            total = total * slownesses.reduce(1) { $0 * $1.factor }
            if total != undisturbed { affected += 1 }
        }
        if !reorderings.isEmpty { total = total + holdBack(total) }
        if !delays.isEmpty {
            let extra = delays.reduce(TimeSpan.zero) { $0 + $1.sampler.sample(using: &random) }
            total = total + extra
            if extra > .zero { affected += 1 }
        }
        return lossProbability > 0 ? total + retransmissions(from: retransmission) : total
    }

    /// What the losses cost: each transmission meets those that are still in force when it is made.
    private func retransmissions(from first: TimeSpan) -> TimeSpan {
        var wait = TimeSpan.zero
        var timeout = first
        var probability = lossProbability
        while probability > 0, random.bernoulli(probability) {
            wait += timeout
            timeout = min(timeout * 2, Self.longestTimeout)
            probability = Self.probability(of: losses.filter { $0.end > universe.now + wait })
        }
        if wait > .zero { affected += 1 }
        return wait
    }

    /// A fault begins to delay each segment.
    func addDelay(_ sampler: Sampler, fault: Int) {
        delays.append((fault, sampler))
        noteFaults()
    }

    /// A fault begins to have each segment take a multiple of its time.
    func addSlowness(_ factor: Double, fault: Int) {
        slownesses.append((fault, factor))
        noteFaults()
    }

    /// A fault begins to hold segments back, each with a probability, while the others go on.
    func addReordering(_ probability: Double, by sampler: Sampler, fault: Int) {
        reorderings.append((fault, probability, sampler))
        noteFaults()
    }

    /// A fault begins to have requests arrive a second time, over another connection.
    func addDuplication(_ probability: Double, after sampler: Sampler, fault: Int) {
        duplications.append((fault, probability, sampler))
        noteFaults()
    }

    /// The fault of this number is over.
    func remove(fault: Int) {
        delays.removeAll { $0.fault == fault }
        losses.removeAll { $0.fault == fault }
        slownesses.removeAll { $0.fault == fault }
        reorderings.removeAll { $0.fault == fault }
        duplications.removeAll { $0.fault == fault }
        noteFaults()
    }

    /// How much later than the request its copy comes; nil when there is none.
    @inline(__always)
    func duplicate() -> TimeSpan? { _fastPath(duplications.isEmpty) ? nil : drawDuplicate() }

    private func drawDuplicate() -> TimeSpan? {
        for duplication in duplications where random.bernoulli(duplication.probability) {
            duplicates += 1
            return duplication.sampler.sample(using: &random)
        }
        return nil
    }

    private func holdBack(_ transit: TimeSpan) -> TimeSpan {
        var extra = TimeSpan.zero
        for reordering in reorderings where random.bernoulli(reordering.probability) {
            extra = extra + reordering.sampler.sample(using: &random)
        }
        let arrival = universe.now + transit + extra
        if arrival < latestArrival { overtakings += 1 }
        latestArrival = max(latestArrival, arrival)
        return extra
    }

    /// A fault begins to lose transmissions, independently of other faults; `end` is when it will be over, if that is
    /// known.
    func addLoss(_ probability: Double, fault: Int, until end: Instant = .distantFuture) {
        losses.append((fault, probability, end))
        noteFaults()
    }

    private static func probability(of losses: [(fault: Int, probability: Double, end: Instant)]) -> Double {
        losses.reduce(0) { $0 + $1.probability - $0 * $1.probability }
    }

    private func noteFaults() {
        lossProbability = Self.probability(of: losses)
        isStruck = !delays.isEmpty || !losses.isEmpty || !slownesses.isEmpty || !reorderings.isEmpty
    }

    /// A segment of a handshake gets lost in a cut; its sender tries again by itself.
    func swallow() { affected += 1 }

    func hold(since sent: Instant, deliver: @escaping (TimeSpan) -> Void) {
        affected += 1
        held.append((sent, deliver))
    }

    /// The cut is healed: what was held goes out at its next retransmission.
    ///
    /// TCP doubles the time-out each time, so the longer the cut, the longer the wait after it.
    func release(now: Instant, retransmission: TimeSpan) {
        let segments = held
        held = []
        for segment in segments {
            var next = segment.sent
            var timeout = retransmission
            while next <= now {
                next += timeout
                timeout = min(timeout * 2, Self.longestTimeout)
            }
            segment.deliver(next - now + transit(retransmission: retransmission))
        }
    }

    /// What is held will never arrive.
    func forgetHeld() { held = [] }

    /// Linux's TCP_RTO_MAX.
    private static let longestTimeout = TimeSpan.seconds(120)
}
