/// The scripts of a stock whose reservations are written down.
///
/// `KEYS`: the stock; reserved (a hash of key to owner); sold (a set of keys); due (all products' reservations by the
/// moment at which they were made); buyers (a set).
extension RedisScript {
    /// Takes units, once for each key and once for each buyer: 1 taken, 0 not enough, 2 sold to this key before, 3 the
    /// buyer has been here.
    ///
    /// `ARGV`: units, key, owner, moment, what stands in due, buyer; without key nothing is written down, without buyer
    /// nobody is kept away. Who asks again under the same key becomes the owner.
    package static let reserve = RedisScript(
        """
        local key, buyer = ARGV[2], ARGV[6]
        if key ~= '' then
          if redis.call('sismember', KEYS[3], key) == 1 then return 2 end
          if redis.call('hexists', KEYS[2], key) == 1 then
            redis.call('hset', KEYS[2], key, ARGV[3])
            return 1
          end
        end
        if buyer ~= '' and redis.call('sismember', KEYS[5], buyer) == 1 then return 3 end
        local stock = tonumber(redis.call('get', KEYS[1]) or '0')
        if stock < tonumber(ARGV[1]) then return 0 end
        redis.call('decrby', KEYS[1], ARGV[1])
        if buyer ~= '' then redis.call('sadd', KEYS[5], buyer) end
        if key ~= '' then
          redis.call('hset', KEYS[2], key, ARGV[3])
          redis.call('zadd', KEYS[4], ARGV[4], ARGV[5])
        end
        return 1
        """,
        body: runReserve)

    /// Gives back what is reserved under a key: 1, or 0 when nothing is, or when another has become its owner.
    ///
    /// `ARGV`: units, key, owner (none: whoever it is), what stands in due, buyer.
    package static let returnReservation = RedisScript(
        """
        local owner = redis.call('hget', KEYS[2], ARGV[2])
        if not owner or (ARGV[3] ~= '' and owner ~= ARGV[3]) then return 0 end
        redis.call('incrby', KEYS[1], ARGV[1])
        redis.call('hdel', KEYS[2], ARGV[2])
        redis.call('zrem', KEYS[4], ARGV[4])
        if ARGV[5] ~= '' then redis.call('srem', KEYS[5], ARGV[5]) end
        return 1
        """,
        body: runReturn)

    /// Notes that what is reserved under a key is sold: 1; 0 when that was known; 2 when the reservation had been
    /// forgotten, so that its units are taken now.
    ///
    /// `ARGV`: units, key, what stands in due.
    package static let confirmReservation = RedisScript(
        """
        if redis.call('sadd', KEYS[3], ARGV[2]) == 0 then return 0 end
        redis.call('zrem', KEYS[4], ARGV[3])
        if redis.call('hdel', KEYS[2], ARGV[2]) == 1 then return 1 end
        if redis.call('exists', KEYS[1]) == 1 then redis.call('decrby', KEYS[1], ARGV[1]) end
        return 2
        """,
        body: runConfirm)

    /// Sets the stock if nothing is reserved and as many sales are known as before the database was asked: 1 or 0.
    ///
    /// `ARGV`: stock, number of sales.
    package static let setIfQuiet = RedisScript(
        """
        if redis.call('hlen', KEYS[2]) > 0 then return 0 end
        if redis.call('scard', KEYS[3]) ~= tonumber(ARGV[2]) then return 0 end
        redis.call('set', KEYS[1], ARGV[1])
        return 1
        """,
        body: runSetIfQuiet)

    private static func units(_ arguments: [String]) throws(RedisError) -> Int64 {
        guard let units = RedisInteger.parse(try word(arguments, 1)) else { throw .notAnInteger }
        return units
    }

    private static func runReserve(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let (units, key, buyer) = (try units(arguments), try word(arguments, 2), try word(arguments, 6))
        let (reserved, owner) = (try word(keys, 2), try word(arguments, 3))
        if !key.isEmpty {
            if try server.call(.sismember(try word(keys, 3), key), line: 3) == .integer(1) { return .integer(2) }
            if try server.call(.hexists(reserved, key), line: 4) == .integer(1) {
                _ = try server.call(.hset(reserved, [key, owner]), line: 5)
                return .integer(1)
            }
        }
        if !buyer.isEmpty, try server.call(.sismember(try word(keys, 5), buyer), line: 9) == .integer(1) {
            return .integer(3)
        }
        let stock = number(try server.call(.get(try word(keys, 1)), line: 10).text ?? "0")
        let (left, wanted) = try compared(stock, Double(units), line: 11, &server)
        if left < wanted { return .integer(0) }
        _ = try server.call(.decrBy(try word(keys, 1), units), line: 12)
        if !buyer.isEmpty { _ = try server.call(.sadd(try word(keys, 5), [buyer]), line: 13) }
        guard !key.isEmpty else { return .integer(1) }
        _ = try server.call(.hset(reserved, [key, owner]), line: 15)
        let moment = number(try word(arguments, 4)) ?? 0
        let entry = RedisScoredMember(moment, try word(arguments, 5))
        _ = try server.call(
            .sortedSet(.add(try word(keys, 4), RedisSortedSetAddition(), [entry])), line: 16)
        return .integer(1)
    }

    private static func runReturn(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let (key, asked, buyer) = (try word(arguments, 2), try word(arguments, 3), try word(arguments, 5))
        guard let owner = try server.call(.hget(try word(keys, 2), key)).text, asked.isEmpty || owner == asked else {
            return .integer(0)
        }
        _ = try server.call(.incrBy(try word(keys, 1), try units(arguments)), line: 3)
        _ = try server.call(.hdel(try word(keys, 2), [key]), line: 4)
        _ = try server.call(.sortedSet(.remove(try word(keys, 4), [try word(arguments, 4)])), line: 5)
        if !buyer.isEmpty { _ = try server.call(.srem(try word(keys, 5), [buyer]), line: 6) }
        return .integer(1)
    }

    private static func runConfirm(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(arguments, 2)
        if try server.call(.sadd(try word(keys, 3), [key])) == .integer(0) { return .integer(0) }
        _ = try server.call(.sortedSet(.remove(try word(keys, 4), [try word(arguments, 3)])), line: 2)
        if try server.call(.hdel(try word(keys, 2), [key]), line: 3) == .integer(1) { return .integer(1) }
        if try server.call(.exists([try word(keys, 1)]), line: 4) == .integer(1) {
            _ = try server.call(.decrBy(try word(keys, 1), try units(arguments)), line: 4)
        }
        return .integer(2)
    }

    private static func runSetIfQuiet(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        if try server.call(.hlen(try word(keys, 2))).number ?? 0 > 0 { return .integer(0) }
        let sales = try server.call(.scard(try word(keys, 3)), line: 2)
        if sales.number != RedisInteger.parse(try word(arguments, 2)) { return .integer(0) }
        _ = try server.call(.set(try word(keys, 1), try word(arguments, 1)), line: 3)
        return .integer(1)
    }
}
