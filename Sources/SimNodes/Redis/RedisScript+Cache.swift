/// What caches of versioned values, and counters, need done in one step.
extension RedisScript {
    /// Stores a value `…:version` for some milliseconds (0: for ever), unless one of that version or a newer one is there:
    /// 1 or 0.
    package static let storeIfNewer = RedisScript(
        """
        local cached = redis.call('get', KEYS[1])
        if cached and tonumber(string.match(cached, '%d+$')) >= tonumber(ARGV[2]) then
          return 0
        end
        if ARGV[3] == '0' then
          redis.call('set', KEYS[1], ARGV[1])
        else
          redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[3])
        end
        return 1
        """,
        body: runStoreIfNewer)

    /// Stores a value under a lease that still holds the caller's token, and ends the lease: 1 or 0.
    package static let storeUnderLease = RedisScript(
        """
        if redis.call('get', KEYS[2]) ~= ARGV[1] then
          return 0
        end
        redis.call('del', KEYS[2])
        if ARGV[3] == '0' then
          redis.call('set', KEYS[1], ARGV[2])
        else
          redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
        end
        return 1
        """,
        body: runStoreUnderLease)

    /// Counts, and has the first count of a key start its life of some milliseconds.
    package static let countForAWhile = RedisScript(
        """
        local count = redis.call('incr', KEYS[1])
        if count == 1 then
          redis.call('pexpire', KEYS[1], ARGV[1])
        end
        return count
        """,
        body: runCountForAWhile)

    private static func runCountForAWhile(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(keys, 1)
        let count = try server.call(.incr(key))
        if count == .integer(1), let span = RedisInteger.parse(try word(arguments, 1)) {
            _ = try server.call(.expire(key, .milliseconds(span)), line: 3)
        }
        return count
    }

    private static func runStoreIfNewer(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let key = try word(keys, 1)
        if let cached = try server.call(.get(key)).text {
            let digits = cached.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
            let versions = try compared(number(String(digits)), number(arguments[1]), line: 2, &server)
            if versions.left >= versions.right { return .integer(0) }
        }
        try store(try word(arguments, 1), key, for: try word(arguments, 3), &server)
        return .integer(1)
    }

    private static func runStoreUnderLease(
        _ server: inout RedisServer, _ keys: [String], _ arguments: [String]
    ) throws(RedisError) -> RedisReply {
        let (key, lease) = (try word(keys, 1), try word(keys, 2))
        let token = try word(arguments, 1)
        guard try server.call(.get(lease)).text == token else { return .integer(0) }
        _ = try server.call(.del(lease))
        try store(try word(arguments, 2), key, for: try word(arguments, 3), &server)
        return .integer(1)
    }

    private static func store(
        _ value: String, _ key: String, for milliseconds: String, _ server: inout RedisServer
    ) throws(RedisError) {
        var options = RedisSetOptions()
        if milliseconds != "0", let span = RedisInteger.parse(milliseconds) {
            options = RedisSetOptions(expiry: .milliseconds(span))
        }
        _ = try server.call(.set(key, value, options))
    }
}
