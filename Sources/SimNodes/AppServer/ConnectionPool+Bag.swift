/// The bag of connections (`ConcurrentBag`).
extension ConnectionPool {
    /// Idle connections by age, the one added first on top; those closed meanwhile are skipped when they come up.
    struct IdleOrder: Sendable {
        private var heap: [PooledConnection] = []

        /// How many are in it, the closed ones included.
        var count: Int { heap.count }

        mutating func insert(_ connection: PooledConnection) {
            var child = heap.count
            heap.append(connection)
            while child > 0 {
                let parent = (child - 1) / 2
                guard heap[child].serial < heap[parent].serial else { return }
                heap.swapAt(child, parent)
                child = parent
            }
        }

        mutating func popOldest() -> PooledConnection? {
            guard let oldest = heap.first, let last = heap.popLast() else { return nil }
            guard !heap.isEmpty else { return oldest }
            heap[0] = last
            var parent = 0
            while true {
                var child = parent * 2 + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1].serial < heap[child].serial { child += 1 }
                guard heap[child].serial < heap[parent].serial else { break }
                heap.swapAt(child, parent)
                parent = child
            }
            return oldest
        }
    }

    /// Whether the connection is in use and still the pool's.
    func holds(_ connection: PooledConnection) -> Bool {
        let entry = entries[connection.slot]
        return entry.serial == connection.serial && entry.state == .inUse
    }

    func isIdle(_ connection: PooledConnection) -> Bool {
        let entry = entries[connection.slot]
        return entry.serial == connection.serial && entry.state == .idle
    }

    /// The idle connection added first, now in use.
    mutating func takeIdle() -> PooledConnection? {
        while let connection = idleOrder.popOldest() {
            guard isIdle(connection) else { continue }
            idle -= 1
            use(connection)
            return connection
        }
        return nil
    }

    /// Gives a connection that nobody has to the first waiter, or lays it by; the caller took it out of all counts.
    mutating func offer(_ connection: PooledConnection, actions: inout [Action]) {
        if let waiter = queue.popFirst() {
            use(connection)
            actions.append(.hand(connection, to: waiter))
        } else {
            entries[connection.slot].state = .idle
            idle += 1
            idleOrder.insert(connection)
        }
    }

    private mutating func use(_ connection: PooledConnection) {
        entries[connection.slot].state = .inUse
        inUse += 1
        counters.maximumInUse = max(counters.maximumInUse, inUse)
    }

    /// Takes a connection out of the pool and has it closed.
    mutating func remove(_ connection: PooledConnection, actions: inout [Action]) {
        let wasIdle = entries[connection.slot].state == .idle
        if wasIdle { idle -= 1 } else { inUse -= 1 }
        entries[connection.slot] = Entry()
        if wasIdle, idleOrder.count > 2 * settings.maximumPoolSize {
            // A pool that nobody borrows from never meets the closed ones: drop them before they pile up.
            idleOrder = connections(in: .idle).reduce(into: IdleOrder()) { $0.insert($1) }
        }
        freeSlots.append(connection.slot)
        counters.closed += 1
        actions.append(.close(connection))
    }

    /// The connections in this state, the oldest first.
    func connections(in state: State) -> [PooledConnection] {
        entries.indices.filter { entries[$0].state == state }
            .map { PooledConnection(slot: $0, serial: entries[$0].serial) }
            .sorted { $0.serial < $1.serial }
    }
}
