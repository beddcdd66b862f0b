/// A stream: entries and consumer groups (t_stream.c).
struct RedisStream: Hashable, Sendable {
    /// Fields and values in turn.
    var entries = RedisIDTable<[String]>()
    /// The greatest id ever used; it outlives the entry.
    var lastID = RedisStreamID.zero
    /// In the order of their creation.
    var groups: [Group] = []
    private(set) var nodes: [Node] = []
    /// How many entries were ever added.
    var entriesAdded: Int64 = 0
    /// What those took, packed.
    private(set) var bytesAdded = 0
    /// The greatest id that XDEL took.
    var maxDeletedID = RedisStreamID.zero

    struct Group: Hashable, Sendable {
        let name: String
        var lastDelivered: RedisStreamID
        /// What was delivered and not acknowledged (PEL).
        var pending = RedisIDTable<Pending>()
        /// In the order of their creation.
        var consumers: [String] = []
        /// How many entries it has read, counted from the first ever; nil when that can't be known.
        var entriesRead = RedisLocal<Int64?>(nil)
        /// When each consumer last asked for something, in milliseconds of the wall clock.
        var seen = RedisLocal<[String: Int64]>([:])
    }

    /// One delivery that nobody has acknowledged.
    struct Pending: Hashable, Sendable {
        var consumer: String
        /// Milliseconds of the wall clock.
        var deliveredAt: Int64
        var deliveries: Int64
    }

    func group(_ name: String) -> Int? { groups.firstIndex { $0.name == name } }

    /// Adds an entry whose id is the greatest.
    mutating func append(_ id: RedisStreamID, _ fields: [String]) {
        entries[id] = fields
        lastID = id
        entriesAdded += 1
        bytesAdded += fields.reduce(24) { $0 + RedisMemory.packed($1.utf8.count) }
        if let last = nodes.indices.last, nodes[last].added < Self.nodeCapacity {
            nodes[last].added += 1
        } else {
            nodes.append(Node(first: id, added: 1))
        }
    }
}

// MARK: Trimming

extension RedisStream {
    /// `stream-node-max-entries`.
    static let nodeCapacity = 100

    /// A run of entries that the server keeps together; an approximate trim takes it whole or not at all.
    ///
    /// The limit of 4096 bytes a node (`stream-node-max-bytes`) is not modelled.
    struct Node: Hashable, Sendable {
        let first: RedisStreamID
        /// How many entries it was given, those that are gone included.
        var added: Int
    }

    /// Trims, whoever still has the entries pending, and says how many are gone.
    mutating func trim(_ trim: RedisStreamTrim) -> Int64 {
        let count = trim.isApproximate ? countOfWholeNodes(trim) : countToTrim(trim.bound)
        guard count > 0 else { return 0 }
        for id in entries.liveIDs.prefix(count) { entries[id] = nil }
        if let first = entries.first {
            while nodes.count > 1, nodes[1].first <= first { nodes.removeFirst() }
        } else {
            nodes.removeAll()
        }
        return Int64(count)
    }

    /// What an approximate trim has come to, in the words that replicas are told.
    func exact(_ trim: RedisStreamTrim) -> RedisStreamTrim {
        guard trim.isApproximate else { return trim }
        switch trim.bound {
        case .maxLength: return RedisStreamTrim(.maxLength(Int64(entries.count)))
        case .minID: return RedisStreamTrim(.minID(entries.first ?? .greatest))
        }
    }

    private func countToTrim(_ bound: RedisStreamTrim.Bound) -> Int {
        switch bound {
        case .maxLength(let length): max(0, entries.count - Int(length))
        case .minID(let id): entries.liveIDs.prefix { $0 < id }.count
        }
    }

    /// How many entries the first nodes hold that can go as a whole.
    private func countOfWholeNodes(_ trim: RedisStreamTrim) -> Int {
        let most = countToTrim(trim.bound)
        let limit = trim.limit.map { $0 == 0 ? .max : Int($0) } ?? 100 * Self.nodeCapacity
        var count = 0
        for (index, node) in nodes.enumerated() {
            let end = index + 1 < nodes.count ? nodes[index + 1].first : .greatest
            var held = 0
            entries.forEach(from: node.first) { id, _ in
                if index + 1 < nodes.count, id >= end { return false }
                held += 1
                return true
            }
            guard count + held <= most, count + held <= limit else { break }
            count += held
        }
        return count
    }
}
