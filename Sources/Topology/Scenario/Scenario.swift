/// One experiment: a system, its users, what goes wrong, and what is expected of it.
public struct Scenario: Hashable, Sendable {
    /// What the report is headed with.
    public var title = ""
    /// What it is for.
    public var about: String?
    /// Decides every random choice.
    public var seed = 1
    /// The system, overlays applied.
    public var topology = SystemTopology()
    /// The users.
    public var workload = Workload()
    /// What goes wrong.
    public var faults: [Fault] = []
    /// Bad luck inside the nodes; absent: none.
    public var randomFaults: RandomFaults?
    /// What must come out.
    public var expect: [Expectation] = []
    /// How long the system runs by itself before the sale opens: health checks and heartbeats get into their stride.
    public var opensAfter = TimeSpan.seconds(2)
    /// The virtual time at which the run is stopped if it has not ended.
    public var until = TimeSpan.seconds(600)
    /// After the last answer; what is still going on then is stuck (I7).
    public var rest = TimeSpan.seconds(120)
    /// In which order things happen that could happen in several.
    public var schedule = Schedule.asScheduled
    /// What `explore` may change.
    public var explore = ExploreSettings()

    /// A scenario without users in an empty system.
    public init() {}
}

extension Scenario: Configurable {
    package static var fields: [Field<Scenario>] {
        [
            .unkept("$schema", String.self, "The JSON Schema, for editors."),
            Field("title", \.title, "What the report is headed with."),
            Field("about", \.about, "What the scenario is for."),
            Field("seed", \.seed, 0...Int.max, "Decides every random choice."),
            Field(
                "topology", \.topology, required: true, loading: String.self,
                "The system: a topology file, relative to this one, or its content."),
            .unkept(
                "override", Overlay.self,
                "Parts of the topology that differ here: objects merge, everything else is replaced."),
            Field("workload", \.workload, required: true, "The users and what they want."),
            Field("faults", \.faults, "What goes wrong."),
            Field("randomFaults", \.randomFaults, "Bad luck inside the nodes, drawn at random; absent: none."),
            Field("expect", \.expect, "What must come out: \"metric op threshold\"."),
            Field(
                "opensAfter", \.opensAfter, TimeSpan.milliseconds(1)...,
                "How long the system runs by itself before the sale opens; times of faults count from then."),
            Field("until", \.until, TimeSpan.milliseconds(1)..., "Virtual time at which the run is stopped."),
            Field(
                "rest", \.rest, TimeSpan.milliseconds(1)...,
                "How long after the last answer everything must have come to rest; what still goes on is stuck (I7)."),
            Field("schedule", \.schedule, "The order of what could happen in several orders."),
            Field("explore", \.explore, "What exploration may change."),
        ]
    }
}
