import Topology

/// Opening connections: one creator, fed with orders, that looks at each whether the need is still there
/// (`HikariPool.PoolEntryCreator`, `fillPool`, `addBagItem`).
extension ConnectionPool {
    /// Orders as many connections as `minimumIdle` lacks.
    package mutating func fill(actions: inout [Action]) {
        guard !isShutDown, total < settings.maximumPoolSize, idle < settings.minimumIdle else { return }
        for _ in 0..<(settings.minimumIdle - idle) { order(actions: &actions) }
    }

    /// The session that `.open` asked for stands; `nil` if the pool was shut down meanwhile and the caller closes it.
    ///
    /// - Parameter random: from 0 up to 1, for the lifetime.
    package mutating func opened(
        random: Double, now: Instant, actions: inout [Action]
    ) -> PooledConnection? {
        precondition(creator == .connecting, "no session was being opened")
        if isShutDown {
            creator = .idle
            return nil
        }
        creator = .pausing
        actions.append(.wakeCreator(after: ConnectionPoolSettings.pauseAfterAdding))
        return add(random: random, now: now, actions: &actions)
    }

    /// Puts in a session opened otherwise, as for a pool that is warm when the run begins; `nil` if the pool is full.
    package mutating func preload(random: Double, now: Instant, actions: inout [Action]) -> PooledConnection? {
        guard !isShutDown, total + (isOpening ? 1 : 0) < settings.maximumPoolSize else { return nil }
        return add(random: random, now: now, actions: &actions)
    }

    /// The session that `.open` asked for could not be opened.
    package mutating func openFailed(_ cause: ConnectionPoolTimeout.Cause, actions: inout [Action]) {
        precondition(creator == .connecting, "no session was being opened")
        counters.openFailures += 1
        lastFailure = cause
        if isShutDown {
            creator = .idle
            return
        }
        creator = .backingOff
        actions.append(.wakeCreator(after: backoff))
        backoff = min(ConnectionPoolSettings.longestBackoff, backoff + backoff)
    }

    /// The time of `.wakeCreator` is over.
    package mutating func creatorWoke(actions: inout [Action]) {
        let isRetry = creator == .backingOff
        guard isRetry || creator == .pausing else { return }
        creator = .idle
        if isRetry, isNeeded {
            connect(actions: &actions)
        } else {
            workOff(actions: &actions)
        }
    }

    /// Orders one more, unless as many are ordered already as borrowers wait.
    mutating func orderForWaiters(actions: inout [Action]) {
        if waiting > queuedCreations { order(actions: &actions) }
    }

    private mutating func order(actions: inout [Action]) {
        guard queuedCreations < settings.maximumPoolSize else { return }
        queuedCreations += 1
        workOff(actions: &actions)
    }

    private mutating func workOff(actions: inout [Action]) {
        while creator == .idle, queuedCreations > 0 {
            queuedCreations -= 1
            guard isNeeded else { continue }
            backoff = ConnectionPoolSettings.firstBackoff
            connect(actions: &actions)
        }
    }

    private mutating func connect(actions: inout [Action]) {
        creator = .connecting
        actions.append(.open)
    }

    /// `shouldContinueCreating`.
    private var isNeeded: Bool {
        !isShutDown && total < settings.maximumPoolSize && (idle < settings.minimumIdle || waiting > idle)
    }

    private mutating func add(random: Double, now: Instant, actions: inout [Action]) -> PooledConnection? {
        guard let slot = freeSlots.popLast() else { return nil }
        let connection = PooledConnection(slot: slot, serial: nextSerial)
        nextSerial += 1
        entries[slot] = Entry(serial: connection.serial, state: .free, lastAccessed: now)
        lastFailure = nil
        counters.opened += 1
        if let lifetime = settings.lifetime(random: random) {
            actions.append(.retire(connection, after: lifetime))
        }
        offer(connection, actions: &actions)
        return connection
    }
}
