extension RedisKeyspace {
    /// GET.
    @inline(__always)
    mutating func get(_ key: String) throws(RedisError) -> RedisReply {
        guard let slot = slot(of: key) else { return .null }
        switch slots[slot].value {
        case .integer(let number): return .bulk(String(number))
        case .string(let text): return .bulk(text)
        case .bytes(let bytes): return .bulk(String(decoding: bytes, as: UTF8.self))
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
        case .bytes(let bytes):
            guard let number = RedisInteger.parse(String(decoding: bytes, as: UTF8.self)) else { throw .notAnInteger }
            let (sum, overflow) = number.addingReportingOverflow(step)
            guard !overflow else { throw .overflow }
            put(.integer(sum), at: slot)
            changed(key, as: command)
            return .integer(sum)
        case .string: throw .notAnInteger
        default: throw .wrongType
        }
    }

    /// STRLEN.
    mutating func length(_ key: String) throws(RedisError) -> Int64 {
        if let slot = slot(of: key), case .bytes(let bytes) = slots[slot].value { return Int64(bytes.count) }
        return Int64(try get(key).text?.utf8.count ?? 0)
    }

    /// APPEND.
    mutating func append(_ text: String, to key: String, _ command: RedisCommand) throws(RedisError) -> RedisReply {
        if let slot = slot(of: key), case .bytes(let bytes) = slots[slot].value {
            put(.bytes(bytes + Array(text.utf8)), at: slot)
            changed(key, as: command)
            return .integer(Int64(bytes.count + text.utf8.count))
        }
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
