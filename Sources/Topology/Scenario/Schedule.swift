/// How what could happen in several orders is ordered: a hostile schedule finds what the likely one hides.
public enum Schedule: Hashable, Sendable {
    /// Events of one instant happen in the order in which they were scheduled.
    case asScheduled
    /// Events of one instant happen in random order; what one connection carries keeps its own.
    case randomTies
    /// Messages of some nodes are late, as if those got the processor or the network last.
    case priorities(PrioritySchedule)
}

extension Schedule: Union {
    package static var choices: [Choice<Schedule>] {
        [
            .word("as scheduled", .asScheduled, "Events of one instant happen in the order of their scheduling."),
            .word("random ties", .randomTies, "Events of one instant happen in random order."),
            .tag("priorities", "Messages of nodes of low priority are late.", Schedule.priorities) {
                if case .priorities(let priorities) = $0 { priorities } else { nil }
            },
        ]
    }
}

/// Priorities of nodes, with moments at which they change: the idea of probabilistic concurrency testing (Burckhardt
/// et al., ASPLOS 2010), where the lowest runs last, carried over to messages that take time.
public struct PrioritySchedule: Hashable, Sendable {
    /// Nodes of low priority, the lowest first; all others are on time.
    public var lowest: [String] = []
    /// How much later each message of the lowest arrives; of the next it is half of that, and so on.
    public var delay = TimeSpan.zero
    /// When which node becomes the lowest.
    public var changes: [PriorityChange] = []

    /// All nodes alike.
    public init() {}

    /// Nodes of low priority, the lowest first, and moments at which another becomes it.
    public init(lowest: [String], delay: TimeSpan, changes: [PriorityChange] = []) {
        (self.lowest, self.delay, self.changes) = (lowest, delay, changes)
    }
}

extension PrioritySchedule: Configurable {
    package static var fields: [Field<PrioritySchedule>] {
        [
            Field("lowest", \.lowest, "Nodes of low priority, the lowest first."),
            Field(
                "delay", \.delay, required: true,
                "How much later messages of the lowest node arrive; of the next, half of that, and so on."),
            Field("changes", \.changes, "Moments at which another node becomes the lowest."),
        ]
    }
}

/// A moment at which a node becomes the one of the lowest priority.
public struct PriorityChange: Hashable, Sendable {
    /// Counted from the opening of the sale.
    public var at = TimeSpan.zero
    /// The node that becomes the lowest.
    public var node = ""

    /// Nothing changes.
    public init() {}

    /// A node becomes the lowest.
    public init(at moment: TimeSpan, node: String) { (at, self.node) = (moment, node) }
}

extension PriorityChange: Configurable {
    package static var fields: [Field<PriorityChange>] {
        [
            Field("at", \.at, required: true, "When it happens, counted from the opening of the sale."),
            Field("node", \.node, required: true, "The node that becomes the one of the lowest priority."),
        ]
    }
}
