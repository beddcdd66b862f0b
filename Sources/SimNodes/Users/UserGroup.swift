import Topology

/// All users with their browsers: who arrives when, wants what, waits how long, and tries again how.
///
/// One process stands for all of them; each user is a task of its own.
package actor UserGroup: Node {
    package nonisolated let process: NodeProcess
    let world: World
    let workload: Workload
    private let entrance: Entrance
    private var choices: RandomStream
    private var thinking: RandomStream
    private let popularity: PopularitySampler
    private let think: Sampler?
    /// Requests and their repetitions so far, for a retry budget.
    private var firstAttempts = 0
    private var repetitions = 0
    private var nextUser = 0
    private var nextKey: UInt64 = 0
    /// The cookies of users who have one.
    private var marks: [Int: SessionMark] = [:]
    /// Users that are still there.
    private var present = 0
    private var areAllThere = false

    package init(process: NodeProcess, world: World, entrance: Entrance) {
        self.process = process
        self.world = world
        self.entrance = entrance
        workload = world.scenario.workload
        popularity = workload.popularitySampler
        choices = process.randomStream("choices")
        thinking = process.randomStream("pauses")
        think = workload.think.map { Sampler($0) }
    }

    /// Opens the sale: from now on users arrive.
    package func open() {
        switch workload.arrive {
        case .atOnce:
            for _ in 0..<workload.users { admitUser() }
            areAllThere = true
        case .trace(let arrivals):
            for arrival in arrivals.sorted(by: { $0.at < $1.at }) { admit(arrival) }
            areAllThere = true
        case .poisson, .constant, .ramp, .spike, .stages:
            spawn { try await $0.letIn() }
        }
    }

    /// Whether every user has come and gone.
    package var isOver: Bool { areAllThere && present == 0 }

    // MARK: - Arrivals

    private func letIn() async throws {
        guard var arrivals = workload.arrivals(start: now, stream: process.randomStream("arrivals")) else { return }
        while let moment = arrivals.next() {
            try await process.sleep(until: moment)
            admitUser()
        }
        areAllThere = true
        finish()
    }

    private func admitUser() {
        let user = nextUser
        nextUser += 1
        present += 1
        spawn { group in
            try await group.visit(user)
            group.leave()
        }
    }

    private func admit(_ arrival: TraceArrival) {
        let user = arrival.user ?? nextUser
        nextUser = max(nextUser, user) + 1
        present += 1
        let wish = Wish(
            flow: arrival.flow, product: arrival.product, quantity: arrival.quantity ?? drawQuantity())
        spawn(after: arrival.at) { group in
            try await group.pursue(wish, user: user, visit: 1, intended: group.now)
            group.leave()
        }
    }

    private func leave() {
        present -= 1
        finish()
    }

    /// The last one out ends the wait for the sale's end.
    private func finish() { if isOver { universe.stop() } }

    // MARK: - One user

    private func visit(_ user: Int) async throws {
        let end = workload.for.map { world.opening + $0 }
        var visits = 0
        while workload.for != nil && think != nil || visits < workload.requests {
            if let end, now >= end { return }
            visits += 1
            try await pursue(drawWish(), user: user, visit: visits, intended: now)
            guard let think else { continue }
            try await process.sleep(think.sample(using: &thinking))
        }
    }

    /// What a user came for.
    struct Wish {
        let flow: Flow
        let product: Int
        let quantity: Int
    }

    private func drawWish() -> Wish {
        let mix = workload.mix
        let isView = choices.uniform() * (mix.view + mix.purchase) < mix.view
        let product = popularity.sample(using: &choices)
        return Wish(flow: isView ? .view : .purchase, product: product, quantity: isView ? 1 : drawQuantity())
    }

    private func drawQuantity() -> Int {
        switch workload.quantity {
        case .fixed(let units): units
        case .uniform(let range): choices.integer(in: range)
        }
    }

    /// Tries until it works, is refused for good, or patience ends.
    private func pursue(_ wish: Wish, user: Int, visit: Int, intended: Instant) async throws {
        let number = world.history.invoke(
            user: user, flow: wish.flow, product: wish.product, quantity: wish.quantity, intended: intended)
        world.anatomy?.open(number, at: intended)
        let deadline = intended + workload.giveUp
        var key = makeKey()
        var attempt = 1
        // Of its own, so that a request that is taken out of a trace shifts nobody else's pauses.
        var jitter: RandomStream?
        firstAttempts += 1
        while true {
            world.history.attempt(number, key: key)
            let request = HTTPRequest(
                number: number, flow: wish.flow, user: user, product: wish.product, quantity: wish.quantity, key: key,
                deadline: process.wallClock + (deadline - now), mark: marks.isEmpty ? nil : marks[user])
            let answer = try await send(request, until: deadline)
            world.history.attemptEnded(number, answer.outcome)
            if wish.flow == .purchase, answer.outcome.leavesDoubt { world.history.noteUncertainty(number) }
            guard let span = pauseBeforeRetry(after: answer, attempt: attempt) else { return end(number, answer) }
            if jitter == nil, workload.retry.jitter != .none {
                jitter = process.randomStream("retries/\(user)/\(visit)")
            }
            let pause = workload.retry.jitter.spread(span, using: &jitter)
            guard now + pause < deadline else { return end(number, answer) }
            switch answer.outcome {
            // One's own patience leaves no time for another attempt, so that a gateway's it was.
            case .timedOut: world.sometimes(.retriedAfter504)
            case .unknown: world.sometimes(.retriedInDoubt)
            default: break
            }
            let since = now
            let isLocked = answer.retryReason == .lockNotAcquired
            if isLocked { world.productLocks?.willAskAgain(number, at: now) }
            try await process.sleep(pause)
            world.anatomy?.notePause(
                of: number, from: since, until: now, for: isLocked ? world.productLocks?.meter.anatomy?.number : nil)
            attempt += 1
            repetitions += 1
            if workload.retry.key == .new { key = makeKey() }
        }
    }

    /// The request is over.
    private func end(_ number: Int, _ answer: Answer) {
        world.productLocks?.answered(number, isLocked: answer.outcome == .lockNotAcquired, at: now)
        world.history.answer(number, answer.outcome, wasCacheHit: answer.wasCacheHit)
    }

    private func makeKey() -> UInt64 {
        nextKey += 1
        return nextKey
    }

    // MARK: - One attempt

    struct Answer {
        let outcome: Outcome
        var wasCacheHit: Bool?
        /// Why one might try again; nil when the answer is final.
        var retryReason: RetryReason?
    }

    @inline(__always)
    private func send(_ request: HTTPRequest, until deadline: Instant) async throws -> Answer {
        do {
            let response = try await enter(request, timeout: deadline - now)
            if let mark = response.mark { marks[request.user] = mark }
            return answer(response, to: request)
        } catch NetworkError.timedOut {
            return Answer(outcome: .timedOut, retryReason: .timedOut)
        } catch let error as NetworkError {
            let isHarmless = request.flow == .view || !error.isOutcomeUnknown
            return Answer(outcome: isHarmless ? .rejected : .unknown, retryReason: .connection)
        }
    }

    @inline(__always)
    private func enter(_ request: HTTPRequest, timeout: TimeSpan) async throws -> HTTPResponse {
        if world.story != nil || world.anatomy != nil { return try await enterMarked(request, timeout: timeout) }
        return try await entrance.send(request, from: process, timeout: timeout)
    }

    /// The same with whatever is done for the request knowing that it is.
    @inline(never)
    private func enterMarked(_ request: HTTPRequest, timeout: TimeSpan) async throws -> HTTPResponse {
        try await Story.$request.withValue(request.number) {
            // Using the actor keeps the closure on its executor.
            try await self.entrance.send(request, from: self.process, timeout: timeout)
        }
    }

    private func answer(_ response: HTTPResponse, to request: HTTPRequest) -> Answer {
        switch response.body {
        case .product(let stock, let version, let fromCache):
            let staleReads = world.history.staleReads
            world.history.saw(stock: stock, version: version, fromCache: fromCache, in: request.number)
            if world.history.staleReads > staleReads { world.sometimes(.staleReadServed) }
            return Answer(outcome: .success, wasCacheHit: fromCache)
        case .orderPlaced: return Answer(outcome: .success)
        case .insufficientStock: return Answer(outcome: .insufficientStock)
        case .productBeingProcessed: return Answer(outcome: .lockNotAcquired, retryReason: .lockNotAcquired)
        case .alreadyOrdered: return Answer(outcome: .alreadyOrdered)
        case .truncated, .invalidHeader:
            // Like a reset: the browser shows an error, although a status had come.
            return Answer(outcome: request.flow == .view ? .rejected : .unknown, retryReason: .connection)
        case .error:
            switch response.status {
            case 503, 429: return Answer(outcome: .rejected, retryReason: .rejected)
            case 504: return Answer(outcome: .timedOut, retryReason: .timedOut)
            default:
                // Behind a 500 or 502 an order may have been placed; a page that was not shown is only a failure.
                let outcome = request.flow == .view ? Outcome.failed : .unknown
                return Answer(outcome: outcome, retryReason: .unknown)
            }
        }
    }

    // MARK: - Trying again

    private func pauseBeforeRetry(after answer: Answer, attempt: Int) -> TimeSpan? {
        let retry = workload.retry
        guard let reason = answer.retryReason, retry.on.contains(reason), attempt < retry.attempts else { return nil }
        if retry.budget > 0, Double(repetitions) >= retry.budget * Double(firstAttempts) { return nil }
        switch retry.policy {
        case .none: return nil
        case .fixed: return retry.delay
        case .backoff: return min(retry.delay * Double(1 << min(attempt - 1, 30)), retry.maximum)
        }
    }
}

extension RetryJitter {
    /// A pause as this jitter makes it; without a stream it stays as it is.
    fileprivate func spread(_ span: TimeSpan, using stream: inout RandomStream?) -> TimeSpan {
        guard let number = stream?.uniform() else { return span }
        switch self {
        case .none: return span
        case .full: return span * number
        case .equal: return span * (0.5 + 0.5 * number)
        }
    }
}

extension Outcome {
    /// The system did its job, whether or not the user liked the answer.
    package var isRegular: Bool {
        switch self {
        case .success, .insufficientStock, .lockNotAcquired, .alreadyOrdered: true
        case .rejected, .timedOut, .unknown, .failed: false
        }
    }

    /// The user can't tell whether it took effect.
    var leavesDoubt: Bool { self == .timedOut || self == .unknown }
}
