/// The links of a topology, ready to be asked for the latency between two nodes.
public struct LatencyTable: Sendable {
    private let groups: [String: NodeGroup]
    private let network: NetworkSettings

    /// Looks up the groups of all nodes once.
    public init(_ topology: SystemTopology) {
        groups = Dictionary(topology.nodes.map { ($0.name, $0.group) }, uniquingKeysWith: { first, _ in first })
        network = topology.network
    }

    /// The one-way latency between two nodes: the most specific link, the later one among equals, else the default.
    public func latency(from sender: String, to receiver: String) -> Distribution {
        var best = (rank: -1, latency: network.latency)
        for link in network.links {
            for (first, second) in [(link.from, link.to), (link.to, link.from)]
            where isNamed(sender, by: first) && isNamed(receiver, by: second) {
                let rank = (first == sender ? 1 : 0) + (second == receiver ? 1 : 0)
                if rank >= best.rank { best = (rank, link.latency) }
            }
        }
        return best.latency
    }

    /// Whether a link's end means a node: by its own name, or by its group's where no node has that name.
    private func isNamed(_ node: String, by end: String) -> Bool {
        if end == node { return groups[node] != nil }
        return groups[end] == nil && groups[node]?.rawValue == end
    }
}
