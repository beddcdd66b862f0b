extension RedisStreamCommand {
    /// The words of the command as they would go over the wire.
    var words: [String] {
        switch self {
        case .add(let key, let id, let fields, let trim, let createsKey):
            let idWord: String
            switch id {
            case .automatic: idWord = "*"
            case .explicit(let id): idWord = id.description
            case .sequenced(let milliseconds): idWord = "\(milliseconds)-*"
            }
            return ["XADD", key] + (createsKey ? [] : ["NOMKSTREAM"]) + (trim?.words ?? []) + [idWord] + fields
        case .length(let key): return ["XLEN", key]
        case .range(let key, let start, let end, let count, let isReverse):
            let bounds = isReverse ? [end, start] : [start, end]
            return [isReverse ? "XREVRANGE" : "XRANGE", key] + bounds.map(\.description)
                + (count.map { ["COUNT", String($0)] } ?? [])
        case .delete(let key, let ids): return ["XDEL", key] + ids.map(\.description)
        case .trim(let key, let trim): return ["XTRIM", key] + trim.words
        case .acknowledge(let key, let group, let ids): return ["XACK", key, group] + ids.map(\.description)
        case .readGroup(let read): return read.words
        case .read(let read): return read.words
        case .setID(let key, let id, let added, let deleted):
            return ["XSETID", key, id.description] + (added.map { ["ENTRIESADDED", String($0)] } ?? [])
                + (deleted.map { ["MAXDELETEDID", $0.description] } ?? [])
        case .info(let key): return ["XINFO", "STREAM", key]
        case .groupInfo(let key): return ["XINFO", "GROUPS", key]
        case .consumerInfo(let key, let group): return ["XINFO", "CONSUMERS", key, group]
        case .pendingSummary(let key, let group): return ["XPENDING", key, group]
        case .pending(let query): return query.words
        case .claim(let claim): return claim.words
        case .autoclaim(let claim):
            return [
                "XAUTOCLAIM", claim.key, claim.group, claim.consumer, String(claim.minIdle), claim.start.description,
                "COUNT", String(claim.count),
            ] + (claim.justIDs ? ["JUSTID"] : [])
        default: return groupWords
        }
    }

    private var groupWords: [String] {
        switch self {
        case .createGroup(let key, let group, let start, let createsKey, let entriesRead):
            ["XGROUP", "CREATE", key, group, start?.description ?? "$"] + (createsKey ? ["MKSTREAM"] : [])
                + (entriesRead.map { ["ENTRIESREAD", String($0)] } ?? [])
        case .setGroupID(let key, let group, let id, let entriesRead):
            ["XGROUP", "SETID", key, group, id?.description ?? "$"]
                + (entriesRead.map { ["ENTRIESREAD", String($0)] } ?? [])
        case .destroyGroup(let key, let group): ["XGROUP", "DESTROY", key, group]
        case .createConsumer(let key, let group, let name): ["XGROUP", "CREATECONSUMER", key, group, name]
        case .deleteConsumer(let key, let group, let name): ["XGROUP", "DELCONSUMER", key, group, name]
        default: []
        }
    }
}

extension RedisStreamPlainRead {
    fileprivate var words: [String] {
        ["XREAD"] + (count.map { ["COUNT", String($0)] } ?? []) + (block.map { ["BLOCK", String($0)] } ?? [])
            + ["STREAMS"] + keys + starts.map { $0?.description ?? "$" }
    }
}

extension RedisStreamRead {
    fileprivate var words: [String] {
        var words = ["XREADGROUP", "GROUP", group, consumer]
        if let count { words += ["COUNT", String(count)] }
        if let block { words += ["BLOCK", String(block)] }
        if noAcknowledge { words.append("NOACK") }
        return words + ["STREAMS"] + keys + starts.map(\.word)
    }
}

extension RedisStreamRead.Start {
    fileprivate var word: String {
        switch self {
        case .new: ">"
        case .after(let id): id.description
        case .refused: "$"
        }
    }
}

extension RedisStreamPendingQuery {
    fileprivate var words: [String] {
        ["XPENDING", key, group] + (minIdle > 0 ? ["IDLE", String(minIdle)] : [])
            + [start.description, end.description, String(count)] + (consumer.map { [$0] } ?? [])
    }
}

extension RedisStreamClaim {
    fileprivate var words: [String] {
        var words = ["XCLAIM", key, group, consumer, String(minIdle)] + ids.map(\.description)
        switch delivered {
        case .now: break
        case .idle(let span): words += ["IDLE", String(span)]
        case .at(let moment): words += ["TIME", String(moment)]
        }
        if let deliveries { words += ["RETRYCOUNT", String(deliveries)] }
        if force { words.append("FORCE") }
        if justIDs { words.append("JUSTID") }
        if let lastID { words += ["LASTID", lastID.description] }
        return words
    }
}
