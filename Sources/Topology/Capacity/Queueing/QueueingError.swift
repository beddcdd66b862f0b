/// Why a queue has no answer.
package enum QueueingError: Error, Hashable, Sendable {
    /// More work comes than is done: the queue grows for ever, and there is no mean to name. The utilisation that would be
    /// needed, 1 or more.
    case unstable(utilisation: Double)
    /// A parameter makes no sense; the text names it.
    case invalid(String)

    /// Throws `invalid` unless the parameter is a finite number, not negative, and not zero either where that is asked.
    static func check(_ value: Double, _ name: String, positive: Bool = false) throws(QueueingError) {
        guard value.isFinite, positive ? value > 0 : value >= 0 else {
            throw .invalid(
                "\(name) is \(value), and must be a finite number \(positive ? "above" : "of at least") zero")
        }
    }

    static func check(_ count: Int, _ name: String, atLeast least: Int = 1) throws(QueueingError) {
        guard count >= least else { throw .invalid("\(name) is \(count), and must be at least \(least)") }
    }
}
