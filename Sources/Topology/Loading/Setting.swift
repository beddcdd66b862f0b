/// One `--set path=value`.
struct Setting {
    private let argument: String
    private let path: [String]
    private let value: JSONNode?

    init(_ argument: String) {
        self.argument = argument
        let place = SourcePlace.setting(argument)
        guard let equals = argument.firstIndex(of: "=") else {
            (path, value) = ([], nil)
            return
        }
        let text = argument[argument.index(after: equals)...]
        var path = argument[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if let first = path.first, Self.topologyKeys.contains(first) { path.insert("topology", at: 0) }
        self.path = path
        // What is no JSON is a string: `faults.0.at=3s` needs no quotes.
        let parsed = try? JSONParser.parse(Array(text.utf8), file: "")
        value = (parsed ?? JSONNode(.string(String(text)))).placed(at: place)
    }

    private static let topologyKeys = Set(SystemTopology.fields.map(\.key)).subtracting(["$schema"])

    /// Whether it changes a part of the topology, rather than which topology there is.
    var isForTopology: Bool { path.count > 1 && path.first == "topology" }

    /// Puts the value into the tree.
    func apply(to tree: inout JSONNode, _ errors: inout [ConfigurationError]) {
        let place = SourcePlace.setting(argument)
        func fail(_ cause: String, _ remedy: String) {
            errors.append(ConfigurationError(place: place, path: path, cause: cause, remedy: remedy, kind: .meaning))
        }
        guard let value, !path.contains("") else {
            fail("expected path=value", "write for example --set workload.users=2000")
            return
        }
        guard path.count <= JSONParser.deepest else {
            fail("the path has \(path.count) steps", "shorten it")
            return
        }
        let known = Scenario.fields.map(\.key)
        guard let first = path.first, known.contains(first) else {
            fail(
                "unknown key \"\(path[0])\"", Suggestion.remedy(for: path[0], among: known + Self.topologyKeys.sorted())
            )
            return
        }
        if let problem = tree.set(path[...], to: value) {
            fail(problem, "use an index from 0 up, or set the whole array")
        }
    }
}

extension JSONNode {
    /// The same value with every part at one place.
    func placed(at place: SourcePlace) -> JSONNode {
        switch value {
        case .array(let elements): JSONNode(.array(elements.map { $0.placed(at: place) }), at: place)
        case .object(let members):
            JSONNode(
                .object(members.map { JSONMember(key: $0.key, place: place, value: $0.value.placed(at: place)) }),
                at: place)
        default: JSONNode(value, at: place)
        }
    }
}
