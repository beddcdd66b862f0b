import Topology

extension Network {
    /// Cuts the direction from one process to another; cuts add up, each is healed by one `heal`.
    public func cut(from source: NodeProcess, to target: NodeProcess) { link(from: source, to: target).cuts += 1 }

    /// Takes one cut back; with the last one, what was held goes out. Without a cut nothing happens.
    public func heal(from source: NodeProcess, to target: NodeProcess) {
        let link = link(from: source, to: target)
        guard link.isCut else { return }
        link.cuts -= 1
        if link.cuts == 0 { link.release(now: universe.now, retransmission: retransmission) }
    }

    /// A fault delays each segment of one direction, until `removeDelay` with the same number.
    func addDelay(_ sampler: Sampler, fault: Int, from source: NodeProcess, to target: NodeProcess) {
        link(from: source, to: target).addDelay(sampler, fault: fault)
    }

    func removeDelay(fault: Int, from source: NodeProcess, to target: NodeProcess) {
        link(from: source, to: target).removeDelay(fault: fault)
    }

    /// A fault loses transmissions of one direction, until `removeLoss` with the same number.
    func addLoss(_ probability: Double, fault: Int, from source: NodeProcess, to target: NodeProcess) {
        link(from: source, to: target).addLoss(probability, fault: fault)
    }

    func removeLoss(fault: Int, from source: NodeProcess, to target: NodeProcess) {
        link(from: source, to: target).removeLoss(fault: fault)
    }

    /// How many messages of one direction a fault has delayed, lost or held so far.
    public func affectedMessages(from source: NodeProcess, to target: NodeProcess) -> Int {
        link(from: source, to: target).affected
    }
}
