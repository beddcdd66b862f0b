/// What exploration may change in a scenario: its author knows what the design promises to stand.
public struct ExploreSettings: Hashable, Sendable {
    /// Verbs of faults that may be drawn; absent: all.
    public var faults: [String]?
    /// Faults in one run.
    public var faultsAtMost = 3
    /// Nodes and groups that no drawn fault may hit.
    public var spare: [String] = []
    /// What else varies.
    public var vary: Set<ExploreAspect> = Set(ExploreAspect.allCases)
    /// Settings of the topology that take other values; none unless asked for, since a guard that is varied away
    /// makes a sound design unsound.
    public var policies: [PolicyVariation] = []

    /// Beside the verbs: faults at random sites inside the nodes.
    package static let randomFaults = "randomFaults"

    /// Every fault, timing and workload may vary; no policy does.
    public init() {}
}

extension ExploreSettings: Configurable {
    package static var fields: [Field<ExploreSettings>] {
        [
            Field("faults", \.faults, "Verbs of faults that may be drawn, and \"randomFaults\"; absent: all."),
            Field("faultsAtMost", \.faultsAtMost, 0...100, "How many faults are drawn for one run at most."),
            Field("spare", \.spare, "Nodes and groups that no drawn fault may hit."),
            Field("vary", \.vary, "What else varies from seed to seed."),
            Field("policies", \.policies, "Settings of the topology that take other values; absent: none."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        let known = FaultAction.verbs.map(\.name) + [Self.randomFaults]
        for (index, verb) in (faults ?? []).enumerated() where !known.contains(verb) {
            let place = node["faults"]?.elements[index].place ?? node.place
            decoder.within("faults") {
                $0.within(String(index)) {
                    $0.fail(
                        at: place, "there is no fault \"\(verb)\"", remedy: Suggestion.remedy(for: verb, among: known),
                        kind: .meaning)
                }
            }
        }
    }
}

/// A part of a scenario that exploration varies beside its faults.
public enum ExploreAspect: String, CaseIterable, Keyword {
    /// Who comes when and wants how much of what.
    case workload
    /// How long messages and work take.
    case timing
    /// Pools and limits.
    case sizes
    /// The order of what could happen in several orders.
    case schedule
}

/// A setting of the topology that takes one of several values.
public struct PolicyVariation: Hashable, Sendable {
    /// Its path, as `--set` takes it.
    public var set = ""
    /// The values, as `--set` takes them.
    public var to: [String] = []

    /// Nothing varies.
    public init() {}

    /// A setting and its values.
    public init(_ path: String, to values: [String]) { (set, to) = (path, values) }

    /// One of the values, as an argument of `--set`.
    package func argument(_ index: Int) -> String { "\(set)=\(to[index])" }
}

extension PolicyVariation: Configurable {
    package static var fields: [Field<PolicyVariation>] {
        [
            Field("set", \.set, required: true, "Path of the setting, such as \"purchase.lock.release\"."),
            Field("to", \.to, required: true, "The values that it takes."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if to.isEmpty {
            decoder.reject("to", of: node, "there is no value", remedy: "write for example [\"delete\"]")
        }
    }
}
