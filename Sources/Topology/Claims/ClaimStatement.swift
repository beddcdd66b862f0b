/// One place of a document that makes a claim.
public struct ClaimStatement: Hashable, Sendable {
    /// The document and the heading.
    public var source = ""
    /// What stands there.
    public var words = ""
    /// The figure in it, as short as it can be said; for tables.
    public var figure = ""
    /// The same as expectations; empty: the words give no figure.
    public var expect: [Expectation] = []
    /// How far a measured value may be from a figure that is given with "==", as a share of it; absent: not at all.
    public var within: Double?

    /// Nothing said.
    public init() {}
}

extension ClaimStatement: Configurable {
    package static var fields: [Field<ClaimStatement>] {
        [
            Field("source", \.source, required: true, "The document and the heading."),
            Field("words", \.words, required: true, "What stands there."),
            Field("figure", \.figure, required: true, "The figure in it, as short as it can be said."),
            Field("expect", \.expect, "The same as expectations; none where the words give no figure."),
            Field(
                "within", \.within, 0...1.0,
                "How far a measured value may be from a figure given with \"==\", as a share of it."),
        ]
    }

    package func review(_ node: JSONNode, in decoder: inout ConfigurationDecoder) {
        guard within != nil, !expect.contains(where: { $0.comparison == .equal }) else { return }
        decoder.reject(
            "within", of: node, "no expectation says what the value is to be near to",
            remedy: "remove it, or write an expectation with \"==\"")
    }
}
