/// A command on a stream.
package enum RedisStreamCommand: Sendable {
    case add(String, RedisStreamNewID, fields: [String], trim: RedisStreamTrim? = nil, createsKey: Bool = true)
    case length(String)
    case range(String, RedisStreamID, RedisStreamID, count: Int64? = nil, isReverse: Bool = false)
    case delete(String, [RedisStreamID])
    case trim(String, RedisStreamTrim)
    /// XGROUP CREATE; a nil start is `$`.
    case createGroup(String, String, start: RedisStreamID?, createsKey: Bool, entriesRead: Int64? = nil)
    case setGroupID(String, String, RedisStreamID?, entriesRead: Int64? = nil)
    case destroyGroup(String, String)
    case createConsumer(String, String, String)
    case deleteConsumer(String, String, String)
    /// XREAD.
    case read(RedisStreamPlainRead)
    case readGroup(RedisStreamRead)
    case acknowledge(String, String, [RedisStreamID])
    case pendingSummary(String, String)
    case pending(RedisStreamPendingQuery)
    case claim(RedisStreamClaim)
    case autoclaim(RedisStreamAutoclaim)
    /// XSETID.
    case setID(String, RedisStreamID, entriesAdded: Int64?, maxDeletedID: RedisStreamID?)
    /// XINFO STREAM without FULL.
    case info(String)
    /// XINFO GROUPS.
    case groupInfo(String)
    /// XINFO CONSUMERS.
    case consumerInfo(String, String)

    /// Whether the command is flagged WRITE.
    var isWrite: Bool {
        switch self {
        case .length, .range, .pendingSummary, .pending, .read, .info, .groupInfo, .consumerInfo: false
        default: true
        }
    }
}

/// The id that XADD is given.
package enum RedisStreamNewID: Hashable, Sendable {
    /// `*`.
    case automatic
    case explicit(RedisStreamID)
    /// `5-*`: that millisecond, and the next number in it.
    case sequenced(Int64)
}

/// How far XTRIM, or XADD, trims.
package struct RedisStreamTrim: Hashable, Sendable {
    package enum Bound: Hashable, Sendable {
        /// MAXLEN.
        case maxLength(Int64)
        /// MINID.
        case minID(RedisStreamID)
    }

    package var bound: Bound
    /// `~`: only as far as whole nodes can go.
    package var isApproximate: Bool
    /// LIMIT: at most that many entries go, with `~` only; nil is the default, 0 is none.
    package var limit: Int64?

    /// An exact trim unless told otherwise.
    package init(_ bound: Bound, isApproximate: Bool = false, limit: Int64? = nil) {
        self.bound = bound
        self.isApproximate = isApproximate
        self.limit = limit
    }

    var words: [String] {
        let (name, value) =
            switch bound {
            case .maxLength(let length): ("MAXLEN", String(length))
            case .minID(let id): ("MINID", id.description)
            }
        return [name] + (isApproximate ? ["~"] : []) + [value] + (limit.map { ["LIMIT", String($0)] } ?? [])
    }
}

/// XREAD.
package struct RedisStreamPlainRead: Hashable, Sendable {
    /// At most that many entries of each stream; nil is all.
    package var count: Int64?
    /// Milliseconds; 0 is for ever, nil does not block.
    package var block: Int64?
    /// The streams.
    package var keys: [String]
    /// One for each key: entries after that id; nil is `$`, what comes from now on.
    package var starts: [RedisStreamID?]

    /// A read of one stream.
    package init(_ key: String, after start: RedisStreamID?, count: Int64? = nil, block: Int64? = nil) {
        self.count = count
        self.block = block
        keys = [key]
        starts = [start]
    }
}

/// XREADGROUP.
package struct RedisStreamRead: Hashable, Sendable {
    /// The consumer group.
    package var group: String
    /// The consumer that gets the entries.
    package var consumer: String
    /// At most that many entries of each stream; nil is all.
    package var count: Int64?
    /// Milliseconds; 0 is for ever, nil does not block.
    package var block: Int64?
    /// NOACK: delivered is done.
    package var noAcknowledge = false
    /// The streams.
    package var keys: [String]
    /// One for each key.
    package var starts: [Start]

    /// Where a read of one stream begins.
    package enum Start: Hashable, Sendable {
        /// `>`: new entries.
        case new
        /// The consumer's own pending entries after that id.
        case after(RedisStreamID)
        /// What is no id; refused once the group is known to exist.
        case refused(RedisError)
    }

    /// A read of new entries of one stream.
    package init(
        _ key: String, group: String, consumer: String, count: Int64? = nil, block: Int64? = nil,
        after start: RedisStreamID? = nil
    ) {
        self.group = group
        self.consumer = consumer
        self.count = count
        self.block = block
        keys = [key]
        starts = [start.map { .after($0) } ?? .new]
    }
}

/// XPENDING with a range.
package struct RedisStreamPendingQuery: Hashable, Sendable {
    /// The stream.
    package var key: String
    /// The consumer group.
    package var group: String
    /// Only what was delivered at least that many milliseconds ago.
    package var minIdle: Int64 = 0
    /// The first id that counts.
    package var start = RedisStreamID.zero
    /// The last id that counts.
    package var end = RedisStreamID.greatest
    /// At most that many records.
    package var count: Int64
    /// Only this consumer's, if given.
    package var consumer: String?
}

/// XCLAIM.
package struct RedisStreamClaim: Hashable, Sendable {
    /// The stream.
    package var key: String
    /// The consumer group.
    package var group: String
    /// The consumer that gets the entries.
    package var consumer: String
    /// Only what was delivered at least that many milliseconds ago.
    package var minIdle: Int64
    /// The entries.
    package var ids: [RedisStreamID]
    /// JUSTID: answers ids only and counts no delivery.
    package var justIDs = false
    /// FORCE: also what nobody has pending.
    package var force = false
    /// The delivery time to record; now unless given.
    package var delivered = Delivered.now
    /// The number of deliveries to record (RETRYCOUNT).
    package var deliveries: Int64?
    /// LASTID: the group has been given everything up to there.
    package var lastID: RedisStreamID?

    /// The time of delivery that XCLAIM records.
    package enum Delivered: Hashable, Sendable {
        case now
        /// IDLE: that many milliseconds ago.
        case idle(Int64)
        /// TIME.
        case at(Int64)

        /// In milliseconds of the wall clock; what can't have been is now (t_stream.c `xclaimCommand`).
        func moment(at clock: Int64) -> Int64 {
            switch self {
            case .now: clock
            case .idle(let span): (0...clock).contains(span) ? clock - span : clock
            case .at(let moment): (0...clock).contains(moment) ? moment : clock
            }
        }
    }
}

/// XAUTOCLAIM.
package struct RedisStreamAutoclaim: Hashable, Sendable {
    /// The stream.
    package var key: String
    /// The consumer group.
    package var group: String
    /// The consumer that gets the entries.
    package var consumer: String
    /// Only what was delivered at least that many milliseconds ago.
    package var minIdle: Int64
    /// The first id that counts.
    package var start: RedisStreamID
    /// COUNT: how many records to return at most.
    package var count: Int64 = 100
    /// JUSTID: answers ids only and counts no delivery.
    package var justIDs = false
}
