extension RedisKeyspace {
    /// GET.
    @inline(__always)
    mutating func get(_ key: String) throws(RedisError) -> RedisReply {
        guard let slot = slot(of: key) else { return .null }
        switch slots[slot].value {
        case .integer(let number): return .bulk(String(number))
        case .string(let text): return .bulk(text)
        default: throw .wrongType
        }
    }

    /// SET (t_string.c `setGenericCommand`); replicas are told the absolute moment of the expiry.
    mutating func set(
        _ key: String, _ value: String, _ options: RedisSetOptions, _ command: RedisCommand
    ) throws(RedisError) -> RedisReply {
        var moment = Int64.max
        if let expiry = options.expiry {
            guard expiry.number > 0, let absolute = expiry.absolute(at: clock) else { throw .invalidExpire("set") }
            moment = absolute
        }
        let old: RedisReply = options.returnsOld ? try get(key) : .ok
        if options.condition == .ifPresent, slot(of: key) == nil { return options.returnsOld ? old : .null }
        let (slot, isNew) = slotOrNew(of: key)
        if options.condition == .ifAbsent, !isNew { return options.returnsOld ? old : .null }
        put(RedisValue(string: value), at: slot)
        if isNew ? moment != .max : !options.keepsTTL { setExpiry(of: slot, to: moment) }
        if options.expiry != nil {
            changed(key, as: .set(key, value, RedisSetOptions(expiry: .unixMilliseconds(moment))))
        } else if options.returnsOld {
            changed(key, as: .set(key, value, RedisSetOptions(options.condition, keepsTTL: options.keepsTTL)))
        } else {
            changed(key, as: command)
        }
        return old
    }

    /// INCR and its relatives; the TTL stays.
    mutating func add(_ step: Int64, to key: String, _ command: RedisCommand) throws(RedisError) -> RedisReply {
        let (slot, isNew) = slotOrNew(of: key)
        if isNew {
            put(.integer(step), at: slot)
            changed(key, as: command)
            return .integer(step)
        }
        switch slots[slot].value {
        case .integer(let number):
            let (sum, overflow) = number.addingReportingOverflow(step)
            guard !overflow else { throw .overflow }
            put(.integer(sum), at: slot)
            changed(key, as: command)
            return .integer(sum)
        case .string: throw .notAnInteger
        default: throw .wrongType
        }
    }

    /// APPEND.
    mutating func append(_ text: String, to key: String, _ command: RedisCommand) throws(RedisError) -> RedisReply {
        let whole = (try get(key).text ?? "") + text
        if let slot = slot(of: key) {
            put(RedisValue(string: whole), at: slot)
        } else {
            insert(key, RedisValue(string: whole))
        }
        changed(key, as: command)
        return .integer(Int64(whole.utf8.count))
    }
}
