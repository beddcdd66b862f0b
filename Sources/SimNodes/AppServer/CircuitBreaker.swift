import Topology

/// A circuit breaker as a value: closed until too many of the last calls have failed, then open, then tried out.
package struct CircuitBreaker: Sendable {
    package enum State: Hashable, Sendable {
        case closed
        case open(until: Instant)
        /// So many calls have been let through to try.
        case halfOpen(permitted: Int)
    }

    package let policy: CircuitBreakerPolicy
    package private(set) var state = State.closed
    /// The last calls, the oldest at `place` when there are `window` of them: whether each failed.
    private var calls: [Bool] = []
    private var place = 0
    private var failures = 0
    /// Counts the changes of state, so that what was permitted in an earlier one does not count in a later.
    private var epoch = 0

    /// Stands for the right to make one call.
    package struct Permission: Hashable, Sendable {
        fileprivate let epoch: Int
    }

    package init(_ policy: CircuitBreakerPolicy) { self.policy = policy }

    /// The right to make a call now; nil while it is open (`CallNotPermittedException`).
    package mutating func permit(now: Instant) -> Permission? {
        if case .open(let end) = state, policy.recovery == .halfOpen, now >= end {
            change(to: .halfOpen(permitted: 0))
        }
        switch state {
        case .closed: return Permission(epoch: epoch)
        case .open: return nil
        case .halfOpen(let permitted):
            guard permitted < policy.halfOpenCalls else { return nil }
            state = .halfOpen(permitted: permitted + 1)
            return Permission(epoch: epoch)
        }
    }

    /// A permitted call has ended.
    package mutating func record(_ permission: Permission, failed: Bool, now: Instant) {
        guard permission.epoch == epoch else { return }
        switch state {
        case .open: return
        case .closed:
            add(failed, capacity: policy.window)
            if calls.count >= policy.minimumCalls, isTooHigh {
                change(to: .open(until: now + policy.openFor))
            }
        case .halfOpen:
            add(failed, capacity: policy.halfOpenCalls)
            guard calls.count == policy.halfOpenCalls else { return }
            change(to: isTooHigh ? .open(until: now + policy.openFor) : .closed)
        }
    }

    private var isTooHigh: Bool { Double(failures) >= policy.failureRate * Double(calls.count) }

    private mutating func add(_ failed: Bool, capacity: Int) {
        if calls.count < capacity {
            calls.append(failed)
        } else {
            if calls[place] { failures -= 1 }
            calls[place] = failed
            place = (place + 1) % capacity
        }
        if failed { failures += 1 }
    }

    private mutating func change(to next: State) {
        state = next
        (calls, place, failures) = ([], 0, 0)
        epoch += 1
    }
}
