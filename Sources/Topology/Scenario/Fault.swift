/// One thing that goes wrong: what, and when.
public struct Fault: Sendable {
    /// What happens.
    public var action: FaultAction
    /// When it happens.
    public var trigger: FaultTrigger
    /// Where it is written; not part of what it is.
    public var place: SourcePlace

    /// A fault made by code.
    public init(_ action: FaultAction, _ trigger: FaultTrigger, place: SourcePlace = .code) {
        (self.action, self.trigger, self.place) = (action, trigger, place)
    }
}

extension Fault: Hashable {
    public static func == (left: Fault, right: Fault) -> Bool {
        left.action == right.action && left.trigger == right.trigger
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(action)
        hasher.combine(trigger)
    }
}

extension Fault: ConfigurationValue {
    package static var expectation: String { "an object with a verb, such as \(example)" }
    package static var example: String { "{\"crash\": \"app1\", \"at\": \"3s\"}" }

    package static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Fault? {
        guard case .object(let members) = node.value else {
            decoder.mismatch(node, Fault.self)
            return nil
        }
        let verbs = FaultAction.verbs
        let named = members.filter { member in verbs.contains { $0.name == member.key } }
        guard named.count == 1, let verb = verbs.first(where: { $0.name == named[0].key }) else {
            let names = verbs.map { "\"\($0.name)\"" }.joined(separator: ", ")
            let guess = members.lazy.compactMap { Suggestion.nearest(to: $0.key, among: verbs.map(\.name)) }.first
            decoder.fail(
                at: named.count > 1 ? named[1].place : node.place,
                "expected exactly one of \(names), found \(named.count)",
                remedy: named.isEmpty
                    ? guess.map { "did you mean \"\($0)\"?" } ?? "write for example \(example)"
                    : "write one fault for each verb")
            return nil
        }
        return verb.decode(node, &decoder)
    }

    package var json: JSONNode {
        for verb in FaultAction.verbs {
            if let json = verb.encode(self) { return json }
        }
        return JSONNode(.null)
    }

    package static func schema(in builder: inout SchemaBuilder) -> JSONNode {
        builder.reference("Fault") { builder in
            ["oneOf": JSONNode(.array(FaultAction.verbs.map { $0.schema(&builder) }))]
        }
    }
}

/// One kind of fault in a file: its verb's fields and the trigger's beside each other in one object.
struct FaultVerb {
    let name: String
    let decode: (JSONNode, inout ConfigurationDecoder) -> Fault?
    /// Nil for faults of another kind.
    let encode: (Fault) -> JSONNode?
    let schema: (inout SchemaBuilder) -> JSONNode

    init<Action: FaultFamily>(
        _ make: @escaping (Action) -> FaultAction, _ take: @escaping (FaultAction) -> Action?
    ) {
        name = Action.verb
        decode = { node, decoder in
            guard let written = Written<Action>.decode(node, in: &decoder) else { return nil }
            guard let trigger = written.trigger.trigger else { return nil }
            return Fault(make(written.action), trigger, place: node.place)
        }
        encode = { fault in
            take(fault.action).map { Written(action: $0, trigger: WrittenTrigger(fault.trigger)).json }
        }
        schema = { $0.object(Written<Action>.fields) }
    }
}

private struct Written<Action: Configurable>: Configurable {
    var action = Action()
    var trigger = WrittenTrigger()

    static var fields: [Field<Self>] {
        Action.fields.map { $0.lifted(\.action) } + WrittenTrigger.fields.map { $0.lifted(\.trigger) }
    }

    func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        action.review(node, in: &decoder)
        trigger.review(node, in: &decoder)
    }
}
