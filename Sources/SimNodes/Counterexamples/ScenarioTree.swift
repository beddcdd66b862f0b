import Topology

/// A scenario as the JSON tree that would be written for it, with the edits that shrinking tries.
enum ScenarioTree {
    /// The shortest tree that reads back as this scenario: every member whose absence means the same is left out.
    static func shortest(_ scenario: Scenario) -> JSONNode {
        // A trace has no defaults worth leaving out, and thousands of members.
        var short = scenario
        if case .trace(let arrivals) = scenario.workload.arrive { short.workload.arrive = .trace([arrivals[0]]) }
        var tree = short.json
        // Outer members first: with a whole section goes everything in it.
        for path in memberPaths(of: tree).sorted(by: { $0.count < $1.count }) {
            var candidate = tree
            guard candidate.remove(path[...]) else { continue }
            if self.scenario(candidate) == short { tree = candidate }
        }
        guard case .trace = scenario.workload.arrive else { return tree }
        return tree.replacing(["workload", "arrive"], by: scenario.workload.arrive.json) ?? scenario.json
    }

    /// The scenario that a tree means; nil when the tree is none.
    static func scenario(_ tree: JSONNode) -> Scenario? {
        guard let scenario = try? ScenarioLoader.scenario(from: tree) else { return nil }
        return scenario
    }

    /// The paths of all members of all objects, in the order of the tree.
    static func memberPaths(of tree: JSONNode) -> [[String]] {
        var paths: [[String]] = []
        walk(tree, []) { node, path in
            for member in node.members { paths.append(path + [member.key]) }
        }
        return paths
    }

    /// The paths of all values that a test accepts.
    static func paths(of tree: JSONNode, where accepts: (JSONNode) -> Bool) -> [[String]] {
        var paths: [[String]] = []
        walk(tree, []) { node, path in
            if accepts(node) { paths.append(path) }
        }
        return paths
    }

    private static func walk(_ node: JSONNode, _ path: [String], visit: (JSONNode, [String]) -> Void) {
        visit(node, path)
        for member in node.members { walk(member.value, path + [member.key], visit: visit) }
        for (index, element) in node.elements.enumerated() { walk(element, path + [String(index)], visit: visit) }
    }
}

extension JSONNode {
    /// The value at the end of a path.
    func value(at path: some Sequence<String>) -> JSONNode? {
        var node = self
        for step in path {
            if let member = node[step] {
                node = member
            } else if let index = Int(step), node.elements.indices.contains(index) {
                node = node.elements[index]
            } else {
                return nil
            }
        }
        return node
    }

    /// The tree with another value at the end of a path; nil where there is no such place.
    func replacing(_ path: [String], by new: JSONNode) -> JSONNode? {
        var copy = self
        return copy.set(path[...], to: new) == nil ? copy : nil
    }
}
