// Names and flags: redis 7 src/commands/*.json.
extension RedisCommand {
    /// Whether the command is flagged WRITE: refused by read-only replicas and by `min-replicas-to-write`.
    package var isWrite: Bool {
        switch self {
        case .set, .setnx, .getset, .getdel, .append, .incr, .decr, .incrBy, .decrBy, .del, .delMany, .unlink,
            .expire, .persist, .flushall, .hset, .hsetnx, .hdel, .hincrBy, .sadd, .srem:
            true
        case .stream(let command):
            command.isWrite
        case .refused(let refusal):
            refusal.isWrite
        default:
            family?.has(.write) ?? false
        }
    }

    /// Whether a transaction queues the command instead of running it.
    var isQueuedInMulti: Bool {
        switch self {
        case .exec, .discard, .multi, .watch, .quit: false
        default: true
        }
    }

    /// Whether the command runs while the data set is being loaded.
    var isAllowedWhileLoading: Bool {
        switch self {
        case .info, .role, .multi, .exec, .discard, .watch, .unwatch, .select, .subscribe, .unsubscribe, .publish,
            .configGet, .configSet, .configRewrite, .clientKill, .lastsave, .quit, .echo:
            true
        default:
            family?.has(.loading) ?? false
        }
    }

    /// Whether a replica without its master runs the command although `replica-serve-stale-data` is off.
    var isAllowedWhenStale: Bool {
        switch self {
        case .replicaOf, .eval, .evalsha, .scriptLoad: true
        default: isAllowedWhileLoading
        }
    }

    /// Whether a connection with subscriptions (RESP2) may send the command.
    var isAllowedWhenSubscribed: Bool {
        switch self {
        case .ping, .subscribe, .unsubscribe, .quit, .connection(.patternSubscribe),
            .connection(.patternUnsubscribe):
            true
        case .refused(let refusal): refusal.words.first?.lowercased() == "ping"
        default: false
        }
    }

    /// Whether a script may call the command.
    var isAllowedInScripts: Bool {
        switch self {
        case .multi, .exec, .discard, .watch, .unwatch, .subscribe, .unsubscribe, .eval, .evalsha, .scriptLoad,
            .scriptExists, .scriptFlush, .scriptKill, .save, .clientKill, .configGet, .configSet, .configRewrite,
            .quit, .wait, .replicaOf, .getAck:
            false
        default:
            family.map { !$0.has(.noScript) } ?? true
        }
    }

    /// The name as error texts have it.
    ///
    /// That of a subcommand stands behind that of its command: `xgroup|create`.
    package var name: String {
        switch self {
        case .scriptLoad: "script|load"
        case .scriptExists: "script|exists"
        case .scriptFlush: "script|flush"
        case .scriptKill: "script|kill"
        case .clientKill: "client|kill"
        case .configGet: "config|get"
        case .configSet: "config|set"
        case .configRewrite: "config|rewrite"
        case .get: "get"
        case .exec: "exec"
        default: Self.name(words)
        }
    }

    /// The name that stands in the words of a command.
    static func name(_ words: [String]) -> String {
        guard let first = words.first?.lowercased() else { return "" }
        let hasSubcommand =
            ["xgroup", "xinfo", "script", "client", "config", "pubsub"].contains(first) && words.count > 1
        return hasSubcommand ? "\(first)|\(words[1].lowercased())" : first
    }
}
