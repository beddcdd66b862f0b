/// A command about connections: patterns of channels, names, pauses, the handshake.
package enum RedisConnectionCommand: Sendable {
    case patternSubscribe([String])
    /// PUNSUBSCRIBE; no patterns are all.
    case patternUnsubscribe([String])
    /// PUBSUB CHANNELS that match a pattern.
    case channels(String?)
    /// PUBSUB NUMSUB.
    case subscriberCounts([String])
    /// PUBSUB NUMPAT.
    case patternCount
    case clientID
    /// CLIENT GETNAME.
    case clientName
    case setClientName(String)
    /// CLIENT PAUSE for that many milliseconds; of all commands, or only of those that write.
    case pause(Int64, writesOnly: Bool)
    case unpause
    /// HELLO in RESP2; with SETNAME the name of the client.
    case hello(name: String?)
    /// AUTH as the default user, who needs no password.
    case authenticate(String)
    case time
}

extension RedisConnectionCommand: RedisCommandFamily {
    static let traits: [String: RedisCommandTraits] = [
        "PSUBSCRIBE": .init(-2, .connection), "PUNSUBSCRIBE": .init(-1, .connection),
        "PUBSUB": .init(-2, [.loading, .stale]), "HELLO": .init(-1, .connection), "AUTH": .init(-2, .connection),
        "TIME": .init(1, [.loading, .stale]),
        // CLIENT is known to the parser, which has the one subcommand of no family.
        "CLIENT": .init(-2, .connection),
    ]

    init(_ name: String, _ words: [String]) throws(RedisError) {
        switch name {
        case "PSUBSCRIBE": self = .patternSubscribe(words)
        case "PUNSUBSCRIBE": self = .patternUnsubscribe(words)
        case "PUBSUB": self = try Self.pubsub(words)
        case "HELLO": self = try Self.hello(words)
        case "AUTH": self = try Self.authenticate(words)
        case "TIME": self = .time
        default: self = try Self.client(words)
        }
    }

    private static func pubsub(_ words: [String]) throws(RedisError) -> RedisConnectionCommand {
        switch (words[0].uppercased(), words.count) {
        case ("CHANNELS", 1): return .channels(nil)
        case ("CHANNELS", 2): return .channels(words[1])
        case ("CHANNELS", _):
            throw RedisError(
                "ERR unknown subcommand or wrong number of arguments for '\(words[0])'. Try PUBSUB HELP.")
        case ("NUMSUB", _): return .subscriberCounts(Array(words.dropFirst()))
        case ("NUMPAT", 1): return .patternCount
        default: throw RedisCommand.unknownSubcommand("PUBSUB", words[0])
        }
    }

    private static func client(_ words: [String]) throws(RedisError) -> RedisConnectionCommand {
        switch (words[0].uppercased(), words.count) {
        case ("ID", 1): return .clientID
        case ("GETNAME", 1): return .clientName
        case ("SETNAME", 2): return .setClientName(try name(words[1]))
        case ("UNPAUSE", 1): return .unpause
        case ("PAUSE", 2...3):
            let mode = words.count == 3 ? words[2].uppercased() : "ALL"
            guard mode == "ALL" || mode == "WRITE" else {
                throw RedisError("ERR CLIENT PAUSE mode must be WRITE or ALL")
            }
            let span = try RedisCommand.integer(words[1], or: "timeout is not an integer or out of range")
            guard span >= 0 else { throw .negativeTimeout }
            return .pause(span, writesOnly: mode == "WRITE")
        case ("PAUSE", _):
            throw RedisError(
                "ERR unknown subcommand or wrong number of arguments for '\(words[0])'. Try CLIENT HELP.")
        default: throw RedisCommand.unknownSubcommand("CLIENT", words[0])
        }
    }

    private static func name(_ word: String) throws(RedisError) -> String {
        guard word.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw RedisError("ERR Client names cannot contain spaces, newlines or special characters.")
        }
        return word
    }

    /// HELLO (networking.c `helloCommand`); of RESP3 the model knows nothing, and refuses it as an older server does.
    private static func hello(_ words: [String]) throws(RedisError) -> RedisConnectionCommand {
        guard let version = words.first else { return .hello(name: nil) }
        guard let number = RedisInteger.parse(version) else {
            throw RedisError("ERR Protocol version is not an integer or out of range")
        }
        guard number == 2 else { throw RedisError("NOPROTO unsupported protocol version") }
        var rest = words.dropFirst()
        var name: String?
        while let option = rest.popFirst() {
            if option.uppercased() == "AUTH", rest.count >= 2 {
                _ = try authenticate([rest.removeFirst(), rest.removeFirst()])
            } else if option.uppercased() == "SETNAME", let word = rest.popFirst() {
                name = try self.name(word)
            } else {
                throw RedisError("ERR Syntax error in HELLO option '\(option)'")
            }
        }
        return .hello(name: name)
    }

    private static func authenticate(_ words: [String]) throws(RedisError) -> RedisConnectionCommand {
        guard words.count <= 2 else { throw .syntax }
        guard words.count == 2 else {
            throw RedisError(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
                    + "configuration is correct?")
        }
        guard words[0] == "default" else {
            throw RedisError("WRONGPASS invalid username-password pair or user is disabled.")
        }
        return .authenticate(words[1])
    }

    var words: [String] {
        switch self {
        case .patternSubscribe(let patterns): ["PSUBSCRIBE"] + patterns
        case .patternUnsubscribe(let patterns): ["PUNSUBSCRIBE"] + patterns
        case .channels(let pattern): ["PUBSUB", "CHANNELS"] + (pattern.map { [$0] } ?? [])
        case .subscriberCounts(let channels): ["PUBSUB", "NUMSUB"] + channels
        case .patternCount: ["PUBSUB", "NUMPAT"]
        case .clientID: ["CLIENT", "ID"]
        case .clientName: ["CLIENT", "GETNAME"]
        case .setClientName(let name): ["CLIENT", "SETNAME", name]
        case .pause(let span, let writesOnly): ["CLIENT", "PAUSE", String(span), writesOnly ? "WRITE" : "ALL"]
        case .unpause: ["CLIENT", "UNPAUSE"]
        case .hello(let name): ["HELLO", "2"] + (name.map { ["SETNAME", $0] } ?? [])
        case .authenticate(let password): ["AUTH", "default", password]
        case .time: ["TIME"]
        }
    }
}
