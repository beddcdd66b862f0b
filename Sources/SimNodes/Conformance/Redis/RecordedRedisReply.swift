import Topology

/// A reply as it was recorded, with placeholders for what no second run repeats.
indirect enum RecordedRedisReply: Sendable {
    /// A status or bulk string; `$id1` stands for the id of that name.
    case text(String)
    case integer(Int64)
    case null
    case array([RecordedRedisReply])
    /// An array whose order says nothing, as that of KEYS and SMEMBERS.
    case anyOrder([RecordedRedisReply])
    case error(String)
    /// Any integer of a range: remaining and idle times.
    case anyInteger(ClosedRange<Int64>)
    /// An id that the server made, and its name from here on.
    case streamID(String)

    init(reading value: RecordedNode) throws(ConfigurationError) {
        func list(_ value: RecordedNode) throws(ConfigurationError) -> [RecordedRedisReply] {
            var list: [RecordedRedisReply] = []
            for element in try value.elements() { list.append(try RecordedRedisReply(reading: element)) }
            return list
        }
        switch value.node.value {
        case .null: self = .null
        case .string(let text): self = .text(text)
        case .integer(let number): self = .integer(Int64(number))
        case .array: self = .array(try list(value))
        case .object:
            if let error = value["error"] {
                self = .error(try error.text())
            } else if let elements = value["any_order"] {
                self = .anyOrder(try list(elements))
            } else {
                self = try Self.placeholder(value)
            }
        default: throw value.error("\(value.node.found) is no reply", "write a string, an integer, null or an array")
        }
    }

    private static func placeholder(_ value: RecordedNode) throws(ConfigurationError) -> RecordedRedisReply {
        switch try value.text("any") {
        case "integer":
            let (least, greatest) = (try value.integer("min"), try value.integer("max"))
            guard least <= greatest else { throw value.error("no integer is in that range", "let min be the less") }
            return .anyInteger(least...greatest)
        case "stream_id": return .streamID(try value.text("as"))
        default: throw value.error("there is no such placeholder", "write \"integer\" or \"stream_id\"")
        }
    }
}

/// The ids that servers made in a replay, by the names that the recording gives them.
struct RedisReplayIDs {
    private var ids: [String: String] = [:]

    /// The word as this replay has it: `$id1`, and `($id1` for what lies beyond it, are replaced.
    func resolve(_ word: String) -> String {
        if let id = ids[word] { return id }
        if word.hasPrefix("("), let id = ids[String(word.dropFirst())] { return "(" + id }
        return word
    }

    /// Whether the reply is what was recorded; learns the ids that it names.
    mutating func matches(_ reply: RedisReply, _ expected: RecordedRedisReply) -> Bool {
        switch (reply, expected) {
        case (.status(let text), .text(let wanted)): return text == wanted
        case (.bulk(let text), .text(let wanted)): return text == resolve(wanted)
        case (.integer(let number), .integer(let wanted)): return number == wanted
        case (.integer(let number), .anyInteger(let range)): return range.contains(number)
        case (.null, .null): return true
        case (.error(let error), .error(let wanted)): return error.message == wanted
        case (.bulk(let text), .streamID(let name)): return learn(text, as: name)
        case (.array(let replies), .array(let wanted)):
            guard replies.count == wanted.count else { return false }
            for (reply, want) in zip(replies, wanted) where !matches(reply, want) { return false }
            return true
        case (.array(let replies), .anyOrder(let wanted)): return matchesAnyOrder(replies, wanted)
        default: return false
        }
    }

    private mutating func matchesAnyOrder(_ replies: [RedisReply], _ wanted: [RecordedRedisReply]) -> Bool {
        guard replies.count == wanted.count else { return false }
        var rest = replies
        for want in wanted {
            var copy = self
            guard let place = rest.firstIndex(where: { copy.matches($0, want) }) else { return false }
            self = copy
            rest.remove(at: place)
        }
        return true
    }

    /// Different names are different ids.
    private mutating func learn(_ id: String, as name: String) -> Bool {
        guard (try? RedisStreamID.parse(id)) != nil, id.contains("-"), !ids.values.contains(id) else { return false }
        ids[name] = id
        return true
    }
}

// MARK: As text

extension RecordedRedisReply: CustomStringConvertible {
    /// As the recording has it.
    var description: String {
        switch self {
        case .text(let text): JSONNode(.string(text)).text
        case .integer(let number): "\(number)"
        case .null: "null"
        case .array(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
        case .anyOrder(let elements): "in any order [\(elements.map(\.description).joined(separator: ", "))]"
        case .error(let text): "error \(JSONNode(.string(text)).text)"
        case .anyInteger(let range): "\(range.lowerBound)…\(range.upperBound)"
        case .streamID(let name): "the new id \(name)"
        }
    }
}

extension RedisReply {
    /// As a recording has it.
    var recorded: String {
        switch self {
        case .status(let text), .bulk(let text): JSONNode(.string(text)).text
        case .integer(let number): "\(number)"
        case .null: "null"
        case .array(let elements): "[\(elements.map(\.recorded).joined(separator: ", "))]"
        case .error(let error): "error \(JSONNode(.string(error.message)).text)"
        }
    }
}
