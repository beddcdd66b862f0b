extension RedisKeyspace {
    /// XREAD; nil when it has to wait for entries.
    mutating func read(_ read: RedisStreamPlainRead) throws(RedisError) -> RedisReply? {
        var served: [RedisReply] = []
        let limit = read.count.map(Int.init) ?? .max
        for (key, start) in zip(read.keys, read.starts) {
            guard let stream = try stream(key), let start else { continue }
            var replies: [RedisReply] = []
            stream.entries.forEach(from: start.next) { id, fields in
                replies.append(Self.entryReply(id, fields))
                return replies.count < limit
            }
            if !replies.isEmpty { served.append(.array([.bulk(key), .array(replies)])) }
        }
        if !served.isEmpty { return .array(served) }
        return read.block == nil ? .null : nil
    }

    /// XSETID.
    mutating func setID(
        _ key: String, _ id: RedisStreamID, _ entriesAdded: Int64?, _ maxDeletedID: RedisStreamID?,
        _ command: RedisStreamCommand
    ) throws(RedisError) -> RedisReply {
        guard try stream(key) != nil else { throw .noSuchKey }
        _ = try withStream(key) { (stream: inout RedisStream) throws(RedisError) in
            if let last = stream.entries.last {
                guard id >= last else {
                    throw RedisError("ERR The ID specified in XSETID is smaller than the target stream top item")
                }
                if let entriesAdded, entriesAdded < Int64(stream.entries.count) {
                    throw RedisError(
                        "ERR The entries_added specified in XSETID is smaller than the target stream length")
                }
            }
            stream.lastID = id
            if let entriesAdded { stream.entriesAdded = entriesAdded }
            if let maxDeletedID, maxDeletedID != .zero { stream.maxDeletedID = maxDeletedID }
        }
        changed(key, as: .stream(command))
        return .ok
    }

    // MARK: XINFO

    /// XINFO STREAM; the number of nodes of the server's radix tree is that of ids without common beginnings.
    mutating func info(_ key: String) throws(RedisError) -> RedisReply {
        guard let stream = try stream(key) else { throw .noSuchKey }
        func entry(_ id: RedisStreamID?) -> RedisReply { id.map { Self.entryReply($0, stream.entries[$0]) } ?? .null }
        let nodes = stream.entries.count == 0 ? 0 : Int64(stream.nodes.count)
        return .array([
            .bulk("length"), .integer(Int64(stream.entries.count)),
            .bulk("radix-tree-keys"), .integer(nodes), .bulk("radix-tree-nodes"), .integer(nodes + 1),
            .bulk("last-generated-id"), .bulk(stream.lastID.description),
            .bulk("max-deleted-entry-id"), .bulk(stream.maxDeletedID.description),
            .bulk("entries-added"), .integer(stream.entriesAdded),
            .bulk("recorded-first-entry-id"), .bulk((stream.entries.first ?? .zero).description),
            .bulk("groups"), .integer(Int64(stream.groups.count)),
            .bulk("first-entry"), entry(stream.entries.first), .bulk("last-entry"), entry(stream.entries.last),
        ])
    }

    mutating func groupInfo(_ key: String) throws(RedisError) -> RedisReply {
        guard let stream = try stream(key) else { throw .noSuchKey }
        let groups = stream.groups.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return .array(
            groups.map { group in
                .array([
                    .bulk("name"), .bulk(group.name), .bulk("consumers"), .integer(Int64(group.consumers.count)),
                    .bulk("pending"), .integer(Int64(group.pending.count)),
                    .bulk("last-delivered-id"), .bulk(group.lastDelivered.description),
                    .bulk("entries-read"), group.entriesRead.value.map { .integer($0) } ?? .null,
                    .bulk("lag"), stream.lag(of: group).map { .integer($0) } ?? .null,
                ])
            })
    }

    mutating func consumerInfo(_ key: String, _ name: String) throws(RedisError) -> RedisReply {
        guard let stream = try stream(key) else { throw .noSuchKey }
        guard let group = stream.group(name).map({ stream.groups[$0] }) else { throw .noGroupForKey(key, name) }
        let clock = clock
        return .array(
            group.consumers.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { consumer in
                var pending: Int64 = 0
                group.pending.forEach(from: .zero) { _, record in
                    if record.consumer == consumer { pending += 1 }
                    return true
                }
                return .array([
                    .bulk("name"), .bulk(consumer), .bulk("pending"), .integer(pending),
                    .bulk("idle"), .integer(max(0, clock - (group.seen.value[consumer] ?? clock))),
                ])
            })
    }
}
