/// A call under way: whom its answer wakes.
class AnyCall {
    let client: NodeProcess
    let waiter: Waiter
    /// Its place among the calls that the server has to answer.
    var place = 0

    /// The connection that it was made over; 0 for none.
    let connection: Connection.ID

    init(client: NodeProcess, connection: Connection.ID) {
        self.client = client
        self.connection = connection
        waiter = client.makeWaiter()
    }
}

/// A call under way, with the place for its answer.
///
/// `Answer` is the optional reply, not the reply: what stands in a field of the class's own parameter can be destroyed
/// without asking the runtime for the type `Optional<Reply>`, which took longer than all else at the end of a call.
final class Call<Answer>: AnyCall, @unchecked Sendable {
    var answer: Answer

    init(client: NodeProcess, connection: Connection.ID, empty: Answer) {
        answer = empty
        super.init(client: client, connection: connection)
    }
}

/// The calls that one process has to answer, so that its death can end them; constant time to enter and to leave.
struct InFlightCalls {
    private var calls: [AnyCall?] = []
    private var free: [Int] = []

    mutating func insert(_ call: AnyCall) {
        if let place = free.popLast() {
            calls[place] = call
            call.place = place
        } else {
            call.place = calls.count
            calls.append(call)
        }
    }

    mutating func remove(_ call: AnyCall) {
        // After a crash the table is empty, or holds other calls at that place.
        guard call.place < calls.count, calls[call.place] === call else { return }
        calls[call.place] = nil
        free.append(call.place)
    }

    /// Some of the calls, in the order of their places.
    func calls(where isMeant: (AnyCall) -> Bool) -> [AnyCall] {
        calls.compactMap { call in call.flatMap { isMeant($0) ? $0 : nil } }
    }

    /// The connections that calls are under way over.
    var connections: [Connection.ID] { calls.compactMap { $0?.connection } }

    var count: Int { calls.count - free.count }

    /// Empties the table and returns its calls in the order of their places.
    mutating func removeAll() -> [AnyCall] {
        defer {
            calls = []
            free = []
        }
        return calls.compactMap { $0 }
    }
}
