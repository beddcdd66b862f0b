/// The value of `override`: any object; what it says is checked where the loader has laid it over the topology.
struct Overlay: ConfigurationValue {
    static let expectation = "an object with the parts of the topology that differ"
    static let example = "{\"mysql\": {\"maxConnections\": 100}}"

    static func decode(_ node: JSONNode, in decoder: inout ConfigurationDecoder) -> Overlay? {
        if case .object = node.value { return Overlay() }
        decoder.mismatch(node, Overlay.self)
        return nil
    }

    var json: JSONNode { [:] }
    static func schema(in builder: inout SchemaBuilder) -> JSONNode { ["type": "object"] }
}
