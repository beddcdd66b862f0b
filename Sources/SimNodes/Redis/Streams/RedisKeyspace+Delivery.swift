extension RedisKeyspace {
    // MARK: XREADGROUP

    /// XREADGROUP; nil when it has to wait for entries.
    mutating func readGroup(_ read: RedisStreamRead) throws(RedisError) -> RedisReply? {
        for (key, start) in zip(read.keys, read.starts) {
            guard let stream = try stream(key), stream.group(read.group) != nil else {
                throw .noGroup(key, read.group, suffix: " in XREADGROUP with GROUP option")
            }
            if case .refused(let error) = start { throw error }
        }
        var served: [RedisReply] = []
        for (key, start) in zip(read.keys, read.starts) {
            let replies =
                if case .after(let id) = start { try readPending(key, read, after: id) } else { try readNew(key, read) }
            if let replies { served.append(.array([.bulk(key), .array(replies)])) }
        }
        if !served.isEmpty { return .array(served) }
        return read.block == nil ? .null : nil
    }

    /// `>`: what the group has not been given yet; nil when there is nothing.
    private mutating func readNew(_ key: String, _ read: RedisStreamRead) throws(RedisError) -> [RedisReply]? {
        let clock = clock
        var isNewConsumer = false
        var entriesRead: Int64?
        let taken = try withStream(key) { (stream: inout RedisStream) -> [(RedisStreamID, [String])] in
            guard let group = stream.group(read.group) else { return [] }
            var taken: [(RedisStreamID, [String])] = []
            let limit = read.count.map(Int.init) ?? .max
            stream.entries.forEach(from: stream.groups[group].lastDelivered.next) { id, fields in
                taken.append((id, fields))
                return taken.count < limit
            }
            guard !taken.isEmpty else { return [] }
            for (id, _) in taken { stream.deliver(id, to: group) }
            entriesRead = stream.groups[group].entriesRead.value
            isNewConsumer = stream.groups[group].see(read.consumer, at: clock)
            if !read.noAcknowledge {
                for (id, _) in taken {
                    stream.groups[group].pending[id] = .init(
                        consumer: read.consumer, deliveredAt: clock, deliveries: 1)
                }
            }
            return taken
        }
        guard let taken, let last = taken.last else { return nil }
        if isNewConsumer { noteNewConsumer(key, read) }
        if read.noAcknowledge {
            changedUnseen(as: .stream(.setGroupID(key, read.group, last.0, entriesRead: entriesRead ?? -1)))
        } else {
            for (id, _) in taken { propagateClaim(key, read.group, id, read.consumer, clock, 1, lastID: id) }
        }
        return taken.map { Self.entryReply($0.0, $0.1) }
    }

    /// Replicas are told of a new consumer only if no XCLAIM can come that makes it there
    /// (`streamPropagateConsumerCreation`); one that has read nothing but its empty history they never know.
    mutating func noteNewConsumer(_ key: String, _ read: RedisStreamRead) {
        if read.noAcknowledge {
            changedUnseen(as: .stream(.createConsumer(key, read.group, read.consumer)))
        } else {
            dirty += 1
        }
    }

    /// An id: the consumer's own pending entries after it; counts as another delivery, but not for replicas.
    private mutating func readPending(
        _ key: String, _ read: RedisStreamRead, after start: RedisStreamID
    ) throws(RedisError) -> [RedisReply]? {
        let clock = clock
        var isNewConsumer = false
        defer { if isNewConsumer { noteNewConsumer(key, read) } }
        return try withStream(key) { (stream: inout RedisStream) -> [RedisReply] in
            guard let group = stream.group(read.group) else { return [] }
            isNewConsumer = stream.groups[group].see(read.consumer, at: clock)
            var ids: [RedisStreamID] = []
            let limit = read.count.map(Int.init) ?? .max
            stream.groups[group].pending.forEach(from: start.next) { id, pending in
                if pending.consumer == read.consumer { ids.append(id) }
                return ids.count < limit
            }
            return ids.map { id in
                guard let fields = stream.entries[id] else { return Self.entryReply(id, nil) }
                stream.groups[group].pending[id]?.deliveredAt = clock
                stream.groups[group].pending[id]?.deliveries += 1
                return Self.entryReply(id, fields)
            }
        }
    }

    /// Tells replicas of a delivery, in the words of XCLAIM (`streamPropagateXCLAIM`).
    private mutating func propagateClaim(
        _ key: String, _ group: String, _ id: RedisStreamID, _ consumer: String, _ deliveredAt: Int64,
        _ deliveries: Int64, lastID: RedisStreamID
    ) {
        changedUnseen(
            as: .stream(
                .claim(
                    RedisStreamClaim(
                        key: key, group: group, consumer: consumer, minIdle: 0, ids: [id], justIDs: true, force: true,
                        delivered: .at(deliveredAt), deliveries: deliveries, lastID: lastID))))
    }

    // MARK: XCLAIM and XAUTOCLAIM

    /// What became of one id that was to be claimed.
    fileprivate enum Claimed {
        case moved(fields: [String], RedisStream.Pending)
        /// The entry is gone, and now its pending record too.
        case deleted(RedisStream.Pending)
        case untouched
    }

    mutating func claim(_ claim: RedisStreamClaim) throws(RedisError) -> RedisReply {
        guard let stream = try stream(claim.key), stream.group(claim.group) != nil else {
            throw .noGroup(claim.key, claim.group)
        }
        let (_, moved) = try take(claim, lastID: claim.lastID)
        return .array(moved.map { claim.justIDs ? .bulk($0.0.description) : Self.entryReply($0.0, $0.1) })
    }

    mutating func autoclaim(_ claim: RedisStreamAutoclaim) throws(RedisError) -> RedisReply {
        guard let stream = try stream(claim.key), let group = stream.group(claim.group) else {
            throw .noGroup(claim.key, claim.group)
        }
        // At most ten times as many records are looked at as are wanted.
        var candidates: [RedisStreamID] = []
        var wanted: [RedisStreamID] = []
        var cursor = RedisStreamID.zero
        stream.groups[group].pending.forEach(from: claim.start) { id, pending in
            guard candidates.count < claim.count * 10, wanted.count < claim.count else {
                cursor = id
                return false
            }
            candidates.append(id)
            if stream.entries[id] == nil || clock - pending.deliveredAt >= claim.minIdle { wanted.append(id) }
            return true
        }
        let request = RedisStreamClaim(
            key: claim.key, group: claim.group, consumer: claim.consumer, minIdle: claim.minIdle, ids: wanted,
            justIDs: claim.justIDs)
        let (deleted, moved) = try take(request, lastID: nil)
        return .array([
            .bulk(cursor.description),
            .array(moved.map { claim.justIDs ? .bulk($0.0.description) : Self.entryReply($0.0, $0.1) }),
            .bulks(deleted.map(\.description)),
        ])
    }

    /// Moves pending records to a consumer; returns the ids whose entries are gone, and what was moved.
    private mutating func take(
        _ claim: RedisStreamClaim, lastID: RedisStreamID?
    ) throws(RedisError) -> (deleted: [RedisStreamID], moved: [(RedisStreamID, [String])]) {
        let clock = clock
        var deleted: [RedisStreamID] = []
        var moved: [(RedisStreamID, [String])] = []
        let before = try stream(claim.key)?.lastDelivered(of: claim.group) ?? .zero
        let lastID = max(lastID ?? .zero, before)
        if lastID > before {
            _ = try withStream(claim.key) { (stream: inout RedisStream) in
                if let group = stream.group(claim.group) { stream.groups[group].lastDelivered = lastID }
            }
        }
        for id in claim.ids {
            let outcome = try withStream(claim.key) { (stream: inout RedisStream) -> Claimed in
                guard let group = stream.group(claim.group) else { return .untouched }
                return stream.take(id, in: group, claim, clock)
            }
            switch outcome {
            case .moved(let fields, let pending)?:
                moved.append((id, fields))
                propagateClaim(
                    claim.key, claim.group, id, claim.consumer, pending.deliveredAt, pending.deliveries,
                    lastID: lastID)
            case .deleted(let pending)?:
                deleted.append(id)
                propagateClaim(
                    claim.key, claim.group, id, pending.consumer, pending.deliveredAt, pending.deliveries,
                    lastID: lastID)
            case .untouched?, nil: break
            }
        }
        // Else the XCLAIMs tell it.
        if lastID > before, moved.isEmpty, deleted.isEmpty {
            let read = try stream(claim.key)?.entriesRead(by: claim.group)
            changedUnseen(as: .stream(.setGroupID(claim.key, claim.group, lastID, entriesRead: read ?? -1)))
        }
        return (deleted, moved)
    }
}

extension RedisStream {
    /// Moves one pending record, unless it is too young or there is none.
    fileprivate mutating func take(
        _ id: RedisStreamID, in group: Int, _ claim: RedisStreamClaim, _ clock: Int64
    ) -> RedisKeyspace.Claimed {
        let known = groups[group].pending[id]
        guard let fields = entries[id] else {
            guard let known else { return .untouched }
            groups[group].pending[id] = nil
            return .deleted(known)
        }
        guard known != nil || claim.force else { return .untouched }
        if let known, claim.minIdle > 0, clock - known.deliveredAt < claim.minIdle { return .untouched }
        _ = groups[group].see(claim.consumer, at: clock)
        // A record made by FORCE begins with one delivery; a negative RETRYCOUNT is none (t_stream.c `xclaimCommand`).
        let counted = (known?.deliveries ?? 1) + (claim.justIDs ? 0 : 1)
        let deliveries = claim.deliveries.flatMap { $0 >= 0 ? $0 : nil } ?? counted
        let pending = Pending(
            consumer: claim.consumer, deliveredAt: claim.delivered.moment(at: clock), deliveries: deliveries)
        groups[group].pending[id] = pending
        return .moved(fields: fields, pending)
    }
}
