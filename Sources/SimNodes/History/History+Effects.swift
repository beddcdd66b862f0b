import Topology

/// What nodes report; each is a line in their code.
extension History {
    // MARK: - Databases

    /// A transaction has become visible on a database.
    package func stored(_ transaction: BinlogTransaction, on process: NodeProcess, _ origin: Effect.Origin) {
        guard isChecking else { return }
        let node = Int16(process.number)
        for change in transaction.changes {
            switch change {
            case .insertOrder(let row): note(.order(row, of: transaction, on: node, origin, at: now))
            case .updateProduct(let row), .insertProduct(let row):
                note(.stock(row, of: transaction, on: node, origin, at: now))
            // The shop deletes nothing but events, which are none before they are published.
            case .deleteProduct, .deleteOrder, .insertEvent, .deleteEvent: break
            }
        }
        if origin == .committed { noteFencedWrites(of: transaction, on: process) }
    }

    /// A database that writes fencing tokens has accepted those of a sale.
    private func noteFencedWrites(of transaction: BinlogTransaction, on process: NodeProcess) {
        for case .updateProduct(let row) in transaction.changes where row.fence > 0 {
            for case .insertOrder(let order) in transaction.changes where order.product == row.id {
                fencedWrite(
                    product: Int(truncatingIfNeeded: row.id), request: order.trace, token: row.fence, on: process)
            }
        }
    }

    /// A database died between binary log and engine commit: recovery will commit what no client was told of.
    package func recovered(_ prepared: [InnoDB.PreparedTransaction], from log: BinaryLog, on process: NodeProcess) {
        guard isChecking else { return }
        for transaction in prepared {
            var position = log.writtenPosition
            while let logged = log.transaction(at: position) {
                if logged.number == transaction.number {
                    stored(logged, on: process, .recovered)
                    break
                }
                position -= 1
            }
        }
    }

    /// A session of a request read a product's row; a primary's word counts, a replica may lag.
    package func read(_ row: ProductRow, by request: Int, from process: NodeProcess, isPrimary: Bool) {
        guard isChecking else { return }
        var effect = Effect(.rowRead, at: now)
        effect.node = Int16(process.number)
        effect.origin = isPrimary ? .committed : .replicated
        effect.request = Int32(request)
        effect.product = Int32(truncatingIfNeeded: row.id)
        effect.value = row.stock
        effect.mark = row.version
        note(effect)
    }

    // MARK: - Redis

    /// A Redis server has changed a product's stock or details to a value, or deleted it.
    func wrote(_ value: RedisValue?, _ product: Int32, isStock: Bool, on process: NodeProcess) {
        var effect = Effect(isStock ? .redisStock : .detailsCached, at: now)
        effect.node = Int16(process.number)
        effect.product = product
        effect.value = .min
        switch value {
        case .integer(let number): effect.value = number
        case .string(let text):
            if isStock {
                effect.value = Int64(text) ?? .min
            } else if let details = ProductDetails(text) {
                (effect.value, effect.mark) = (Int64(details.stock), Int64(details.version))
            }
        default: break
        }
        note(effect)
    }

    // MARK: - Order events

    /// An application published the event of a request's order.
    package func published(_ request: Int, from process: NodeProcess) {
        countPublication()
        noteEvent(.published, request, process)
    }

    /// Redis has taken that event.
    package func publicationTaken(_ request: Int, from process: NodeProcess) {
        noteEvent(.publicationTaken, request, process)
    }

    /// A subscriber got an event.
    package func delivered(_ request: Int, to process: NodeProcess) {
        countDelivery()
        noteEvent(.delivered, request, process)
    }

    private func noteEvent(_ kind: Effect.Kind, _ request: Int, _ process: NodeProcess) {
        guard isChecking else { return }
        var effect = Effect(kind, at: now)
        effect.node = Int16(process.number)
        effect.request = Int32(request)
        effect.product = Int32(requests.indices.contains(request) ? requests[request].product : -1)
        note(effect)
    }

    // MARK: - Protections

    /// A rate limiter let a request through, counting it in this second.
    package func admitted(_ request: Int, in second: Int64, by process: NodeProcess) {
        guard isChecking else { return }
        var effect = Effect(.admitted, at: now)
        effect.node = Int16(process.number)
        effect.request = Int32(request)
        effect.mark = second
        note(effect)
    }

    // MARK: - Locks

    /// Somebody believes to have, or to no longer have, the right to sell a product.
    package struct LockEvent: Sendable {
        package let at: Instant
        package let product: Int
        package let request: Int
        package let isEntry: Bool
    }

    package var locks: [LockEvent] {
        effects.lazy.filter { $0.kind == .lockEntered || $0.kind == .lockLeft }.map {
            LockEvent(
                at: $0.at, product: Int($0.product), request: Int($0.request), isEntry: $0.kind == .lockEntered)
        }
    }

    /// - Parameter asked: when it asked for that right: nobody who had it before asked later.
    package func enterCriticalSection(
        product: Int, request: Int, token: Int64 = 0, asked: Instant, on process: NodeProcess
    ) {
        noteLock(.lockEntered, product, request, process) {
            $0.value = token
            $0.mark = asked.nanoseconds
        }
    }

    package func leaveCriticalSection(product: Int, request: Int, on process: NodeProcess) {
        noteLock(.lockLeft, product, request, process) { _ in }
    }

    private func noteLock(
        _ kind: Effect.Kind, _ product: Int, _ request: Int, _ process: NodeProcess, _ detail: (inout Effect) -> Void
    ) {
        guard isChecking else { return }
        var effect = Effect(kind, at: now)
        detail(&effect)
        effect.node = Int16(process.number)
        effect.product = Int32(product)
        effect.request = Int32(request)
        note(effect)
    }

    /// A resource accepted a write of the holder of a fencing token.
    package func fencedWrite(product: Int, request: Int, token: Int64, on process: NodeProcess) {
        guard isChecking else { return }
        var effect = Effect(.fencedWrite, at: now)
        effect.node = Int16(process.number)
        effect.product = Int32(product)
        effect.request = Int32(request)
        effect.value = token
        note(effect)
    }
}

extension RedisCommand {
    /// The key whose value a command may have changed; nil for commands that change none that the shop has.
    var writtenKey: String? {
        switch self {
        case .set(let key, _, _), .setnx(let key, _), .getset(let key, _), .getdel(let key), .incr(let key),
            .decr(let key), .incrBy(let key, _), .decrBy(let key, _), .del(let key):
            key
        case .delMany(let keys), .unlink(let keys), .eval(_, let keys, _), .evalsha(_, let keys, _): keys.first
        default: nil
        }
    }
}

extension ProductKey {
    /// Whose stock or details a key holds; nil for other keys.
    static func parse(_ key: String) -> (product: Int32, isStock: Bool)? {
        var copy = key
        return copy.withUTF8 { bytes in
            let head: StaticString = "product:"
            guard bytes.count > head.utf8CodeUnitCount else { return nil }
            for index in 0..<head.utf8CodeUnitCount where bytes[index] != head.utf8Start[index] { return nil }
            var place = head.utf8CodeUnitCount
            var product: Int32 = 0
            while place < bytes.count, bytes[place] &- 48 < 10 {
                product = product &* 10 &+ Int32(bytes[place] &- 48)
                place += 1
            }
            // ":stock" or ":details", and nothing behind: the mutex of a rebuild ends otherwise.
            switch bytes.count - place {
            case 6 where bytes[place + 1] == UInt8(ascii: "s"): return (product, true)
            case 8 where bytes[place + 1] == UInt8(ascii: "d"): return (product, false)
            default: return nil
            }
        }
    }
}
