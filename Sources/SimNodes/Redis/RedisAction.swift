/// A client's connection to a server; the caller numbers them.
package struct RedisClientID: Hashable, Comparable, Sendable {
    /// The number the caller gave it.
    package var number: Int

    /// The connection of that number.
    package init(_ number: Int) { self.number = number }

    /// By number.
    package static func < (left: RedisClientID, right: RedisClientID) -> Bool { left.number < right.number }

    init(_ connection: Connection.ID) { number = Int(connection.number) }

    /// See `NumberHash`.
    @inline(__always)
    package func _rawHashValue(seed: Int) -> Int { NumberHash.hash(number, seed: seed) }
}

/// A replica's connection to its master, as the master sees it; the caller numbers them.
package struct RedisReplicaID: Hashable, Comparable, Sendable {
    /// The number the caller gave it.
    package var number: Int

    /// The connection of that number.
    package init(_ number: Int) { self.number = number }

    /// By number.
    package static func < (left: RedisReplicaID, right: RedisReplicaID) -> Bool { left.number < right.number }

    init(_ connection: Connection.ID) { number = Int(connection.number) }

    /// See `NumberHash`.
    @inline(__always)
    package func _rawHashValue(seed: Int) -> Int { NumberHash.hash(number, seed: seed) }
}

/// What a server wants done; in the order in which it would have written to its sockets.
package enum RedisAction: Sendable {
    /// Answer a client's oldest open command.
    case reply(RedisClientID, RedisReply)
    /// Send a subscriber a message nobody asked for.
    case push(RedisClientID, RedisReply)
    /// Close a client's connection, after what was written to it; the server has forgotten the client already.
    case close(RedisClientID)
    /// Send a replica a message.
    case toReplica(RedisReplicaID, RedisReplicationMessage)
    /// Close a replica's connection; the server has forgotten it already.
    case closeReplica(RedisReplicaID)
    /// Open a connection to this master, and report how it went.
    case connectToMaster(RedisAddress)
    /// Send the master a message.
    case toMaster(RedisReplicationMessage)
    /// Close the connection to the master, or give up opening it; no report is wanted.
    case closeMasterLink
    /// Load a data set of that many keys and report the end; clients are answered LOADING until then.
    case load(keys: Int)
}
