extension RedisScript {
    /// Every script that a server knows from the beginning.
    package static let standard = [
        unlock, renew, fencedLock, guardedDecrement, seckill, reentrantLock, reentrantUnlock, setThenIncrement,
        reserve, returnReservation, confirmReservation, setIfQuiet,
        storeIfNewer, storeUnderLease, countForAWhile,
    ]

    /// Deletes a lock that still holds the caller's token: 1, or 0 when it is another's or gone.
    package static let unlock = RedisScript(
        "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end",
        body: runUnlock)

    /// Prolongs a lock that still holds the caller's token: 1 or 0.
    package static let renew = RedisScript(
        "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end",
        body: runRenew)

    /// Takes a lock with a token of its own if it is free, and draws the next fencing token; 0 when it is taken.
    package static let fencedLock = RedisScript(
        """
        if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
          return redis.call('incr', KEYS[2])
        end
        return 0
        """,
        body: runFencedLock)

    /// Takes from a stock only what is there: 1 or 0.
    package static let guardedDecrement = RedisScript(
        """
        local stock = tonumber(redis.call('get', KEYS[1]) or '0')
        local qty = tonumber(ARGV[1])
        if stock < qty then
          return 0
        end
        redis.call('decrby', KEYS[1], qty)
        return 1
        """,
        body: runGuardedDecrement)

    /// One order a user from a stock, and its message in a stream: 0 sold, 1 sold out, 2 a second try.
    package static let seckill = RedisScript(
        """
        local voucherId = ARGV[1]
        local userId = ARGV[2]
        local orderId = ARGV[3]
        local stockKey = 'seckill:stock:' .. voucherId
        local orderKey = 'seckill:order:' .. voucherId
        if (tonumber(redis.call('get', stockKey)) <= 0) then
          return 1
        end
        if (redis.call('sismember', orderKey, userId) == 1) then
          return 2
        end
        redis.call('incrby', stockKey, -1)
        redis.call('sadd', orderKey, userId)
        redis.call('xadd', 'stream.orders', '*', 'userId', userId, 'voucherId', voucherId, 'id', orderId)
        return 0
        """,
        body: runSeckill)

    /// Redisson's lock, a hash of owner to count: null when taken, else the holder's remaining milliseconds.
    package static let reentrantLock = RedisScript(
        """
        if (redis.call('exists', KEYS[1]) == 0) or (redis.call('hexists', KEYS[1], ARGV[2]) == 1) then
          redis.call('hincrby', KEYS[1], ARGV[2], 1)
          redis.call('pexpire', KEYS[1], ARGV[1])
          return nil
        end
        return redis.call('pttl', KEYS[1])
        """,
        body: runReentrantLock)

    /// Redisson's unlock: null when not the owner, 0 while still held, 1 when freed and published.
    package static let reentrantUnlock = RedisScript(
        """
        if (redis.call('hexists', KEYS[1], ARGV[3]) == 0) then
          return nil
        end
        local counter = redis.call('hincrby', KEYS[1], ARGV[3], -1)
        if (counter > 0) then
          redis.call('pexpire', KEYS[1], ARGV[2])
          return 0
        else
          redis.call('del', KEYS[1])
          redis.call('publish', KEYS[2], ARGV[1])
          return 1
        end
        """,
        body: runReentrantUnlock)

    /// Two writes around one that may fail: shows that there is no rollback.
    package static let setThenIncrement = RedisScript(
        "redis.call('set', KEYS[1], ARGV[1]) redis.call('incrby', KEYS[2], 1) redis.call('set', KEYS[3], ARGV[1]) "
            + "return 'done'",
        body: runSetThenIncrement)

    private static func runUnlock(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(keys, 1)
        guard let holder = try server.call(.get(key)).text, holder == arguments.first else { return .integer(0) }
        return try server.call(.del(key))
    }

    /// PEXPIRE with a time as the script got it.
    private static func prolong(_ key: String, _ milliseconds: String) -> RedisCommand {
        guard let span = RedisInteger.parse(milliseconds) else {
            return RedisCommand(request: ["PEXPIRE", key, milliseconds])
        }
        return .expire(key, .milliseconds(span))
    }

    private static func runRenew(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(keys, 1)
        guard let holder = try server.call(.get(key)).text, holder == arguments.first else { return .integer(0) }
        return try server.call(prolong(key, try word(arguments, 2)))
    }

    private static func runFencedLock(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let (key, life) = (try word(keys, 1), try word(arguments, 2))
        let options = RedisInteger.parse(life).map { RedisSetOptions(.ifAbsent, expiry: .milliseconds($0)) }
        let owner = try word(arguments, 1)
        let command = options.map { RedisCommand.set(key, owner, $0) }
        let reply = try server.call(command ?? RedisCommand(request: ["SET", key, owner, "NX", "PX", life]))
        guard reply == .ok else { return .integer(0) }
        return try server.call(.incr(try word(keys, 2)), line: 2)
    }

    private static func runGuardedDecrement(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(keys, 1)
        let stock = number(try server.call(.get(key)).text ?? "0")
        let (left, quantity) = try compared(stock, number(arguments.first), line: 3, &server)
        if left < quantity { return .integer(0) }
        if let whole = Int64(exactly: quantity) {
            _ = try server.call(.decrBy(key, whole), line: 6)
        } else {
            _ = try server.call(RedisCommand(request: ["DECRBY", key, word(quantity)]), line: 6)
        }
        return .integer(1)
    }

    private static func runSeckill(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let voucher = try word(arguments, 1)
        let user = try word(arguments, 2)
        let order = try word(arguments, 3)
        let stockKey = "seckill:stock:" + voucher
        let orderKey = "seckill:order:" + voucher
        let stock = number(try server.call(.get(stockKey), line: 6).text)
        if try compared(stock, 0, line: 6, &server).left <= 0 { return .integer(1) }
        if try server.call(.sismember(orderKey, user), line: 9) == .integer(1) { return .integer(2) }
        _ = try server.call(.incrBy(stockKey, -1), line: 12)
        _ = try server.call(.sadd(orderKey, [user]), line: 13)
        let fields = ["userId", user, "voucherId", voucher, "id", order]
        _ = try server.call(.stream(.add("stream.orders", .automatic, fields: fields)), line: 14)
        return .integer(0)
    }

    private static func runReentrantLock(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(keys, 1)
        let owner = try word(arguments, 2)
        if try server.call(.exists([key])) == .integer(1) {
            let isOwner = try server.call(.hexists(key, owner)) == .integer(1)
            if !isOwner { return try server.call(.pttl(key), line: 6) }
        }
        _ = try server.call(.hincrBy(key, owner, 1), line: 2)
        _ = try server.call(prolong(key, try word(arguments, 1)), line: 3)
        return .null
    }

    private static func runReentrantUnlock(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(keys, 1)
        let owner = try word(arguments, 3)
        if try server.call(.hexists(key, owner)) == .integer(0) { return .null }
        if try server.call(.hincrBy(key, owner, -1), line: 4).number ?? 0 > 0 {
            _ = try server.call(prolong(key, try word(arguments, 2)), line: 6)
            return .integer(0)
        }
        _ = try server.call(.del(key), line: 9)
        _ = try server.call(.publish(try word(keys, 2), try word(arguments, 1)), line: 10)
        return .integer(1)
    }

    private static func runSetThenIncrement(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let value = try word(arguments, 1)
        _ = try server.call(.set(try word(keys, 1), value))
        _ = try server.call(.incrBy(try word(keys, 2), 1))
        _ = try server.call(.set(try word(keys, 3), value))
        return .bulk("done")
    }
}
