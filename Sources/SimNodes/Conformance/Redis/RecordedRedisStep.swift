import Topology

/// One step of a recording.
enum RecordedRedisStep: Sendable {
    /// A connection sends a command; a nil reply: it blocks.
    case command(End, [String], RecordedRedisReply?)
    /// The answer to the command that blocked.
    case resumes(End, RecordedRedisReply)
    /// The next thing a subscribed connection receives.
    case push(End, RecordedRedisReply)
    case sleep(TimeSpan)
    /// Until the replica has all that its master has.
    case caughtUp(String)
    case fault(Fault)

    /// A connection of a node.
    struct End: Hashable, Sendable, CustomStringConvertible {
        let node: String
        let connection: String
        var description: String { "\(node)/\(connection)" }
    }

    enum Fault: Sendable {
        case kill(String)
        case start(String)
        case pause(String)
        case resume(String)
        case promote(String)
        case replicate(String, of: String)
        case cut(String, String)
        case heal(String, String)
    }

    init(reading step: RecordedNode, nodes: [String]) throws(ConfigurationError) {
        /// The name of a node that there is.
        func node(_ key: String, of object: RecordedNode) throws(ConfigurationError) -> String {
            let value = try object.value(key)
            let name = try value.text()
            guard nodes.contains(name) else {
                throw value.error("there is no node \"\(name)\"", "name one of \(nodes.joined(separator: ", "))")
            }
            return name
        }
        func end(_ object: RecordedNode) throws(ConfigurationError) -> End {
            End(node: try node("node", of: object), connection: try object.text("conn"))
        }
        if let span = step["sleep_ms"] {
            self = .sleep(try span.milliseconds())
        } else if let push = step["push"] {
            self = .push(try end(push), try RecordedRedisReply(reading: push.value("message")))
        } else if let what = step["await"] {
            guard try what.text() == "replica_caught_up" else {
                throw what.error("nothing of that name can be awaited", "write \"replica_caught_up\"")
            }
            self = .caughtUp(try node("node", of: step))
        } else if let fault = step["fault"] {
            switch try fault.text() {
            case "kill": self = .fault(.kill(try node("node", of: step)))
            case "start": self = .fault(.start(try node("node", of: step)))
            case "pause": self = .fault(.pause(try node("node", of: step)))
            case "resume": self = .fault(.resume(try node("node", of: step)))
            case "promote": self = .fault(.promote(try node("node", of: step)))
            case "replicate": self = .fault(.replicate(try node("node", of: step), of: try node("of", of: step)))
            case "cut_link": self = .fault(.cut(try node("from", of: step), try node("to", of: step)))
            case "heal_link": self = .fault(.heal(try node("from", of: step), try node("to", of: step)))
            default: throw fault.error("there is no such fault", "kill, start, pause, resume, promote, … are")
            }
        } else if step.has("command") {
            var words: [String] = []
            for word in try step.elements("command") { words.append(try word.text()) }
            let blocks = try step.flagIfPresent("blocks")
            let reply = blocks ? nil : try RecordedRedisReply(reading: step.value("reply"))
            self = .command(try end(step), words, reply)
        } else if step.has("resumes") {
            self = .resumes(try end(step), try RecordedRedisReply(reading: step.value("resumes")))
        } else {
            throw step.error("this is no step of a Redis recording", "Tests/Fixtures/README.md lists the steps")
        }
    }
}
