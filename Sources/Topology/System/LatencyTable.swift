/// The links of a topology, ready to be asked for the latency between two nodes.
public struct LatencyTable: Sendable {
    /// Whom a link's end means, found out once: a run asks for each of a hundred pairs of nodes.
    private enum End: Sendable {
        case node(Int)
        case group(NodeGroup)
        case nobody
    }

    /// Each node's place among all, and its group.
    private let nodes: [String: (place: Int, group: NodeGroup)]
    private let links: [(ends: (End, End), latency: Distribution)]
    private let fallback: Distribution

    /// Looks up the groups of all nodes and what the ends of all links mean, once.
    public init(_ topology: SystemTopology) {
        let nodes = Dictionary(
            topology.nodes.enumerated().map { ($0.element.name, (place: $0.offset, group: $0.element.group)) },
            uniquingKeysWith: { first, _ in first })
        // A node's own name, or the name of a group where no node has that name.
        let end: (String) -> End = { name in
            if let node = nodes[name] { return .node(node.place) }
            return NodeGroup(rawValue: name).map { .group($0) } ?? .nobody
        }
        self.nodes = nodes
        links = topology.network.links.map { ((end($0.from), end($0.to)), $0.latency) }
        fallback = topology.network.latency
    }

    /// The one-way latency between two nodes: the most specific link, the later one among equals, else the default.
    public func latency(from sender: String, to receiver: String) -> Distribution {
        guard let sender = nodes[sender], let receiver = nodes[receiver] else { return fallback }
        var best: (rank: Int, link: Int)?
        func consider(_ first: End, _ second: End, _ index: Int) {
            guard let one = Self.rank(first, sender), let other = Self.rank(second, receiver),
                one + other >= best?.rank ?? 0
            else { return }
            best = (one + other, index)
        }
        for index in links.indices {
            let (first, second) = links[index].ends
            consider(first, second, index)
            consider(second, first, index)
        }
        return best.map { links[$0.link].latency } ?? fallback
    }

    /// How exactly an end means a node: 1 by its own name, 0 by its group's; nil: it doesn't.
    private static func rank(_ end: End, _ node: (place: Int, group: NodeGroup)) -> Int? {
        switch end {
        case .node(let place): place == node.place ? 1 : nil
        case .group(let group): group == node.group ? 0 : nil
        case .nobody: nil
        }
    }
}
