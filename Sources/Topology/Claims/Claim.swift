/// What the documents of a design promise, as something that runs can confirm or refute.
///
/// A file says what is stated, where, and in which situations it is measured; never what comes out.
public struct Claim: Hashable, Sendable {
    /// Its name in the ledger, such as R7.
    public var id = ""
    /// The design whose documents make it.
    public var design = ""
    /// What is claimed, in a few words.
    public var claim = ""
    /// What the documents say, place by place; two places may contradict each other.
    public var stated: [ClaimStatement] = []
    /// How the words are read where they leave it open, and why.
    public var reading: String?
    /// The scenario that the situations begin with: a file, relative to this one.
    public var scenario: String?
    /// What the situations that begin with it change in it.
    package var change = ScenarioPatch()
    /// Where it is measured.
    public var situations: [ClaimSituation] = []
    /// Why it can't be simulated; present: nothing is measured.
    public var outOfScope: String?

    /// No claim.
    public init() {}
}

extension Claim: Configurable {
    package static var fields: [Field<Claim>] {
        [
            .unkept("$schema", String.self, "The JSON Schema, for editors."),
            Field("id", \.id, required: true, "The name in the ledger, such as R7."),
            Field("design", \.design, required: true, "The design whose documents make the claim."),
            Field("claim", \.claim, required: true, "What is claimed, in a few words."),
            Field("stated", \.stated, required: true, "What the documents say, place by place."),
            Field("reading", \.reading, "How the words are read where they leave it open, and why."),
            Field("scenario", \.scenario, "The scenario that the situations begin with, relative to this."),
            Field("change", \.change, "What the situations change that begin with this scenario."),
            Field("situations", \.situations, "Where the claim is measured."),
            Field("outOfScope", \.outOfScope, "Why the claim can't be simulated; nothing is measured then."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        if id.isEmpty || id.contains(where: \.isWhitespace) {
            decoder.reject("id", of: node, "\(id.json.found) is no name of a claim", remedy: "write for example \"R7\"")
        }
        if design.isEmpty || design.contains(where: \.isWhitespace) {
            decoder.reject(
                "design", of: node, "\(design.json.found) is no name of a design",
                remedy: "write for example \"reference\"")
        }
        if stated.isEmpty {
            decoder.reject("stated", of: node, "nothing is stated", remedy: "quote the place that makes the claim")
        }
        if outOfScope != nil {
            guard !situations.isEmpty else { return }
            decoder.reject(
                "outOfScope", of: node, "a claim that is out of scope is not measured",
                remedy: "remove it, or the situations")
            return
        }
        if !situations.contains(where: { $0.role == .stated }) {
            decoder.reject(
                "situations", of: node, "the claim is measured nowhere where it is stated",
                remedy: "add a situation with \"role\": \"stated\", or say why it is \"outOfScope\"")
        }
        for index in situations.indices { review(situations[index], index, node["situations"], &decoder) }
    }

    /// What a situation says of others, and of the claim.
    private func review(
        _ situation: ClaimSituation, _ index: Int, _ nodes: JSONNode?, _ decoder: inout ConfigurationDecoder
    ) {
        guard let node = nodes?.elements[index] else { return }
        decoder.within("situations") { decoder in
            decoder.within(String(index)) { decoder in
                if situations[..<index].contains(where: { $0.name == situation.name }) {
                    decoder.reject(
                        "name", of: node, "two situations are named \(situation.name.json.text)",
                        remedy: "give it another name")
                }
                if scenario == nil, situation.scenario == nil {
                    decoder.reject(
                        "scenario", of: node, "neither the claim nor the situation names a scenario",
                        remedy: "add \"scenario\": \"../scenarios/normal.json\"")
                }
                if situation.role != .shown, situation.expect == nil, !stated.contains(where: { !$0.expect.isEmpty }) {
                    decoder.reject(
                        "expect", of: node, "nothing is expected", remedy: "add \"expect\" here or to what is stated")
                }
                if let other = situation.relativeTo { reviewReference(other, situation, node, &decoder) }
            }
        }
    }

    private func reviewReference(
        _ name: String, _ situation: ClaimSituation, _ node: JSONNode, _ decoder: inout ConfigurationDecoder
    ) {
        let others = situations.filter { $0.name != situation.name }
        guard let other = others.first(where: { $0.name == name }) else {
            decoder.reject(
                "relativeTo", of: node, "there is no other situation \(name.json.text)",
                remedy: Suggestion.remedy(for: name, among: others.map(\.name)))
            return
        }
        if other.relativeTo != nil {
            decoder.reject(
                "relativeTo", of: node, "\(name.json.text) is relative itself", remedy: "name one that is measured")
        }
        if situation.explore != nil || other.explore != nil {
            decoder.reject(
                "relativeTo", of: node, "variants of an exploration have nothing in common to be compared",
                remedy: "remove \"explore\" from both situations")
        }
    }
}
