extension RedisKeyspace {
    /// Runs a command on a list; nil when it has to wait for an element.
    mutating func executeList(_ command: RedisListCommand) throws(RedisError) -> RedisReply? {
        switch command {
        case .push(let key, let end, let elements): return try push(key, end, elements, command)
        case .pushIfPresent(let key, let end, let elements):
            guard try list(key) != nil else { return .integer(0) }
            return try push(key, end, elements, command)
        case .pop(let key, let end, let count): return try pop(key, end, count, command)
        case .length(let key): return .integer(Int64(try list(key)?.count ?? 0))
        case .range(let key, let start, let end):
            guard let list = try list(key), let range = Self.range(start, end, of: list.count) else {
                return .array([])
            }
            return .array(range.map { .bulk(list[$0]) })
        case .index(let key, let index):
            guard let list = try list(key), let place = Self.place(index, of: list.count) else { return .null }
            return .bulk(list[place])
        case .set(let key, let index, let element): return try set(key, index, element, command)
        case .remove(let key, let count, let element): return try remove(key, count, element, command)
        case .trim(let key, let start, let end): return try trim(key, start, end, command)
        case .insert(let key, let before, let pivot, let element):
            return try insert(key, before, pivot, element, command)
        case .position(let key, let element, let search): return try position(key, element, search)
        case .move(let move): return try self.move(move) ?? .null
        case .blockingPop(let pop): return try self.pop(pop)
        case .blockingMove(let move, _): return try self.move(move)
        }
    }

    private mutating func list(_ key: String) throws(RedisError) -> RedisList? {
        guard let slot = slot(of: key) else { return nil }
        guard case .list(let list) = slots[slot].value else { throw .wrongType }
        return list
    }

    /// Hands the list to `change` without copying it; an empty one is no key any more.
    private mutating func withList<Result>(
        _ key: String, _ change: (inout RedisList) throws(RedisError) -> Result
    ) throws(RedisError) -> Result? {
        guard let slot = slot(of: key) else { return nil }
        guard case .list = slots[slot].value else { throw .wrongType }
        guard case .list(var list) = take(slot) else { return nil }
        defer { if list.count == 0 { remove(slot) } else { put(.list(list), at: slot) } }
        return try change(&list)
    }

    private static func place(_ index: Int64, of count: Int) -> Int? {
        let place = index < 0 ? index + Int64(count) : index
        return place >= 0 && place < Int64(count) ? Int(place) : nil
    }

    // MARK: Ends

    private mutating func push(
        _ key: String, _ end: RedisListEnd, _ elements: [String], _ command: RedisListCommand
    ) throws(RedisError) -> RedisReply {
        let isNew = try list(key) == nil
        if isNew { insert(key, .list(RedisList())) }
        let count = try withList(key) { (list: inout RedisList) in
            for element in elements { list.push(element, at: end) }
            return list.count
        }
        changed(key, as: .list(command), count: elements.count)
        if isNew { readyKeys.append(key) }
        return .integer(Int64(count ?? 0))
    }

    private mutating func pop(
        _ key: String, _ end: RedisListEnd, _ count: Int64?, _ command: RedisListCommand
    ) throws(RedisError) -> RedisReply {
        let popped = try withList(key) { (list: inout RedisList) in
            (0..<min(Int(count ?? 1), list.count)).map { _ in list.pop(from: end) }
        }
        guard let popped else { return .null }
        // A pop of nothing is still told to replicas: the server counts the key as changed only if there was one.
        if !popped.isEmpty { changed(key, as: .list(command), count: popped.count) }
        return count == nil ? .bulk(popped[0]) : .bulks(popped)
    }

    /// BLPOP and BRPOP, if one of the lists has an element; replicas are told LPOP or RPOP.
    private mutating func pop(_ pop: RedisBlockingPop) throws(RedisError) -> RedisReply? {
        for key in pop.keys {
            guard try list(key) != nil else { continue }
            let element = try self.pop(key, pop.from, nil, .pop(key, pop.from))
            return .array([.bulk(key), element])
        }
        return nil
    }

    /// LMOVE; nil when there is nothing to move.
    private mutating func move(_ move: RedisListMove) throws(RedisError) -> RedisReply? {
        guard try list(move.source) != nil else { return nil }
        let isNew = try list(move.destination) == nil
        let element: String?
        if move.source == move.destination {
            element = try withList(move.source) { (list: inout RedisList) in
                let element = list.pop(from: move.from)
                list.push(element, at: move.to)
                return element
            }
        } else {
            element = try withList(move.source) { (list: inout RedisList) in list.pop(from: move.from) }
            if isNew { insert(move.destination, .list(RedisList())) }
            if let element {
                _ = try withList(move.destination) { (list: inout RedisList) in list.push(element, at: move.to) }
            }
        }
        changed(move.source, as: .list(.move(move)))
        if recordsTouched { touched.append(move.destination) }
        if isNew { readyKeys.append(move.destination) }
        return element.map { .bulk($0) }
    }

    // MARK: Within

    private mutating func set(
        _ key: String, _ index: Int64, _ element: String, _ command: RedisListCommand
    ) throws(RedisError) -> RedisReply {
        guard let list = try list(key) else { throw .noSuchKey }
        guard let place = Self.place(index, of: list.count) else { throw .indexOutOfRange }
        _ = try withList(key) { (list: inout RedisList) in list[place] = element }
        changed(key, as: .list(command))
        return .ok
    }

    private mutating func remove(
        _ key: String, _ count: Int64, _ element: String, _ command: RedisListCommand
    ) throws(RedisError) -> RedisReply {
        let limit = count == 0 ? Int.max : Int(min(count.magnitude, UInt64(Int.max)))
        let removed = try withList(key) { (list: inout RedisList) in
            let places = list.elements.enumerated().filter { $0.element == element }.map(\.offset)
            let chosen = count < 0 ? places.suffix(limit) : places.prefix(limit)
            for place in chosen.reversed() { list.remove(at: place) }
            return chosen.count
        }
        guard let removed, removed > 0 else { return .integer(0) }
        changed(key, as: .list(command), count: removed)
        return .integer(Int64(removed))
    }

    private mutating func trim(
        _ key: String, _ start: Int64, _ end: Int64, _ command: RedisListCommand
    ) throws(RedisError) -> RedisReply {
        let removed = try withList(key) { (list: inout RedisList) in
            let count = list.count
            list.keep(Self.range(start, end, of: count) ?? 0..<0)
            return count - list.count
        }
        if let removed, removed > 0 { changed(key, as: .list(command), count: removed) }
        return .ok
    }

    private mutating func insert(
        _ key: String, _ before: Bool, _ pivot: String, _ element: String, _ command: RedisListCommand
    ) throws(RedisError) -> RedisReply {
        guard let list = try list(key) else { return .integer(0) }
        guard let place = list.elements.enumerated().first(where: { $0.element == pivot })?.offset else {
            return .integer(-1)
        }
        _ = try withList(key) { (list: inout RedisList) in list.insert(element, at: before ? place : place + 1) }
        changed(key, as: .list(command))
        return .integer(Int64(list.count + 1))
    }

    /// LPOS.
    private mutating func position(
        _ key: String, _ element: String, _ search: RedisListSearch
    ) throws(RedisError) -> RedisReply {
        guard let list = try list(key) else { return search.count == nil ? .null : .array([]) }
        let forward = list.elements.enumerated().map { ($0.offset, $0.element) }
        let searched = search.rank > 0 ? forward : forward.reversed()
        let compared = search.maxLength == 0 ? searched[...] : searched.prefix(Int(search.maxLength))
        let matches = compared.filter { $0.1 == element }.map { Int64($0.0) }.dropFirst(Int(search.rank.magnitude) - 1)
        guard let count = search.count else { return matches.first.map { .integer($0) } ?? .null }
        return .array((count == 0 ? matches : matches.prefix(Int(count))).map { .integer($0) })
    }
}
