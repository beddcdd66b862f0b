import Topology

/// The right to sell a product, as long as its holder believes in it.
struct HeldLock: Sendable {
    let product: Int
    /// What the lock key holds, so that its owner can be told from others.
    let token: String
    let isInRedis: Bool
    /// Tells the database which of several holders came last; nil without fencing.
    var fence: Int64?
}

/// Layer 1: the distributed lock.
extension AppServer {
    /// Tries to get the product's lock for a sale; false when somebody else has it.
    func takeLock(for sale: Sale) async throws -> Bool {
        var triesLeft = policy.lock.onBusy == .retry ? policy.lock.retryLimit : 0
        while true {
            let asked = now
            if let lock = try await tryLock(for: sale.request) {
                sale.lock = lock
                enterSection(sale.request, lock, asked: asked)
                if lock.isInRedis, policy.lock.renewal == .watchdog { keepAlive(lock, of: sale.request.number) }
                try await pass(.purchaseLockAcquired, sale.request)
                return true
            }
            if triesLeft == 0 {
                world.sometimes(.lockBusy)
                return false
            }
            triesLeft -= 1
            try await waitBeforeRetry(sale.request)
        }
    }

    @inline(never)
    private func waitBeforeRetry(_ request: HTTPRequest) async throws {
        let since = now
        noteWait(request)
        try await process.sleep(policy.lock.retryDelay)
        world.productLocks?.meter.noteAnatomy(waitedFrom: since, servedFrom: now, until: now)
    }

    @inline(__always)
    private func tryLock(for request: HTTPRequest) async throws -> HeldLock? {
        let product = request.product
        let token = tokenPrefix + String(request.number)
        switch policy.lock.kind {
        case .none:
            return HeldLock(product: product, token: token, isInRedis: false)
        case .local:
            guard localLocks.insert(product).inserted else { return nil }
            world.productLocks?.taken(product, room: lockRoom, by: request.number, for: nil, at: now)
            return HeldLock(product: product, token: token, isInRedis: false)
        case .redis:
            guard let lock = try await setLockKey(for: request, token: token) else { return nil }
            if policy.lock.waitForReplicas == 0, policy.lock.fencing == .none { return lock }
            return try await secured(lock, request)
        }
    }

    /// A lock that others have to know of, or that tells its holders apart, before anything is done under it.
    @inline(never)
    private func secured(_ lock: HeldLock, _ request: HTTPRequest) async throws -> HeldLock {
        if policy.lock.waitForReplicas > 0, try await !isLockReplicated() {
            world.sometimes(.lockNotReplicated)
            try await deleteLockKey(lock, request)
            throw StepFailure("IllegalStateException: None of slaves were synced")
        }
        var lock = lock
        if policy.lock.fencing != .none, lock.fence == nil { try await drawFence(for: &lock, request) }
        return lock
    }

    @inline(__always)
    private func setLockKey(for request: HTTPRequest, token: String) async throws -> HeldLock? {
        switch policy.lock.acquire {
        case .setNxPx where policy.lock.fencing != .none && policy.lock.tokens == .redis:
            return try await setFencedLockKey(for: request, token: token)
        case .setNxPx:
            let expiry = RedisExpiry.milliseconds(policy.lock.ttl.nanoseconds / 1_000_000)
            let command = RedisCommand.set(
                ProductKey.lock(request.product), token, RedisSetOptions(.ifAbsent, expiry: expiry))
            guard try await askRedis(command) == .ok else { return nil }
        case .setnxThenExpire:
            return try await setLockKeyThenExpire(for: request, token: token)
        }
        world.productLocks?.taken(request.product, by: request.number, for: policy.lock.ttl, at: now)
        return HeldLock(product: request.product, token: token, isInRedis: true)
    }

    /// The next number in the same breath: whoever gets the lock later must not get a smaller one.
    @inline(never)
    private func setFencedLockKey(for request: HTTPRequest, token: String) async throws -> HeldLock? {
        let keys = [ProductKey.lock(request.product), ProductKey.fence(request.product)]
        let milliseconds = policy.lock.ttl.nanoseconds / 1_000_000
        let reply = try await askRedis(.eval(.fencedLock, keys: keys, arguments: [token, String(milliseconds)]))
        guard case .integer(let fence) = reply, fence > 0 else { return nil }
        world.productLocks?.taken(request.product, by: request.number, for: policy.lock.ttl, at: now)
        return HeldLock(product: request.product, token: token, isInRedis: true, fence: fence)
    }

    /// Two commands: a crash between them leaves a lock that nobody ever releases.
    @inline(never)
    private func setLockKeyThenExpire(for request: HTTPRequest, token: String) async throws -> HeldLock? {
        let key = ProductKey.lock(request.product)
        guard try await askRedis(.setnx(key, token)) == .integer(1) else { return nil }
        world.productLocks?.taken(request.product, by: request.number, for: nil, at: now)
        _ = try await askRedis(.expire(key, .milliseconds(policy.lock.ttl.nanoseconds / 1_000_000)))
        world.productLocks?.prolonged(request.product, by: request.number, for: policy.lock.ttl, at: now)
        return HeldLock(product: request.product, token: token, isInRedis: true)
    }

    /// A fencing token for a lock that was taken without one; if there is none to be had, the lock goes back.
    private func drawFence(for lock: inout HeldLock, _ request: HTTPRequest) async throws {
        do {
            switch policy.lock.tokens {
            case .redis: lock.fence = try await askRedis(.incr(ProductKey.fence(lock.product))).number
            case .database:
                let product = Int64(lock.product)
                lock.fence = try await withDatabase(.primary) { try await $0.drawFence(product) }
            }
        } catch let failure as StepFailure {
            try await deleteLockKey(lock, request)
            throw failure
        }
    }

    private func isLockReplicated() async throws -> Bool {
        let milliseconds = policy.lock.waitTimeout.nanoseconds / 1_000_000
        let reply = try await askRedis(.wait(Int64(policy.lock.waitForReplicas), milliseconds))
        guard case .integer(let count) = reply else { return false }
        return count >= Int64(policy.lock.waitForReplicas)
    }

    /// Gives the lock back, once.
    func releaseLock(_ sale: Sale) async throws {
        guard let lock = sale.lock, !sale.isLockReleased else { return }
        sale.isLockReleased = true
        leaveSection(sale.request)
        if policy.lock.kind == .local {
            localLocks.remove(sale.product)
            world.productLocks?.returned(sale.product, room: lockRoom, at: now)
        }
        if lock.isInRedis { try await deleteLockKey(lock, sale.request) }
    }

    private func deleteLockKey(_ lock: HeldLock, _ request: HTTPRequest) async throws {
        renewedLocks.remove(lock.token)
        let key = ProductKey.lock(lock.product)
        let wasHeld: Bool
        switch policy.lock.release {
        case .compareAndDelete:
            try await pass(.purchaseLockReleasing, request)
            wasHeld = try await askRedis(.eval(.unlock, keys: [key], arguments: [lock.token])) == .integer(1)
        case .getThenDelete:
            wasHeld = try await askRedis(.get(key)) == .bulk(lock.token)
            // Between the two the lock may expire and become another's.
            try await pass(.purchaseLockReleasing, request)
            if wasHeld { _ = try await askRedis(.del(key)) }
        case .delete:
            try await pass(.purchaseLockReleasing, request)
            wasHeld = try await askRedis(.del(key)) == .integer(1)
        }
        if wasHeld {
            world.productLocks?.returned(lock.product, at: now)
        } else {
            world.productLocks?.vanished(lock.product, of: request.number, at: now)
            world.sometimes(.lockGoneUnderHolder)
        }
    }

    /// Prolongs a lock every third of its life until it goes back, as the watchdog of Redisson; a failure ends that.
    private func keepAlive(_ lock: HeldLock, of request: Int) {
        renewedLocks.insert(lock.token)
        spawn { server in
            let ttl = server.policy.lock.ttl
            let arguments = [lock.token, String(ttl.nanoseconds / 1_000_000)]
            while true {
                try await server.process.sleep(ttl / 3)
                guard server.renewedLocks.contains(lock.token) else { return }
                do {
                    let renewal = RedisCommand.eval(.renew, keys: [ProductKey.lock(lock.product)], arguments: arguments)
                    guard try await server.askRedis(renewal) == .integer(1) else { return }
                    server.world.productLocks?.prolonged(lock.product, by: request, for: ttl, at: server.now)
                } catch is StepFailure {
                    return
                }
            }
        }
    }

    // MARK: - What the observer writes down

    private func enterSection(_ request: HTTPRequest, _ lock: HeldLock, asked: Instant) {
        guard policy.lock.kind != .none else { return }
        // A request that came twice is in it once.
        if !openSections.contains(where: { $0 == (request.product, request.number) }) {
            openSections.append((request.product, request.number))
        }
        world.situations.lockTaken()
        world.history.enterCriticalSection(
            product: request.product, request: request.number, token: lock.fence ?? 0, asked: asked, on: process)
    }

    /// Nobody waits for a lock on behalf of a user who has gone.
    private func noteWait(_ request: HTTPRequest) {
        guard world.history.requests[request.number].outcome == nil else { return }
        world.productLocks?.willAskAgain(request.number, at: now)
    }

    private func leaveSection(_ request: HTTPRequest) {
        guard let place = openSections.firstIndex(where: { $0 == (request.product, request.number) }) else { return }
        openSections.remove(at: place)
        world.situations.lockGiven()
        world.history.leaveCriticalSection(product: request.product, request: request.number, on: process)
    }
}
