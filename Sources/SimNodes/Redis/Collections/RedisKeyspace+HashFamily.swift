extension RedisKeyspace {
    mutating func executeHashFamily(_ command: RedisHashCommand) throws(RedisError) -> RedisReply {
        switch command {
        case .fields(let key): return .bulks(try hash(key)?.fields ?? [])
        case .values(let key): return .bulks(try hash(key)?.values ?? [])
        case .length(let key, let field): return .integer(Int64(try hash(key)?[field]?.utf8.count ?? 0))
        case .addFloat(let key, let field, let step): return try addFloat(key, field, step)
        case .setMany(let key, let pairs):
            _ = try setFields(key, pairs, .hash(command))
            return .ok
        case .random(let key, let count, let withValues):
            let hash = try hash(key)
            guard let count else {
                guard let hash, let field = random.choose(from: hash.fields) else { return .null }
                return .bulk(field)
            }
            guard let hash else { return .array([]) }
            return .array(
                sample(count, of: hash.count).flatMap { place -> [RedisReply] in
                    withValues ? [.bulk(hash.fields[place]), .bulk(hash.values[place])] : [.bulk(hash.fields[place])]
                })
        case .scan(let key, let cursor, let options):
            guard let hash = try hash(key) else { return Self.scanned(0, []) }
            let pattern = options.pattern.map { RedisPattern($0) }
            let (next, places) = Self.scan(cursor, options.count, of: hash.count)
            return Self.scanned(
                next,
                places.filter { pattern?.matches(hash.fields[$0]) ?? true }
                    .flatMap { [hash.fields[$0], hash.values[$0]] })
        }
    }

    /// HINCRBYFLOAT; replicas are told the sum, as their arithmetic might be another.
    private mutating func addFloat(_ key: String, _ field: String, _ step: String) throws(RedisError) -> RedisReply {
        let old = try hash(key)?[field] ?? "0"
        guard let increment = RedisFloat(step) else { throw .notAFloat }
        guard increment.isFinite else { throw RedisError("ERR value is NaN or Infinity") }
        guard let number = RedisFloat(old) else { throw RedisError("ERR hash value is not a float") }
        guard let sum = number.adding(increment) else { throw .floatOverflow }
        let text = sum.description
        _ = try setFields(key, [field, text], .hset(key, [field, text]))
        return .bulk(text)
    }

    /// Which of so many elements a random sample has, as the signs of HRANDFIELD and SRANDMEMBER mean it.
    mutating func sample(_ count: Int64, of total: Int) -> [Int] {
        guard total > 0 else { return [] }
        if count < 0 {
            return (0..<Int(clamping: count.magnitude)).map { _ in random.integer(below: total) }
        }
        guard count < Int64(total) else { return Array(0..<total) }
        var places = Array(0..<total)
        for index in 0..<Int(count) { places.swapAt(index, index + random.integer(below: total - index)) }
        return Array(places.prefix(Int(count)))
    }

    /// The places that one call of HSCAN or SSCAN shows, and the next cursor; a collection of up to 128 is shown whole.
    static func scan(_ cursor: UInt64, _ count: Int64, of total: Int) -> (next: UInt64, places: Range<Int>) {
        guard total > 128 else { return (0, 0..<total) }
        // The elements behind a removed one move, so the walk goes from the last element to the first: what moves down
        // has been shown already.
        let end = cursor == 0 ? total : min(total, Int(clamping: cursor))
        let start = max(0, end - Int(clamping: count))
        return (UInt64(start), start..<end)
    }

    static func scanned(_ next: UInt64, _ elements: [String]) -> RedisReply {
        .array([.bulk(String(next)), .bulks(elements)])
    }
}
