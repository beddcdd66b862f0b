extension RedisKeyspace {
    mutating func executeString(_ command: RedisStringCommand) throws(RedisError) -> RedisReply {
        switch command {
        case .setMany(let pairs):
            setMany(pairs, command)
            return .ok
        case .setManyIfAbsent(let pairs):
            for index in stride(from: 0, to: pairs.count, by: 2) where slot(of: pairs[index]) != nil {
                return .integer(0)
            }
            setMany(pairs, command)
            return .integer(1)
        case .setWithExpiry(let key, let expiry, let value):
            let name = command.words[0].lowercased()
            guard expiry.number > 0, let moment = expiry.absolute(at: clock) else { throw .invalidExpire(name) }
            let options = RedisSetOptions(expiry: .unixMilliseconds(moment))
            return try set(key, value, options, .set(key, value, options))
        case .getWithExpiry(let key, let change): return try get(key, changing: change)
        case .range(let key, let start, let end):
            guard let bytes = try bytes(key), start >= 0 || end >= 0 || start <= end,
                // Unlike a list's, an end before the first byte is the first byte.
                let range = Self.range(start, end < 0 ? max(0, end + Int64(bytes.count)) : end, of: bytes.count)
            else { return .bulk("") }
            return .bulk(String(decoding: bytes[range], as: UTF8.self))
        case .setRange(let key, let offset, let text): return try setRange(key, offset, text, command)
        case .addFloat(let key, let step): return try addFloat(key, step)
        }
    }

    private mutating func setMany(_ pairs: [String], _ command: RedisStringCommand) {
        for index in stride(from: 0, to: pairs.count, by: 2) {
            let (slot, isNew) = slotOrNew(of: pairs[index])
            put(RedisValue(string: pairs[index + 1]), at: slot)
            if !isNew { setExpiry(of: slot, to: .max) }
            if index > 0, recordsTouched { touched.append(pairs[index]) }
        }
        changed(pairs[0], as: .string(command), count: pairs.count / 2)
    }

    /// GETEX (t_string.c `getexCommand`): replicas are told the moment, or the DEL that a past one amounts to.
    private mutating func get(_ key: String, changing change: RedisExpiryChange?) throws(RedisError) -> RedisReply {
        let value = try get(key)
        guard let slot = slot(of: key) else { return .null }
        switch change {
        case nil: break
        case .remove?:
            guard expiry(of: slot) != nil else { break }
            setExpiry(of: slot, to: .max)
            changed(key, as: .persist(key))
        case .set(let expiry)?:
            guard expiry.number > 0, let moment = expiry.absolute(at: clock) else { throw .invalidExpire("getex") }
            if moment <= clock, expiryRule != .ignore {
                remove(slot)
                changed(key, as: .del(key))
            } else {
                setExpiry(of: slot, to: moment)
                changed(key, as: .expire(key, .unixMilliseconds(moment)))
            }
        }
        return value
    }

    // MARK: Bytes

    /// The bytes of a string; nil when there is no key.
    mutating func bytes(_ key: String) throws(RedisError) -> [UInt8]? {
        guard let slot = slot(of: key) else { return nil }
        switch slots[slot].value {
        case .integer(let number): return Array(String(number).utf8)
        case .string(let text): return Array(text.utf8)
        case .bytes(let bytes): return bytes
        default: throw .wrongType
        }
    }

    /// The elements from start to end, negative ones counted from the end; nil when there are none.
    static func range(_ start: Int64, _ end: Int64, of count: Int) -> Range<Int>? {
        let count = Int64(count)
        let first = max(0, start < 0 ? start + count : start)
        let last = min(count - 1, end < 0 ? end + count : end)
        return first <= last && first < count ? Int(first)..<Int(last + 1) : nil
    }

    private mutating func setRange(
        _ key: String, _ offset: Int64, _ text: String, _ command: RedisStringCommand
    ) throws(RedisError) -> RedisReply {
        guard offset >= 0 else { throw RedisError("ERR offset is out of range") }
        var bytes = try bytes(key)
        guard !text.isEmpty else { return .integer(Int64(bytes?.count ?? 0)) }
        let new = Array(text.utf8)
        // proto-max-bulk-len, 512 MB unless configured.
        guard offset <= 536_870_912 - Int64(new.count) else {
            throw RedisError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        }
        let end = Int(offset) + new.count
        if bytes == nil { bytes = [] }
        if let count = bytes?.count, count < end {
            bytes?.append(contentsOf: repeatElement(0, count: end - count))
        }
        bytes?.replaceSubrange(Int(offset)..<end, with: new)
        let (slot, _) = slotOrNew(of: key)
        put(RedisValue(bytes: bytes ?? []), at: slot)
        changed(key, as: .string(command))
        return .integer(Int64(bytes?.count ?? 0))
    }

    // MARK: Floats

    /// INCRBYFLOAT; replicas are told the sum, as their arithmetic might be another.
    private mutating func addFloat(_ key: String, _ step: String) throws(RedisError) -> RedisReply {
        let old = try get(key).text ?? "0"
        guard let number = RedisFloat(old), let increment = RedisFloat(step) else { throw .notAFloat }
        guard let sum = number.adding(increment) else { throw .floatOverflow }
        let text = sum.description
        let (slot, _) = slotOrNew(of: key)
        put(RedisValue(string: text), at: slot)
        changed(key, as: .set(key, text, RedisSetOptions(keepsTTL: true)))
        return .bulk(text)
    }
}

extension RedisError {
    static let notAFloat = RedisError("ERR value is not a valid float")
    static let floatOverflow = RedisError("ERR increment would produce NaN or Infinity")
}
