import Topology

/// Deadline propagation: what nobody waits for any more is not begun, and not committed.
extension AppServer {
    /// - Throws: `StepFailure` when the policy looks at the deadline here and too little time is left, by this server's
    ///   own clock.
    func checkDeadline(of request: HTTPRequest, at point: DeadlineCheck) throws {
        let deadline = policy.deadline
        guard deadline.check == point || deadline.check == .commit, let end = request.deadline else { return }
        guard process.wallClock + deadline.margin > end else { return }
        world.sometimes(.deadlineRefused)
        throw StepFailure("DeadlineExceededException: the caller waits no longer")
    }
}
