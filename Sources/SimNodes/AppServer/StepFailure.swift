/// Why a step of a request's flow could not be done, as the application's exception handler sees it.
package struct StepFailure: Error, Sendable {
    /// The exception's text, as it would stand in the log.
    package let text: String
    /// Whether the step may have taken effect all the same.
    package let isOutcomeUnknown: Bool

    /// The database's error, where it was one.
    package let databaseError: MySQLError?

    package init(_ text: String, isOutcomeUnknown: Bool = false, databaseError: MySQLError? = nil) {
        self.text = text
        self.isOutcomeUnknown = isOutcomeUnknown
        self.databaseError = databaseError
    }

    /// Whether the database said "try restarting transaction".
    var isLockingFailure: Bool { databaseError == .lockWaitTimeout || databaseError == .deadlock }

    /// What the user is told: 503 when nothing has happened, 500 when that is not certain.
    package var response: HTTPResponse { HTTPResponse(isOutcomeUnknown ? 500 : 503, .error(text)) }
}
