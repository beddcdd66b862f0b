import Topology

/// The right to sell a product, as long as its holder believes in it.
struct HeldLock: Sendable {
    let product: Int
    /// What the lock key holds, so that its owner can be told from others.
    let token: String
    let isInRedis: Bool
}

/// Layer 1: the distributed lock.
extension AppServer {
    /// Tries to get the product's lock; nil when somebody else has it.
    func acquireLock(for request: HTTPRequest) async throws -> HeldLock? {
        var triesLeft = policy.lock.onBusy == .retry ? policy.lock.retryLimit : 0
        while true {
            if let lock = try await tryLock(for: request) {
                enterSection(request)
                return lock
            }
            if triesLeft == 0 { return nil }
            triesLeft -= 1
            try await process.sleep(policy.lock.retryDelay)
        }
    }

    private func tryLock(for request: HTTPRequest) async throws -> HeldLock? {
        let product = request.product
        let token = "\(process.name):\(process.incarnation):\(request.number)"
        switch policy.lock.kind {
        case .none:
            return HeldLock(product: product, token: token, isInRedis: false)
        case .local:
            guard localLocks.insert(product).inserted else { return nil }
            return HeldLock(product: product, token: token, isInRedis: false)
        case .redis:
            guard try await setLockKey(ProductKey.lock(product), token: token) else { return nil }
            let lock = HeldLock(product: product, token: token, isInRedis: true)
            if policy.lock.waitForReplicas > 0, try await !isLockReplicated() {
                world.sometimes(.lockNotReplicated)
                try await deleteLockKey(lock)
                throw StepFailure("IllegalStateException: None of slaves were synced")
            }
            return lock
        }
    }

    private func setLockKey(_ key: String, token: String) async throws -> Bool {
        let milliseconds = policy.lock.ttl.nanoseconds / 1_000_000
        switch policy.lock.acquire {
        case .setNxPx:
            let options = RedisSetOptions(.ifAbsent, expiry: .milliseconds(milliseconds))
            return try await askRedis(.set(key, token, options)) == .ok
        case .setnxThenExpire:
            // Two commands: a crash between them leaves a lock that nobody ever releases.
            guard try await askRedis(.setnx(key, token)) == .integer(1) else { return false }
            _ = try await askRedis(.expire(key, .milliseconds(milliseconds)))
            return true
        }
    }

    private func isLockReplicated() async throws -> Bool {
        let milliseconds = policy.lock.waitTimeout.nanoseconds / 1_000_000
        let reply = try await askRedis(.wait(Int64(policy.lock.waitForReplicas), milliseconds))
        guard case .integer(let count) = reply else { return false }
        return count >= Int64(policy.lock.waitForReplicas)
    }

    /// Gives the lock back, once.
    func releaseLock(_ sale: inout Sale) async throws {
        guard !sale.isLockReleased else { return }
        sale.isLockReleased = true
        leaveSection(sale.request)
        if policy.lock.kind == .local { localLocks.remove(sale.product) }
        if sale.lock.isInRedis { try await deleteLockKey(sale.lock) }
    }

    private func deleteLockKey(_ lock: HeldLock) async throws {
        let key = ProductKey.lock(lock.product)
        let wasHeld: Bool
        switch policy.lock.release {
        case .compareAndDelete:
            wasHeld = try await askRedis(.eval(.unlock, keys: [key], arguments: [lock.token])) == .integer(1)
        case .getThenDelete:
            wasHeld = try await askRedis(.get(key)) == .bulk(lock.token)
            // Between the two the lock may expire and become another's.
            if wasHeld { _ = try await askRedis(.del(key)) }
        case .delete:
            wasHeld = try await askRedis(.del(key)) == .integer(1)
        }
        if !wasHeld { world.sometimes(.lockGoneUnderHolder) }
    }

    // MARK: - What the observer writes down

    private func enterSection(_ request: HTTPRequest) {
        guard policy.lock.kind != .none else { return }
        openSections[request.product, default: []].insert(request.number)
        world.situations.lockTaken()
        world.history.enterCriticalSection(product: request.product, request: request.number, on: process)
    }

    private func leaveSection(_ request: HTTPRequest) {
        guard openSections[request.product]?.remove(request.number) != nil else { return }
        if openSections[request.product]?.isEmpty == true { openSections[request.product] = nil }
        world.situations.lockGiven()
        world.history.leaveCriticalSection(product: request.product, request: request.number, on: process)
    }
}
