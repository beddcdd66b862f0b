import Topology

/// Faults of links: delay, loss, reordering, duplication, cuts.
extension Director {
    func delay(_ fault: DelayFault, _ entry: Int) {
        let sampler = Sampler(fault.by)
        let links = links(between: fault.delay, isBothWays: true)
        apply(entry, links, "\(name(fault.delay)) delayed", count: \.affected)
        for link in links { link.addDelay(sampler, fault: entry) }
        endStrike(entry, links, after: fault.for, "\(name(fault.delay)) no longer delayed")
    }

    func lose(_ fault: LossFault, _ entry: Int) {
        // Where every segment is lost, no retransmission ever gets through: that link is cut.
        if fault.probability >= 1 {
            let ends = ends(between: fault.loss, isBothWays: true)
            let text = "\(name(fault.loss)) loses 100 % of its segments"
            return cut(ends, entry, for: fault.for, text, "\(name(fault.loss)) no longer loses segments")
        }
        let links = links(between: fault.loss, isBothWays: true)
        let text = "\(name(fault.loss)) loses \(inPercent(fault.probability)) % of its segments"
        apply(entry, links, text, count: \.affected)
        let end = fault.for.map { now + $0 } ?? .distantFuture
        for link in links { link.addLoss(fault.probability, fault: entry, until: end) }
        endStrike(entry, links, after: fault.for, "\(name(fault.loss)) no longer loses segments")
    }

    func reorder(_ fault: ReorderFault, _ entry: Int) {
        let sampler = Sampler(fault.by)
        let links = links(between: fault.reorder, isBothWays: true)
        let text = "\(name(fault.reorder)) holds \(inPercent(fault.probability)) % of its segments back"
        apply(entry, links, text, count: \.overtakings)
        for link in links { link.addReordering(fault.probability, by: sampler, fault: entry) }
        endStrike(entry, links, after: fault.for, "\(name(fault.reorder)) holds no segments back any more")
    }

    func duplicate(_ fault: DuplicateFault, _ entry: Int) {
        let sampler = Sampler(fault.by)
        let links = links(between: fault.duplicate, isBothWays: true)
        let text = "\(name(fault.duplicate)) delivers \(inPercent(fault.probability)) % of the requests twice"
        apply(entry, links, text, count: \.duplicates)
        for link in links { link.addDuplication(fault.probability, after: sampler, fault: entry) }
        endStrike(entry, links, after: fault.for, "\(name(fault.duplicate)) delivers each request once")
    }

    func reset(_ fault: ResetFault, _ entry: Int) {
        let network = world.network
        var random = process.universe.randomStream("fault/\(entry)/reset")
        var count = 0
        for (a, b) in ends(between: fault.reset, isBothWays: false) {
            count += network.resetConnections(between: a, and: b) { random.bernoulli(fault.share) }
        }
        let broken = count
        ledger.apply(entry, node: "network", "\(name(fault.reset)): \(broken) connections reset") { broken > 0 }
        ledger.end(entry)
    }

    func partition(_ fault: PartitionFault, _ entry: Int) {
        for node in targets.nodes(fault.partition.a + fault.partition.b) { noteStoreFailure(of: node, by: entry) }
        let ends = ends(between: fault.partition, isBothWays: fault.direction == .both)
        let sides = name(fault.partition)
        cut(ends, entry, for: fault.for, "\(sides) cut", "\(sides) healed")
    }

    func isolate(_ fault: IsolateFault, _ entry: Int) {
        let inside = targets.nodes(fault.isolate)
        let outside = world.universe.processes.filter { other in !inside.contains { $0 === other } }
        for node in inside { noteStoreFailure(of: node, by: entry) }
        let ends = inside.flatMap { node in outside.flatMap { [(node, $0), ($0, node)] } }
        let names = fault.isolate.joined(separator: "+")
        cut(ends, entry, for: fault.for, "\(names) cut off from all others", "\(names) in touch with all others again")
    }

    /// What a node sends and receives takes a multiple of its time.
    func slowNetwork(of target: NodeProcess, by factor: Double, _ entry: Int) -> [Link] {
        let links = world.universe.processes.filter { $0 !== target }.flatMap { other in
            [world.network.link(from: target, to: other), world.network.link(from: other, to: target)]
        }
        for link in links { link.addSlowness(factor, fault: entry) }
        return links
    }

    // MARK: - Common to all

    private typealias LinkEnds = (NodeProcess, NodeProcess)

    private func cut(_ ends: [LinkEnds], _ entry: Int, for span: TimeSpan?, _ text: String, _ endText: String) {
        let network = world.network
        for (source, target) in ends { network.cut(from: source, to: target) }
        apply(entry, ends.map { network.link(from: $0.0, to: $0.1) }, text, count: \.affected)
        schedule(endAfter: span) { director in
            for (source, target) in ends { director.world.network.heal(from: source, to: target) }
            director.end(entry, node: "network", endText)
        }
    }

    private func apply(_ entry: Int, _ links: [Link], _ text: String, count: KeyPath<Link, Int>) {
        let before = links.map { $0[keyPath: count] }
        ledger.apply(entry, node: "network", text) {
            zip(links, before).contains { $0.0[keyPath: count] > $0.1 }
        }
    }

    private func endStrike(_ entry: Int, _ links: [Link], after span: TimeSpan?, _ text: String) {
        let links = UncheckedLinks(links)
        schedule(endAfter: span) { director in
            for link in links.all { link.remove(fault: entry) }
            director.end(entry, node: "network", text)
        }
    }

    private func links(between sides: FaultSides, isBothWays: Bool) -> [Link] {
        ends(between: sides, isBothWays: isBothWays).map { world.network.link(from: $0.0, to: $0.1) }
    }

    /// All directions from one side to the other, and back where asked.
    private func ends(between sides: FaultSides, isBothWays: Bool) -> [LinkEnds] {
        let first = targets.nodes(sides.a)
        let second = targets.nodes(sides.b)
        return first.flatMap { a in
            second.filter { $0 !== a }.flatMap { b in isBothWays ? [(a, b), (b, a)] : [(a, b)] }
        }
    }

    private func name(_ sides: FaultSides) -> String {
        "\(sides.a.joined(separator: "+")) – \(sides.b.joined(separator: "+"))"
    }
}

/// Links on their way into a task of the director: all of a universe's actors share one thread.
struct UncheckedLinks: @unchecked Sendable {
    let all: [Link]
    init(_ links: [Link]) { all = links }
}
