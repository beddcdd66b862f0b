import Topology

/// One thing that happened to the system and that its architect would want to read about.
public struct Milestone: Hashable, Sendable {
    public enum Kind: String, Sendable {
        /// Injected by the scenario.
        case fault
        /// Something stopped working, or began to turn requests away.
        case breakage
        /// Something noticed, decided or repaired.
        case reaction
    }

    public let at: Instant
    public let kind: Kind
    /// The node that it happened to, or that saw it.
    public let node: String
    public let text: String
}

/// The notable events of a run, in order.
package final class Timeline: @unchecked Sendable {
    private unowned(unsafe) let universe: Universe
    private let story: Story?
    package private(set) var milestones: [Milestone] = []
    private var onceKeys: Set<String> = []

    init(universe: Universe, story: Story?) { (self.universe, self.story) = (universe, story) }

    package func note(_ kind: Milestone.Kind, _ node: String, _ text: String) {
        guard !universe.hasEnded else { return }
        milestones.append(Milestone(at: universe.now, kind: kind, node: node, text: text))
        story?.note(text, at: universe.now, node: node)
        var word = TraceDigest()
        word.mix(node)
        word.mix(text)
        universe.record(word.value)
    }

    /// Notes only the first of its kind: the first time-out, not each.
    package func noteOnce(_ kind: Milestone.Kind, _ node: String, key: String, _ text: @autoclosure () -> String) {
        guard onceKeys.insert("\(node)/\(key)").inserted else { return }
        note(kind, node, text())
    }
}
