/// A bug that teams really ship, as a choice among policies: never as code that only exists to be wrong.
///
/// Two scenarios differ in that choice alone; one must break the invariant that watches over it, the other keeps all.
public struct Defect: Hashable, Sendable {
    /// Its number in the catalogue of named bugs; stable, with gaps.
    public var number = 0
    /// Its name there.
    public var name = ""
    /// The interleaving that makes it hurt, in a sentence or two.
    public var story = ""
    /// The scenario that both sides begin with: a file, relative to this one.
    package var scenario = ""
    /// What makes the layer in question decide, and the fault that it takes.
    package var common = ScenarioPatch()
    /// The choice that is the bug.
    package var defect = ScenarioPatch()
    /// The choice that prevents it.
    package var sound = ScenarioPatch()
    /// The fault that it takes, for people; absent: concurrency alone.
    public var needs: String?
    /// The invariants of which one must catch it.
    public var caughtBy: [String] = []
    /// Invariants that the sound side breaks as well, and why that can't be helped.
    public var beside = Excuses()

    /// No defect.
    public init() {}

    /// The invariants that a defect can be caught by, as reports name them.
    package static let invariants = (1...9).map { "I\($0)" } + ["LIN"]
}

extension Defect: Configurable {
    package static var fields: [Field<Defect>] {
        [
            .unkept("$schema", String.self, "The JSON Schema, for editors."),
            Field("number", \.number, 1...9_999, required: true, "The number in the catalogue of named bugs."),
            Field("name", \.name, required: true, "The name in the catalogue of named bugs."),
            Field("story", \.story, required: true, "The interleaving that makes it hurt."),
            Field("scenario", \.scenario, required: true, "The scenario that both sides begin with, relative to this."),
            Field("common", \.common, "What both sides change: the deciding layer, and the fault."),
            Field("defect", \.defect, required: true, "The choice that is the bug."),
            Field("sound", \.sound, required: true, "The choice that prevents it."),
            Field("needs", \.needs, "The fault that it takes, for people; absent: concurrency alone."),
            Field("caughtBy", \.caughtBy, required: true, "The invariants of which one must catch it."),
            Field("beside", \.beside, "Invariants that the sound side breaks too, and why that can't be helped."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if caughtBy.isEmpty {
            decoder.reject("caughtBy", of: node, "nothing catches it", remedy: "name an invariant, such as \"I1\"")
        }
        for (index, id) in caughtBy.enumerated() where !Self.invariants.contains(id) {
            let place = node["caughtBy"]?.elements[index].place ?? node.place
            decoder.within("caughtBy") {
                $0.within(String(index)) { $0.rejectInvariant(id, at: place) }
            }
        }
        for excuse in beside.all where caughtBy.contains(excuse.invariant) {
            decoder.reject(
                "beside", of: node, "the sound side may break \(excuse.invariant), by which the defect is to be caught",
                remedy: "change the common part so that the sound side keeps it")
        }
    }
}

/// A JSON merge patch (RFC 7396, but `null` is kept: it takes an optional section away) on a scenario.
package struct ScenarioPatch: Hashable, ConfigurationValue {
    package static let expectation = "an object with the parts of the scenario that differ"
    package static let example = "{\"override\": {\"purchase\": {\"lock\": {\"release\": \"delete\"}}}}"

    /// What it says is checked where it is laid over the scenario.
    package var json: JSONNode = [:]

    /// Changes nothing.
    package init() {}

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> ScenarioPatch? {
        guard case .object = node.value else {
            decoder.mismatch(node, ScenarioPatch.self)
            return nil
        }
        var patch = ScenarioPatch()
        patch.json = node
        return patch
    }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode { ["type": "object"] }

    package static func == (left: ScenarioPatch, right: ScenarioPatch) -> Bool { left.json == right.json }

    package func hash(into hasher: inout Hasher) { hasher.combine(json.text) }
}

/// Invariants with the reason why each can't be kept.
public struct Excuses: Hashable, Sendable {
    /// An invariant, and why it breaks.
    public struct Excuse: Hashable, Sendable {
        public var invariant: String
        public var why: String
    }

    /// In the order of the file.
    public var all: [Excuse] = []

    /// None.
    public init() {}

    /// Why this invariant may break; nil when it may not.
    public subscript(invariant: String) -> String? { all.first { $0.invariant == invariant }?.why }
}

extension Excuses: ConfigurationValue {
    package static let expectation = "an object of invariants with reasons"
    package static let example = "{\"I4\": \"why it can't be helped\"}"

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Excuses? {
        guard case .object(let members) = node.value else {
            decoder.mismatch(node, Excuses.self)
            return nil
        }
        var excuses = Excuses()
        for member in members {
            decoder.within(member.key) { decoder in
                if !Defect.invariants.contains(member.key) {
                    decoder.rejectInvariant(member.key, at: member.place)
                } else if let why = String.decode(member.value, in: &decoder) {
                    excuses.all.append(Excuse(invariant: member.key, why: why))
                }
            }
        }
        return excuses.all.count == members.count ? excuses : nil
    }

    package var json: JSONNode {
        JSONNode(.object(all.map { JSONMember(key: $0.invariant, value: JSONNode(.string($0.why))) }))
    }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        let names = Defect.invariants.map { JSONMember(key: $0, value: ["type": "string", "description": "Why."]) }
        return [
            "type": "object", "properties": JSONNode(.object(names)), "additionalProperties": false,
        ]
    }
}

extension ConfigurationDecoder {
    fileprivate mutating func rejectInvariant(_ id: String, at place: SourcePlace) {
        fail(
            at: place, "there is no invariant \"\(id)\"", remedy: Suggestion.remedy(for: id, among: Defect.invariants))
    }
}
