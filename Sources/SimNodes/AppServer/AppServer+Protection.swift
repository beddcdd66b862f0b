import Topology

/// What stands in front of the flows: the rate limiter, and the circuit breaker around the purchase.
extension AppServer {
    /// Serves a request if the rate limiter lets it in.
    @inline(__always)
    func serve(_ request: HTTPRequest) async throws -> HTTPResponse {
        if let limit = settings.rateLimit, try await !admits(request, limit) {
            return HTTPResponse(429, .error("API rate limit exceeded"))
        }
        switch request.flow {
        case .view: return try await viewProduct(request)
        case .purchase:
            return try await marked(breaker == nil ? purchase(request) : protected(request))
        }
    }

    // MARK: - Rate limiter

    /// Counts a request in the window of this second, by this server's clock.
    private func admits(_ request: HTTPRequest, _ limit: RateLimitPolicy) async throws -> Bool {
        let window = process.wallClock.nanoseconds / 1_000_000_000
        let key = "rate:\(window)"
        do {
            if limit.count == .checkThenIncrement {
                // GW->>Redis: GET rate:1700000000
                let reply = try await askRedis(.get(key))
                if let text = reply.text, let count = Int(text), count >= limit.perSecond { return false }
            }
            // GW->>Redis: INCR rate:1700000000 (and its expiry, in one script)
            let reply = try await askRedis(.eval(.countForAWhile, keys: [key], arguments: ["2000"]))
            if limit.count == .increment, let count = reply.number, count > limit.perSecond {
                return false
            }
        } catch is StepFailure {
            if limit.onFailure == .reject { return false }
        }
        world.history.admitted(request.number, in: window, by: process)
        return true
    }

    // MARK: - Circuit breaker

    /// A purchase behind the circuit breaker.
    @inline(never)
    private func protected(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let permission = breaker?.permit(now: now) else {
            world.sometimes(.breakerRefused)
            throw StepFailure(
                "CallNotPermittedException: CircuitBreaker 'purchase' is OPEN and does not permit further calls"
            )
        }
        do {
            let response = try await purchase(request)
            noteCall(
                permission,
                failed: settings.breaker?.failures == .errorsAndRefusals && response.status >= 400)
            return response
        } catch let failure as StepFailure {
            noteCall(permission, failed: true)
            throw failure
        }
    }

    private func noteCall(_ permission: CircuitBreaker.Permission, failed: Bool) {
        breaker?.record(permission, failed: failed, now: now)
        if case .open = breaker?.state {
            world.timeline.noteOnce(
                .reaction, process.name, key: "breaker", "opens the circuit breaker of the purchase")
        }
    }
}
