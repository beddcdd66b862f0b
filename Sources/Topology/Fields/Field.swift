/// One key of a configuration object.
///
/// This single declaration decides how the key is read, checked, written, described in the JSON Schema and
/// suggested for a misspelling. Its default is what `Root()` holds.
package struct Field<Root> {
    /// As it stands in the file; the property has the same name.
    package let key: String
    /// What the key means, in one sentence.
    package let about: String
    /// Whether leaving the key out is an error.
    package let isRequired: Bool
    /// A right value, as JSON, for the remedy of a missing key.
    let example: () -> String
    let decode: (JSONNode, inout ConfigurationDecoder, inout Root) -> Void
    /// Nil when the value is absent.
    let encode: (Root) -> JSONNode?
    let schema: (inout SchemaBuilder) -> JSONNode

    /// A key that reads into `path`.
    ///
    /// - Parameter loader: the type that the loader replaces by the field's own, where there is one (a file's name).
    init<Value: ConfigurationValue>(
        _ key: String, _ path: WritableKeyPath<Root, Value>, required isRequired: Bool = false,
        loading loader: (any ConfigurationValue.Type)? = nil, _ about: String
    ) where Root: Configurable {
        self.init(key, path, check: nil, isRequired: isRequired, loader: loader, about: about)
    }

    /// A key whose value lies in a range.
    init<Value: ConfigurationValue, Range: ValueRange>(
        _ key: String, _ path: WritableKeyPath<Root, Value>, _ range: Range, required isRequired: Bool = false,
        _ about: String
    ) where Root: Configurable, Range.Bound == Value {
        self.init(key, path, check: RangeCheck(range) { $0 }, isRequired: isRequired, loader: nil, about: about)
    }

    /// A key that may be absent, whose value lies in a range otherwise.
    init<Value: ConfigurationValue, Range: ValueRange>(
        _ key: String, _ path: WritableKeyPath<Root, Value?>, _ range: Range, _ about: String
    ) where Root: Configurable, Range.Bound == Value {
        self.init(key, path, check: RangeCheck(range) { $0 }, isRequired: false, loader: nil, about: about)
    }

    private init<Value: ConfigurationValue>(
        _ key: String, _ path: WritableKeyPath<Root, Value>, check: RangeCheck<Value>?, isRequired: Bool,
        loader: (any ConfigurationValue.Type)?, about: String
    ) where Root: Configurable {
        self.key = key
        self.about = about
        self.isRequired = isRequired
        example = { loader?.example ?? Value.example }
        decode = { node, decoder, root in
            guard let value = Value.decode(node, in: &decoder) else { return }
            if let check, let problem = check.problem(value) {
                decoder.fail(
                    at: node.place, "expected \(problem), found \(node.found)", remedy: "write a value in that range",
                    kind: check.keywords.isEmpty ? .meaning : .shape)
            } else {
                root[keyPath: path] = value
            }
        }
        encode = { root in
            let json = root[keyPath: path].json
            if case .null = json.value { return nil }
            return json
        }
        schema = { builder in
            var schema = Value.schema(in: &builder)
            if let loader { schema = ["anyOf": [loader.schema(in: &builder), schema]] }
            let preset = isRequired ? JSONNode(.null) : Root()[keyPath: path].json
            var extra = [JSONMember(key: "description", value: JSONNode(.string(about)))] + (check?.keywords ?? [])
            switch preset.value {
            // A section's defaults stand at its own fields.
            case .null, .object: break
            default: extra.append(JSONMember(key: "default", value: preset))
            }
            return JSONNode(.object(schema.members + extra))
        }
    }

    private init(
        key: String, about: String, isRequired: Bool, example: @escaping () -> String,
        decode: @escaping (JSONNode, inout ConfigurationDecoder, inout Root) -> Void,
        encode: @escaping (Root) -> JSONNode?, schema: @escaping (inout SchemaBuilder) -> JSONNode
    ) {
        (self.key, self.about, self.isRequired, self.example) = (key, about, isRequired, example)
        (self.decode, self.encode, self.schema) = (decode, encode, schema)
    }

    /// A key whose value is checked but not kept: the loader has dealt with it, or only editors read it.
    static func unkept<Value: ConfigurationValue>(_ key: String, _ type: Value.Type, _ about: String) -> Field {
        Field(
            key: key, about: about, isRequired: false, example: { Value.example },
            decode: { node, decoder, _ in _ = Value.decode(node, in: &decoder) }, encode: { _ in nil },
            schema: { builder in
                let schema = Value.schema(in: &builder)
                return JSONNode(.object(schema.members + [JSONMember(key: "description", value: "\(about)")]))
            })
    }

    /// The same key in an object that holds `Root` as a part of itself.
    func lifted<Whole>(_ part: WritableKeyPath<Whole, Root>) -> Field<Whole> {
        Field<Whole>(
            key: key, about: about, isRequired: isRequired, example: example,
            decode: { decode($0, &$1, &$2[keyPath: part]) }, encode: { encode($0[keyPath: part]) }, schema: schema)
    }
}

/// A range with a lowest and perhaps a highest value.
package protocol ValueRange {
    associatedtype Bound: Comparable & ConfigurationValue
    /// The range begins with this value.
    var lowest: Bound { get }
    /// The range ends with this value; nil: it has no end.
    var highest: Bound? { get }
}

extension ClosedRange: ValueRange where Bound: ConfigurationValue {
    package var lowest: Bound { lowerBound }
    package var highest: Bound? { upperBound }
}

extension PartialRangeFrom: ValueRange where Bound: ConfigurationValue {
    package var lowest: Bound { lowerBound }
    package var highest: Bound? { nil }
}

/// Whether a field's value lies in its range; an absent value always does.
private struct RangeCheck<Value> {
    let problem: (Value) -> String?
    /// The range in JSON Schema; empty for values that are texts there, such as durations.
    let keywords: [JSONMember]

    init<Range: ValueRange>(_ range: Range, unwrap: @escaping (Value) -> Range.Bound?) {
        let (low, high) = (range.lowest, range.highest)
        let words = high.map { "a value from \(low.json.text) to \($0.json.text)" } ?? "at least \(low.json.text)"
        problem = { value in
            guard let bound = unwrap(value) else { return nil }
            return bound < low || high.map { bound > $0 } == true ? words : nil
        }
        switch low.json.value {
        case .integer, .number:
            keywords =
                [JSONMember(key: "minimum", value: low.json)]
                + (high.map { [JSONMember(key: "maximum", value: $0.json)] } ?? [])
        default: keywords = []
        }
    }
}
