/// The links of a topology, ready to be asked for the latency between two nodes.
public struct LatencyTable: Sendable {
    /// Whom a link's end means, found out once: a run asks for each of a hundred pairs of nodes.
    private enum End: Sendable {
        case node(String)
        case group(NodeGroup)
        case nobody
    }

    private let groups: [String: NodeGroup]
    private let links: [(ends: (End, End), latency: Distribution)]
    private let fallback: Distribution

    /// Looks up the groups of all nodes and what the ends of all links mean, once.
    public init(_ topology: SystemTopology) {
        let groups = Dictionary(
            topology.nodes.map { ($0.name, $0.group) }, uniquingKeysWith: { first, _ in first })
        // A node's own name, or the name of a group where no node has that name.
        let end: (String) -> End = { name in
            if groups[name] != nil { return .node(name) }
            return NodeGroup(rawValue: name).map { .group($0) } ?? .nobody
        }
        self.groups = groups
        links = topology.network.links.map { ((end($0.from), end($0.to)), $0.latency) }
        fallback = topology.network.latency
    }

    /// The one-way latency between two nodes: the most specific link, the later one among equals, else the default.
    public func latency(from sender: String, to receiver: String) -> Distribution {
        let (senderGroup, receiverGroup) = (groups[sender], groups[receiver])
        var best: (rank: Int, link: Int)?
        for (index, link) in links.enumerated() {
            for (first, second) in [link.ends, (link.ends.1, link.ends.0)] {
                guard let one = Self.rank(first, sender, senderGroup),
                    let other = Self.rank(second, receiver, receiverGroup), one + other >= best?.rank ?? 0
                else { continue }
                best = (one + other, index)
            }
        }
        return best.map { links[$0.link].latency } ?? fallback
    }

    /// How exactly an end means a node: 1 by its own name, 0 by its group's; nil: it doesn't.
    private static func rank(_ end: End, _ node: String, _ group: NodeGroup?) -> Int? {
        switch end {
        case .node(let name): name == node ? 1 : nil
        case .group(let name): name == group ? 0 : nil
        case .nobody: nil
        }
    }
}
