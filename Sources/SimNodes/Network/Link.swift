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
    private var losses: [(fault: Int, probability: Double)] = []
    /// The faults' probability that a transmission is lost, and sent again after the retransmission time-out.
    private var lossProbability = 0.0
    /// How many faults cut this direction at the moment.
    var cuts = 0
    /// What was sent while the direction was cut, in order: when it was first sent, and how to deliver it.
    private var held: [(sent: Instant, deliver: (TimeSpan) -> Void)] = []
    /// Messages that a fault delayed, lost at first or held.
    private(set) var affected = 0

    init(from sender: NodeProcess, latency: Sampler, random: RandomStream) {
        self.sender = sender
        self.latency = latency
        self.random = random
    }

    var isCut: Bool { cuts > 0 }

    /// How long a segment sent now takes, including the retransmissions that losses cost.
    func transit(retransmission: TimeSpan) -> TimeSpan {
        var total = latency.sample(using: &random) + sender.lateness
        if !delays.isEmpty {
            let extra = delays.reduce(TimeSpan.zero) { $0 + $1.sampler.sample(using: &random) }
            total = total + extra
            if extra > .zero { affected += 1 }
        }
        guard lossProbability > 0 else { return total }
        var timeout = retransmission
        var wasLost = false
        while random.bernoulli(lossProbability) {
            total = total + timeout
            timeout = min(timeout * 2, Self.longestTimeout)
            wasLost = true
        }
        if wasLost { affected += 1 }
        return total
    }

    /// A fault begins to delay each segment.
    func addDelay(_ sampler: Sampler, fault: Int) { delays.append((fault, sampler)) }

    func removeDelay(fault: Int) { delays.removeAll { $0.fault == fault } }

    /// A fault begins to lose transmissions, independently of other faults.
    func addLoss(_ probability: Double, fault: Int) {
        losses.append((fault, probability))
        combineLosses()
    }

    func removeLoss(fault: Int) {
        losses.removeAll { $0.fault == fault }
        combineLosses()
    }

    private func combineLosses() {
        lossProbability = losses.reduce(0) { $0 + $1.probability - $0 * $1.probability }
    }

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

    /// Linux's TCP_RTO_MAX.
    private static let longestTimeout = TimeSpan.seconds(120)
}
