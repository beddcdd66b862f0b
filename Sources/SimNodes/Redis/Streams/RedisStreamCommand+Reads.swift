// XREAD, XSETID and XINFO.
extension RedisStreamCommand {
    static func setID(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        let id = try RedisStreamID.parse(words[1])
        var rest = words.dropFirst(2)
        var entriesAdded: Int64?
        var maxDeletedID: RedisStreamID?
        while let word = rest.popFirst() {
            guard let value = rest.popFirst() else { throw .syntax }
            switch word.uppercased() {
            case "ENTRIESADDED":
                let count = try RedisCommand.integer(value)
                guard count >= 0 else { throw RedisError("ERR entries_added must be positive") }
                entriesAdded = count
            case "MAXDELETEDID":
                let deleted = try RedisStreamID.parse(value)
                guard id >= deleted else {
                    throw RedisError(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
                }
                maxDeletedID = deleted
            default: throw .syntax
            }
        }
        return .setID(words[0], id, entriesAdded: entriesAdded, maxDeletedID: maxDeletedID)
    }

    static func info(_ words: [String]) throws(RedisError) -> RedisStreamCommand {
        switch (words[0].uppercased(), words.count) {
        case ("STREAM", 2): return .info(words[1])
        case ("STREAM", _):
            if words[2].uppercased() == "FULL" { throw RedisError("ERR XINFO STREAM FULL is not modelled") }
            throw RedisError(
                "ERR unknown subcommand or wrong number of arguments for '\(words[0])'. Try XINFO HELP.")
        case ("GROUPS", 2): return .groupInfo(words[1])
        case ("CONSUMERS", 3): return .consumerInfo(words[1], words[2])
        default: throw RedisCommand.unknownSubcommand("XINFO", words[0])
        }
    }
}

extension RedisStreamPlainRead {
    /// XREAD (t_stream.c `xreadCommand`).
    init(words: [String]) throws(RedisError) {
        self.init("", after: nil)
        var rest = words[...]
        var streams: ArraySlice<String>?
        while streams == nil, let word = rest.popFirst() {
            switch word.uppercased() {
            case "COUNT" where !rest.isEmpty:
                let number = try RedisCommand.integer(rest.removeFirst())
                count = number > 0 ? number : nil
            case "BLOCK" where !rest.isEmpty:
                let timeout = try RedisCommand.integer(
                    rest.removeFirst(), or: "timeout is not an integer or out of range")
                guard timeout >= 0 else { throw .negativeTimeout }
                block = timeout
            case "GROUP" where rest.count > 1: throw Self.onlyForGroups("GROUP")
            case "NOACK": throw Self.onlyForGroups("NOACK")
            case "STREAMS" where !rest.isEmpty: streams = rest
            default: throw .syntax
            }
        }
        guard let streams else { throw .syntax }
        guard streams.count % 2 == 0 else {
            throw RedisError(
                "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.")
        }
        keys = Array(streams.prefix(streams.count / 2))
        starts = []
        for word in streams.suffix(streams.count / 2) {
            guard word != ">" else {
                throw RedisError(
                    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "
                        + "option.")
            }
            starts.append(word == "$" ? nil : try .parse(word))
        }
    }

    private static func onlyForGroups(_ option: String) -> RedisError {
        RedisError("ERR The \(option) option is only supported by XREADGROUP. You called XREAD instead.")
    }
}
