import Topology

// What checkers read at the end of a run, without taking time; no node of the system may.
extension RedisNode {
    /// Whether the server is up and has its data.
    package nonisolated var isServing: Bool {
        process.isRunning && assumeIsolated { $0.isListening && !$0.server.isLoading }
    }

    /// Whether the server is up and takes itself for a master.
    package nonisolated var isMaster: Bool {
        process.isRunning && assumeIsolated { $0.isListening && !$0.server.isReplica }
    }

    /// The name of the master it follows; nil for a master.
    package nonisolated var masterName: String? { assumeIsolated { $0.server.masterAddress?.host } }

    /// The bytes of the replication stream that it has written or applied.
    package nonisolated var replicationOffset: Int64 { assumeIsolated { $0.server.replicationPosition.offset } }

    /// Whether a replica has all that its master has; true for a master.
    package nonisolated var isUpToDate: Bool {
        assumeIsolated { node in
            guard node.server.isReplica else { return true }
            guard node.server.masterLinkIsUp, let master = node.masterLink?.master else { return false }
            return master.assumeIsolated { $0.server.replicationPosition } == node.server.replicationPosition
        }
    }

    /// What a key that has not expired holds, if it is a string.
    package nonisolated func value(forKey key: String) -> String? {
        assumeIsolated { node in
            guard let place = node.server.keyspace.places[.init(key)] else { return nil }
            let slot = node.server.keyspace.slots[place]
            guard slot.expiresAt >= node.process.wallClock.milliseconds else { return nil }
            return slot.value.text
        }
    }

    /// The number that a key holds.
    package nonisolated func integer(forKey key: String) -> Int64? { value(forKey: key).flatMap { Int64($0) } }

    /// The keys with that prefix which have not expired, in their order, with their values; hashes count as locks too.
    package nonisolated func heldLocks(prefix: String) -> [(key: String, expiresAt: Instant?)] {
        assumeIsolated { node in
            let clock = node.process.wallClock.milliseconds
            return node.server.keyspace.liveSlots
                .filter { $0.key.hasPrefix(prefix) && $0.expiresAt >= clock }
                .map { slot in
                    let isForEver = slot.expiresAt == .max
                    return (slot.key, isForEver ? nil : Instant(nanoseconds: slot.expiresAt * 1_000_000))
                }
                .sorted { $0.key < $1.key }
        }
    }

    /// The members of a set, in their order.
    package nonisolated func members(ofSet key: String) -> [String] {
        assumeIsolated { node in
            guard let place = node.server.keyspace.places[.init(key)],
                case .set(let members) = node.server.keyspace.slots[place].value
            else { return [] }
            return members.members.sorted()
        }
    }

    /// How many members a sorted set has.
    package nonisolated func memberCount(ofSortedSet key: String) -> Int {
        assumeIsolated { node in
            guard let place = node.server.keyspace.places[.init(key)],
                case .sortedSet(let set) = node.server.keyspace.slots[place].value
            else { return 0 }
            return set.count
        }
    }

    /// How many clients are connected.
    package nonisolated var clientCount: Int { assumeIsolated { $0.server.clientCount } }
}
