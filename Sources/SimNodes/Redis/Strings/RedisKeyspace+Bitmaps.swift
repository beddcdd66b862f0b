extension RedisKeyspace {
    mutating func executeBitmap(_ command: RedisBitmapCommand) throws(RedisError) -> RedisReply {
        switch command {
        case .set(let key, let offset, let bit): return try setBit(key, offset, bit, command)
        case .get(let key, let offset):
            guard let slot = slot(of: key) else { return .integer(0) }
            if case .bytes(let bytes) = slots[slot].value { return .flag(bytes.hasBit(offset)) }
            return .flag(try bytes(key)?.hasBit(offset) ?? false)
        case .count(let key):
            return .integer(Int64((try bytes(key) ?? []).reduce(0) { $0 + $1.nonzeroBitCount }))
        case .countRange(let key, let start, let end, let inBits):
            guard let bytes = try bytes(key) else { return .integer(0) }
            return .integer(Int64(Self.count(bytes, start, end, inBits)))
        }
    }

    private mutating func setBit(
        _ key: String, _ offset: Int, _ bit: Bool, _ command: RedisBitmapCommand
    ) throws(RedisError) -> RedisReply {
        // Bits are set one by one in large strings, so the bytes stay bytes, and are changed in place.
        if let slot = slot(of: key), case .bytes = slots[slot].value {
        } else {
            let bytes = try bytes(key) ?? []
            // A bit that is set to what it is changes nothing, not even how the string is kept.
            if offset / 8 < bytes.count, bytes.hasBit(offset) == bit { return .flag(bit) }
            put(.bytes(bytes), at: slotOrNew(of: key).slot)
        }
        guard let slot = slot(of: key), case .bytes(var bytes) = take(slot) else { return .null }
        let count = bytes.count
        let place = offset / 8
        if bytes.count <= place { bytes.append(contentsOf: repeatElement(0, count: place + 1 - bytes.count)) }
        let old = bytes.hasBit(offset)
        let mask: UInt8 = 0x80 >> UInt8(offset % 8)
        bytes[place] = bit ? bytes[place] | mask : bytes[place] & ~mask
        put(.bytes(bytes), at: slot)
        if bytes.count > count || old != bit { changed(key, as: .bitmap(command)) }
        return .flag(old)
    }

    /// BITCOUNT of a range (bitops.c `bitcountCommand`).
    private static func count(_ bytes: [UInt8], _ start: Int64, _ end: Int64, _ inBits: Bool) -> Int {
        if start < 0, end < 0, start > end { return 0 }
        let total = Int64(bytes.count) * (inBits ? 8 : 1)
        let first = max(0, start < 0 ? start + total : start)
        let last = min(total - 1, max(0, end < 0 ? end + total : end))
        guard first <= last else { return 0 }
        guard inBits else { return bytes[Int(first)...Int(last)].reduce(0) { $0 + $1.nonzeroBitCount } }
        return (Int(first)...Int(last)).count { bytes.hasBit($0) }
    }
}

extension [UInt8] {
    /// The bit at that offset; the first of a byte is the highest.
    fileprivate func hasBit(_ offset: Int) -> Bool {
        offset / 8 < count && self[offset / 8] & (0x80 >> UInt8(offset % 8)) != 0
    }
}
