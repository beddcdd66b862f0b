import Topology

@testable import SimNodes

/// One scenario on its way through the pump.
struct RedisReplay {
    private let pump = RedisPump()
    private var open: [String: RedisClientID] = [:]
    private var opened = 0
    private(set) var streamIDs: [String: String] = [:]

    init(_ vector: RedisVector) {
        for (name, node) in vector.nodes {
            var configuration = RedisConfiguration()
            configuration.savePoints = []
            configuration.disklessSyncDelay = .zero
            if case .object(let options)? = node["options"] {
                for (option, value) in options { try! configuration.set(option, to: value.text!) }
            }
            pump.nodes[name] = RedisPump.Node(configuration: configuration, startsAsReplicaOf: node["of"]?.text)
        }
        for name in vector.nodes.keys.sorted() { pump.start(name) }
        for name in vector.nodes.keys.sorted() where vector.nodes[name]!["of"] != nil {
            precondition(pump.awaitCaughtUp(name))
        }
    }

    /// What nobody has read.
    var unread: [String] {
        open.compactMap { key, id in
            let connection = pump.connections[id]!
            let left = connection.replies + connection.pushes
            return left.isEmpty ? nil : "\(key): \(left)"
        }
    }

    /// Performs a step; says what differs from the recording.
    mutating func perform(_ step: RecordedValue) -> String? {
        if let milliseconds = step["sleep_ms"]?.integer {
            pump.advance(.milliseconds(milliseconds))
            return nil
        }
        if let node = step["node"]?.text, step["await"] != nil {
            return pump.awaitCaughtUp(node) ? nil : "\(node) does not catch up"
        }
        if let fault = step["fault"]?.text { return perform(fault, step) }
        if let push = step["push"] {
            let id = connection(push)
            guard !pump.connections[id]!.pushes.isEmpty else { return "no message" }
            return difference(pump.connections[id]!.pushes.removeFirst(), push["message"]!)
        }
        let id = connection(step)
        if let expected = step["resumes"] { return nextReply(id, expected) }
        guard let words = step["command"]?.array?.map({ $0.text! }) else { return "unknown step \(step)" }
        pump.send(words.map { streamIDs[$0] ?? $0 }, from: id)
        if step["blocks"] != nil {
            return pump.connections[id]!.replies.first.map { "\(words) answers \($0) instead of blocking" }
        }
        return nextReply(id, step["reply"]!).map { "\(words): \($0)" }
    }

    private mutating func nextReply(_ id: RedisClientID, _ expected: RecordedValue) -> String? {
        guard !pump.connections[id]!.replies.isEmpty else { return "no reply" }
        return difference(pump.connections[id]!.replies.removeFirst(), expected)
    }

    private mutating func connection(_ step: RecordedValue) -> RedisClientID {
        let node = step["node"]!.text!
        let key = "\(node)/\(step["conn"]!.text!)"
        if let id = open[key], pump.connections[id]!.isOpen { return id }
        opened += 1
        let id = RedisClientID(opened)
        open[key] = id
        pump.connect(id, to: node)
        return id
    }

    private func perform(_ fault: String, _ step: RecordedValue) -> String? {
        let node = step["node"]?.text ?? ""
        switch fault {
        case "kill": pump.kill(node)
        case "start": pump.start(node)
        case "pause": pump.pause(node)
        case "resume": pump.resume(node)
        case "promote": pump.replicate(node, of: nil)
        case "replicate": pump.replicate(node, of: step["of"]!.text!)
        case "cut_link": pump.cutLink(step["from"]!.text!, step["to"]!.text!)
        case "heal_link": pump.healLink(step["from"]!.text!, step["to"]!.text!)
        default: return "unknown fault \(fault)"
        }
        return nil
    }

    /// How a reply differs from the recorded one; nil when it does not.
    mutating func difference(_ reply: RedisReply, _ expected: RecordedValue) -> String? {
        let matches: Bool
        switch (reply, expected) {
        case (.integer(let number), .integer(let wanted)): matches = number == wanted
        case (.status(let text), .text(let wanted)), (.bulk(let text), .text(let wanted)):
            matches = text == streamIDs[wanted] ?? wanted
        case (.null, .null): matches = true
        case (.array(let replies), .array(let wanted)):
            guard replies.count == wanted.count else { return "\(reply) instead of \(expected)" }
            for (part, want) in zip(replies, wanted) {
                if let problem = difference(part, want) { return problem }
            }
            matches = true
        case (.error(let error), .object(let wanted)): matches = wanted["error"]?.text == error.message
        case (.integer(let number), .object(let wanted)):
            matches = number >= wanted["min"]?.integer ?? .max && number <= wanted["max"]?.integer ?? .min
        case (.bulk(let id), .object(let wanted)):
            guard let name = wanted["as"]?.text, id.contains("-") else { return "\(reply) instead of \(expected)" }
            streamIDs[name] = id
            matches = true
        default: matches = false
        }
        return matches ? nil : "\(reply) instead of \(expected)"
    }
}
