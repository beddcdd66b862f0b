/// The id of a stream entry: milliseconds and a number within the millisecond.
package struct RedisStreamID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds of the wall clock of the server that made it.
    package var milliseconds: Int64
    /// The number within the millisecond.
    package var sequence: Int64

    /// That number in that millisecond.
    package init(_ milliseconds: Int64, _ sequence: Int64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    static let zero = RedisStreamID(0, 0)
    static let greatest = RedisStreamID(.max, .max)

    /// `ms-seq`.
    package var description: String { "\(milliseconds)-\(sequence)" }

    /// By time, then number.
    package static func < (left: RedisStreamID, right: RedisStreamID) -> Bool {
        left.milliseconds != right.milliseconds
            ? left.milliseconds < right.milliseconds : left.sequence < right.sequence
    }

    /// The next id there can be.
    var next: RedisStreamID {
        sequence < .max ? RedisStreamID(milliseconds, sequence + 1) : RedisStreamID(milliseconds + 1, 0)
    }

    /// Reads `ms-seq` or `ms`, whose sequence is then `missing`.
    static func parse(_ text: String, missing: Int64 = 0) throws(RedisError) -> RedisStreamID {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let milliseconds = Int64(parts[0]), milliseconds >= 0,
            let sequence = parts.count == 1 ? missing : Int64(parts[1]), sequence >= 0
        else { throw .invalidStreamID }
        return RedisStreamID(milliseconds, sequence)
    }

    /// Reads one end of a range: `-`, `+`, an id, or `(id` for what lies beyond it.
    static func parseBound(_ text: String, isStart: Bool) throws(RedisError) -> RedisStreamID {
        switch text {
        case "-": return .zero
        case "+": return .greatest
        default: break
        }
        let isExclusive = text.hasPrefix("(")
        let id = try parse(isExclusive ? String(text.dropFirst()) : text, missing: isStart ? 0 : .max)
        guard isExclusive else { return id }
        if isStart { return id.next }
        if id.sequence > 0 { return RedisStreamID(id.milliseconds, id.sequence - 1) }
        guard id.milliseconds > 0 else { throw RedisError("ERR invalid end ID for the interval") }
        return RedisStreamID(id.milliseconds - 1, .max)
    }
}

extension RedisError {
    static let invalidStreamID = RedisError("ERR Invalid stream ID specified as stream command argument")
    static let streamIDTooSmall = RedisError(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item")
    static let streamIDZero = RedisError("ERR The ID specified in XADD must be greater than 0-0")
    static let busyGroup = RedisError("BUSYGROUP Consumer Group name already exists")
    static let groupNeedsKey = RedisError(
        "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM "
            + "option to create an empty stream automatically.")

    /// The refusal of XGROUP for a group that does not exist.
    static func noGroupForKey(_ key: String, _ group: String) -> RedisError {
        RedisError("NOGROUP No such consumer group '\(group)' for key name '\(key)'")
    }

    /// The refusal of a group that does not exist.
    static func noGroup(_ key: String, _ group: String, suffix: String = "") -> RedisError {
        RedisError("NOGROUP No such key '\(key)' or consumer group '\(group)'\(suffix)")
    }
}
