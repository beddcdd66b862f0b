extension RedisKeyspace {
    /// Runs a command on a stream; nil when a read has to wait.
    mutating func executeStream(_ command: RedisStreamCommand) throws(RedisError) -> RedisReply? {
        switch command {
        case .add(let key, let id, let fields, let trim, let createsKey):
            return try add(key, id, fields, trim, createsKey)
        case .length(let key): return .integer(Int64(try stream(key)?.entries.count ?? 0))
        case .range(let key, let start, let end, let count, let isReverse):
            return try range(key, start, end, count, isReverse)
        case .delete(let key, let ids): return try delete(key, ids)
        case .trim(let key, let trim):
            let done = try withStream(key) { (stream: inout RedisStream) in
                (removed: stream.trim(trim), trim: stream.exact(trim))
            }
            guard let done, done.removed > 0 else { return .integer(0) }
            changed(key, as: .stream(.trim(key, done.trim)), count: Int(done.removed))
            return .integer(done.removed)
        case .createGroup, .setGroupID, .destroyGroup, .createConsumer, .deleteConsumer:
            return try executeGroup(command)
        case .readGroup(let read): return try readGroup(read)
        case .read(let read): return try self.read(read)
        case .setID(let key, let id, let added, let deleted): return try setID(key, id, added, deleted, command)
        case .info(let key): return try info(key)
        case .groupInfo(let key): return try groupInfo(key)
        case .consumerInfo(let key, let group): return try consumerInfo(key, group)
        case .acknowledge(let key, let group, let ids): return try acknowledge(key, group, ids, command)
        case .pendingSummary(let key, let group): return try pendingSummary(key, group)
        case .pending(let query): return try pending(query)
        case .claim(let claim): return try self.claim(claim)
        case .autoclaim(let claim): return try autoclaim(claim)
        }
    }

    func stream(at slot: Int) throws(RedisError) -> RedisStream {
        guard case .stream(let stream) = value(at: slot) else { throw .wrongType }
        return stream
    }

    mutating func stream(_ key: String) throws(RedisError) -> RedisStream? {
        guard let slot = slot(of: key) else { return nil }
        return try stream(at: slot)
    }

    /// Hands the stream to `change` without copying it; nil if there is none.
    mutating func withStream<Result>(
        _ key: String, _ change: (inout RedisStream) throws(RedisError) -> Result
    ) throws(RedisError) -> Result? {
        guard let slot = slot(of: key) else { return nil }
        guard case .stream = value(at: slot) else { throw .wrongType }
        guard case .stream(var stream) = take(slot) else { return nil }
        defer { put(.stream(stream), at: slot) }
        return try change(&stream)
    }

    /// The reply for one entry; one that is gone has null for fields.
    static func entryReply(_ id: RedisStreamID, _ fields: [String]?) -> RedisReply {
        .array([.bulk(id.description), fields.map { .bulks($0) } ?? .null])
    }

    // MARK: Entries

    private mutating func add(
        _ key: String, _ newID: RedisStreamNewID, _ fields: [String], _ trim: RedisStreamTrim?, _ createsKey: Bool
    ) throws(RedisError) -> RedisReply {
        if slot(of: key) == nil {
            guard createsKey else { return .null }
            insert(key, .stream(RedisStream()))
        }
        let clock = clock
        var trim = trim
        let added = try withStream(key) { (stream: inout RedisStream) throws(RedisError) -> RedisStreamID in
            let id: RedisStreamID
            switch newID {
            case .automatic:
                id = clock > stream.lastID.milliseconds ? RedisStreamID(clock, 0) : stream.lastID.next
            case .explicit(let given):
                guard given > stream.lastID else { throw .streamIDTooSmall }
                id = given
            case .sequenced(let milliseconds):
                let last = stream.lastID
                let isSame = milliseconds == last.milliseconds
                guard isSame ? last.sequence < .max : milliseconds > last.milliseconds else {
                    throw .streamIDTooSmall
                }
                id = RedisStreamID(milliseconds, isSame ? last.sequence + 1 : 0)
            }
            stream.append(id, fields)
            if let wanted = trim {
                _ = stream.trim(wanted)
                trim = stream.exact(wanted)
            }
            return id
        }
        guard let id = added else { return .null }
        changed(key, as: .stream(.add(key, .explicit(id), fields: fields, trim: trim, createsKey: createsKey)))
        readyKeys.append(key)
        return .bulk(id.description)
    }

    private mutating func range(
        _ key: String, _ start: RedisStreamID, _ end: RedisStreamID, _ count: Int64?, _ isReverse: Bool
    ) throws(RedisError) -> RedisReply {
        guard let stream = try stream(key) else { return .array([]) }
        var replies: [RedisReply] = []
        let limit = count.map(Int.init) ?? .max
        guard limit > 0 else { return .null }
        stream.entries.forEach(from: start, to: end) { id, fields in
            replies.append(Self.entryReply(id, fields))
            return isReverse || replies.count < limit
        }
        return .array(isReverse ? Array(replies.reversed().prefix(limit)) : replies)
    }

    private mutating func delete(_ key: String, _ ids: [RedisStreamID]) throws(RedisError) -> RedisReply {
        let removed = try withStream(key) { (stream: inout RedisStream) -> Int64 in
            var removed: Int64 = 0
            for id in ids where stream.entries[id] != nil {
                stream.entries[id] = nil
                stream.maxDeletedID = max(stream.maxDeletedID, id)
                removed += 1
            }
            return removed
        }
        guard let removed, removed > 0 else { return .integer(0) }
        changed(key, as: .stream(.delete(key, ids)), count: Int(removed))
        return .integer(removed)
    }

    // MARK: Groups

    private mutating func executeGroup(_ command: RedisStreamCommand) throws(RedisError) -> RedisReply {
        if case .createGroup(let key, let name, let start, let createsKey, let read) = command {
            return try createGroup(key, name, start, createsKey, read, command)
        }
        let (key, name) = command.groupNames
        guard let stream = try stream(key) else { throw .groupNeedsKey }
        guard let index = stream.group(name) else {
            if case .destroyGroup = command { return .integer(0) }
            throw .noGroupForKey(key, name)
        }
        let clock = clock
        let reply = try withStream(key) { (stream: inout RedisStream) -> RedisReply in
            stream.change(index, by: command, at: clock)
        }
        changedUnseen(as: .stream(command))
        // Who waits in the group is told that it is gone.
        if case .destroyGroup = command { readyKeys.append(key) }
        return reply ?? .integer(0)
    }

    private mutating func createGroup(
        _ key: String, _ name: String, _ start: RedisStreamID?, _ createsKey: Bool, _ entriesRead: Int64?,
        _ command: RedisStreamCommand
    ) throws(RedisError) -> RedisReply {
        if try stream(key) == nil {
            guard createsKey else { throw .groupNeedsKey }
            insert(key, .stream(RedisStream()))
            if recordsTouched { touched.append(key) }
        }
        _ = try withStream(key) { (stream: inout RedisStream) throws(RedisError) in
            guard stream.group(name) == nil else { throw .busyGroup }
            stream.groups.append(
                .init(
                    name: name, lastDelivered: start ?? stream.lastID,
                    entriesRead: RedisLocal(entriesRead == -1 ? nil : entriesRead)))
        }
        changedUnseen(as: .stream(command))
        return .ok
    }

    private mutating func acknowledge(
        _ key: String, _ name: String, _ ids: [RedisStreamID], _ command: RedisStreamCommand
    ) throws(RedisError) -> RedisReply {
        let removed = try withStream(key) { (stream: inout RedisStream) -> Int64 in
            guard let group = stream.group(name) else { return 0 }
            var removed: Int64 = 0
            for id in ids where stream.groups[group].pending[id] != nil {
                stream.groups[group].pending[id] = nil
                removed += 1
            }
            return removed
        }
        guard let removed, removed > 0 else { return .integer(0) }
        changedUnseen(as: .stream(command), count: Int(removed))
        return .integer(removed)
    }

    // MARK: Pending

    private mutating func group(_ key: String, _ name: String) throws(RedisError) -> RedisStream.Group {
        guard let stream = try stream(key), let index = stream.group(name) else { throw .noGroup(key, name) }
        return stream.groups[index]
    }

    private mutating func pendingSummary(_ key: String, _ name: String) throws(RedisError) -> RedisReply {
        let group = try group(key, name)
        guard let first = group.pending.first, let last = group.pending.last else {
            return .array([.integer(0), .null, .null, .null])
        }
        var counts: [String: Int] = [:]
        group.pending.forEach(from: .zero) { _, pending in
            counts[pending.consumer, default: 0] += 1
            return true
        }
        let consumers = counts.keys.sorted().map { RedisReply.bulks([$0, String(counts[$0] ?? 0)]) }
        return .array([
            .integer(Int64(group.pending.count)), .bulk(first.description), .bulk(last.description),
            .array(consumers),
        ])
    }

    private mutating func pending(_ query: RedisStreamPendingQuery) throws(RedisError) -> RedisReply {
        let group = try group(query.key, query.group)
        var replies: [RedisReply] = []
        guard query.count > 0 else { return .array([]) }
        group.pending.forEach(from: query.start, to: query.end) { id, pending in
            let idle = max(0, clock - pending.deliveredAt)
            if idle >= query.minIdle, query.consumer == nil || query.consumer == pending.consumer {
                replies.append(
                    .array([
                        .bulk(id.description), .bulk(pending.consumer), .integer(idle), .integer(pending.deliveries),
                    ]))
            }
            return replies.count < query.count
        }
        return .array(replies)
    }
}

extension RedisStreamCommand {
    /// The key and the group of an XGROUP command.
    fileprivate var groupNames: (key: String, group: String) {
        switch self {
        case .setGroupID(let key, let group, _, _), .destroyGroup(let key, let group),
            .createConsumer(let key, let group, _), .deleteConsumer(let key, let group, _):
            (key, group)
        default: ("", "")
        }
    }
}

extension RedisStream {
    /// XGROUP on a group that exists.
    fileprivate mutating func change(_ index: Int, by command: RedisStreamCommand, at clock: Int64) -> RedisReply {
        switch command {
        case .setGroupID(_, _, let id, let read):
            groups[index].lastDelivered = id ?? lastID
            groups[index].entriesRead.value = read == -1 ? nil : read
            return .ok
        case .destroyGroup:
            groups.remove(at: index)
            return .integer(1)
        case .createConsumer(_, _, let name):
            return .flag(groups[index].addConsumer(name, at: clock))
        case .deleteConsumer(_, _, let name):
            return .integer(groups[index].removeConsumer(name))
        default: return .null
        }
    }
}

extension RedisStream.Group {
    /// Adds a consumer and says whether it is a new one.
    mutating func addConsumer(_ name: String, at clock: Int64) -> Bool {
        guard !consumers.contains(name) else { return false }
        consumers.append(name)
        seen.value[name] = clock
        return true
    }

    /// Notes that a consumer, new or not, has got something; says whether it is new.
    mutating func see(_ name: String, at clock: Int64) -> Bool {
        if addConsumer(name, at: clock) { return true }
        seen.value[name] = clock
        return false
    }

    /// Removes a consumer with all it had pending; returns how much that was.
    fileprivate mutating func removeConsumer(_ name: String) -> Int64 {
        guard let index = consumers.firstIndex(of: name) else { return 0 }
        consumers.remove(at: index)
        seen.value[name] = nil
        let lost = pending.liveIDs.filter { pending[$0]?.consumer == name }
        for id in lost { pending[id] = nil }
        return Int64(lost.count)
    }
}
