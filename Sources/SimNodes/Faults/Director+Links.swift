import Topology

/// Delay, loss and partition of links.
extension Director {
    func delay(_ fault: DelayFault, _ entry: Int) {
        let links = links(between: fault.delay, isBothWays: true)
        let network = world.network
        let sampler = Sampler(fault.by)
        for link in links { network.addDelay(sampler, fault: entry, from: link.0, to: link.1) }
        apply(entry, links, fault.delay, "delayed")
        guard let span = fault.for else { return }
        spawn(after: span) { director in
            for link in links { network.removeDelay(fault: entry, from: link.0, to: link.1) }
            director.end(entry, node: "network", "\(director.name(fault.delay)) no longer delayed")
        }
    }

    func lose(_ fault: LossFault, _ entry: Int) {
        let links = links(between: fault.loss, isBothWays: true)
        // Where every segment is lost, no retransmission ever gets through: that link is cut.
        let isCut = fault.probability >= 1
        let network = world.network
        for (source, target) in links {
            if isCut {
                network.cut(from: source, to: target)
            } else {
                network.addLoss(fault.probability, fault: entry, from: source, to: target)
            }
        }
        apply(entry, links, fault.loss, "loses \(fault.probability * 100) % of its segments")
        guard let span = fault.for else { return }
        spawn(after: span) { director in
            for (source, target) in links {
                if isCut {
                    network.heal(from: source, to: target)
                } else {
                    network.removeLoss(fault: entry, from: source, to: target)
                }
            }
            director.end(entry, node: "network", "\(director.name(fault.loss)) no longer loses segments")
        }
    }

    func partition(_ fault: PartitionFault, _ entry: Int) {
        let links = links(between: fault.partition, isBothWays: fault.direction == .both)
        for name in fault.partition.a + fault.partition.b {
            for member in targets.members(name) {
                targets.processes[member].map { noteStoreFailure(of: $0, by: entry) }
            }
        }
        for link in links { world.network.cut(from: link.0, to: link.1) }
        apply(entry, links, fault.partition, "cut")
        guard let span = fault.for else { return }
        spawn(after: span) { director in
            for link in links { director.world.network.heal(from: link.0, to: link.1) }
            director.end(entry, node: "network", "\(director.name(fault.partition)) healed")
        }
    }

    private typealias LinkEnds = (NodeProcess, NodeProcess)

    private func apply(_ entry: Int, _ links: [LinkEnds], _ sides: FaultSides, _ text: String) {
        let network = world.network
        let before = links.map { network.affectedMessages(from: $0.0, to: $0.1) }
        ledger.apply(entry, node: "network", "\(name(sides)) \(text)") {
            zip(links, before).contains { network.affectedMessages(from: $0.0.0, to: $0.0.1) > $0.1 }
        }
    }

    /// All directions from one side to the other, and back where asked.
    private func links(between sides: FaultSides, isBothWays: Bool) -> [LinkEnds] {
        let first = sides.a.flatMap(targets.members).compactMap { targets.processes[$0] }
        let second = sides.b.flatMap(targets.members).compactMap { targets.processes[$0] }
        var links: [LinkEnds] = []
        // A node may stand on both sides, through a group; each direction is struck once.
        func add(_ source: NodeProcess, _ target: NodeProcess) {
            if !links.contains(where: { $0.0 === source && $0.1 === target }) { links.append((source, target)) }
        }
        for a in first {
            for b in second where a !== b {
                add(a, b)
                if isBothWays { add(b, a) }
            }
        }
        return links
    }

    private func name(_ sides: FaultSides) -> String {
        "\(sides.a.joined(separator: "+")) – \(sides.b.joined(separator: "+"))"
    }
}
