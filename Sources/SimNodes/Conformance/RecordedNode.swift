import Topology

/// A value of a recording's JSON, read with the types that the format promises.
///
/// What is missing or of another type throws a `ConfigurationError` with its place, cause and remedy.
package struct RecordedNode: Sendable {
    package let node: JSONNode
    /// The steps from the root of the file.
    package let path: [String]

    package init(_ node: JSONNode, path: [String] = []) {
        self.node = node
        self.path = path
    }

    /// The value under a key; nil when there is none, and when it is `null`.
    package subscript(key: String) -> RecordedNode? {
        guard let value = node[key] else { return nil }
        if case .null = value.value { return nil }
        return RecordedNode(value, path: path + [key])
    }

    /// Whether the key is there, be it with `null`.
    package func has(_ key: String) -> Bool { node[key] != nil }

    /// The value under a key that must be there.
    package func value(_ key: String) throws(ConfigurationError) -> RecordedNode {
        guard let value = node[key] else { throw error("\"\(key)\" is missing", "add \"\(key)\"") }
        return RecordedNode(value, path: path + [key])
    }

    /// The elements of an array.
    package func elements() throws(ConfigurationError) -> [RecordedNode] {
        guard case .array(let elements) = node.value else { throw mismatch("an array", "[…]") }
        return elements.enumerated().map { RecordedNode($0.element, path: path + ["\($0.offset)"]) }
    }

    /// The members of an object in the order of the file.
    package func members() throws(ConfigurationError) -> [(key: String, value: RecordedNode)] {
        guard case .object(let members) = node.value else { throw mismatch("an object", "{…}") }
        return members.map { ($0.key, RecordedNode($0.value, path: path + [$0.key])) }
    }

    /// A string.
    package func text() throws(ConfigurationError) -> String {
        guard let text = node.string else { throw mismatch("a string", "\"…\"") }
        return text
    }

    /// An integer.
    package func integer() throws(ConfigurationError) -> Int64 {
        guard case .integer(let number) = node.value else { throw mismatch("an integer", "7") }
        return Int64(number)
    }

    /// A truth value.
    package func flag() throws(ConfigurationError) -> Bool {
        guard case .bool(let flag) = node.value else { throw mismatch("true or false", "true") }
        return flag
    }

    /// An integer number of milliseconds, not negative.
    package func milliseconds() throws(ConfigurationError) -> TimeSpan {
        let number = try integer()
        guard number >= 0 else { throw error("a time can't be negative", "write 0 or more milliseconds") }
        return .milliseconds(number)
    }

    package func text(_ key: String) throws(ConfigurationError) -> String { try value(key).text() }
    package func integer(_ key: String) throws(ConfigurationError) -> Int64 { try value(key).integer() }
    package func flag(_ key: String) throws(ConfigurationError) -> Bool { try value(key).flag() }
    package func milliseconds(_ key: String) throws(ConfigurationError) -> TimeSpan { try value(key).milliseconds() }
    package func elements(_ key: String) throws(ConfigurationError) -> [RecordedNode] { try value(key).elements() }

    /// The flag under a key, false where it is absent.
    package func flagIfPresent(_ key: String) throws(ConfigurationError) -> Bool { try self[key]?.flag() ?? false }

    /// The elements read one by one; what is wrong with any of them is thrown together.
    package func map<Element>(
        _ read: (RecordedNode) throws(ConfigurationError) -> Element
    ) throws(ConfigurationErrors) -> [Element] {
        var result: [Element] = []
        var errors: [ConfigurationError] = []
        do throws(ConfigurationError) {
            for element in try elements() {
                do throws(ConfigurationError) { result.append(try read(element)) } catch { errors.append(error) }
            }
        } catch {
            errors.append(error)
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return result
    }

    /// An error at this value.
    package func error(_ cause: String, _ remedy: String) -> ConfigurationError {
        ConfigurationError(place: node.place, path: path, cause: cause, remedy: remedy, kind: .shape)
    }

    private func mismatch(_ expected: String, _ example: String) -> ConfigurationError {
        error("expected \(expected), found \(node.found)", "write \(example)")
    }
}

extension ConfigurationErrors {
    /// Runs a reading that stops at its first error.
    package static func single<Value>(
        _ read: () throws(ConfigurationError) -> Value
    ) throws(ConfigurationErrors) -> Value {
        do throws(ConfigurationError) { return try read() } catch { throw ConfigurationErrors([error]) }
    }
}
