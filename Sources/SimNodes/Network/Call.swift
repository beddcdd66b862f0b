import Topology

/// A call under way: whom its answer wakes, and what is done at the server.
///
/// One object that travels to the server's task and back, and keeps the reply. The frequent calls have classes of
/// their own, alike as they are: one class with parameters for all would ask the runtime for its types in each call. All
/// others are closures, in a `ClosureCall`.
class Call: Errand, @unchecked Sendable {
    private unowned(unsafe) let network: Network
    final let client: NodeProcess
    final let server: NodeProcess
    /// The connection that it is made over; nil where it stands alone.
    final let connection: Connection?
    /// Where the client waits, from when the request is on its way.
    final var waiter = Waiter.none
    /// Its place among the calls that the server has to answer.
    final fileprivate(set) var place = 0

    init(through network: Network, from client: NodeProcess, to server: NodeProcess, over connection: Connection?) {
        (self.network, self.client, self.server, self.connection) = (network, client, server, connection)
    }

    /// The request has come a second time: does the same again, and its reply goes nowhere.
    ///
    /// - Throws: `ConnectionAborted`, where the connection would have been reset, or `Halted`.
    nonisolated(nonsending) func runAgain() async throws { preconditionFailure("TCP drops what comes twice") }

    /// The request has come to the server: does what it asks for, which keeps the reply, and sends that back.
    ///
    /// Inlined into the `run` of each kind of call, which is one frame and one hop less.
    /// - Parameter work: throws `ConnectionAborted` to reset the connection instead, or `Halted`.
    @inline(__always)
    final nonisolated(nonsending) func respond(_ work: nonisolated(nonsending) () async throws -> Void) async throws {
        // Closed while the request was on its way: the caller has been told.
        if let connection, connection.isDeadAtServer { return }
        do {
            try await work()
        } catch is ConnectionAborted {
            network.answer(self, reason: .reset)
            connection?.closeFromServer()
            return
        }
        network.answer(self, reason: .signalled)
    }
}

/// A call that runs a closure at the server.
///
/// `Answer` is the optional reply, not the reply: what stands in a field of the class's own parameter can be destroyed
/// without asking the runtime for the type `Optional<Reply>`, which took longer than all else at the end of a call.
final class ClosureCall<Answer: Sendable>: Call, @unchecked Sendable {
    /// Writes the answer into the call that it is given.
    typealias Work = @Sendable (ClosureCall<Answer>, _ isRepeated: Bool) async throws -> Void

    private let work: Work
    var answer: Answer

    init(
        through network: Network, from client: NodeProcess, to server: NodeProcess, over connection: Connection?,
        empty: Answer, _ work: @escaping Work
    ) {
        self.work = work
        answer = empty
        super.init(through: network, from: client, to: server, over: connection)
    }

    override nonisolated(nonsending) func run() async throws { try await respond { try await work(self, false) } }

    override nonisolated(nonsending) func runAgain() async throws { try await work(self, true) }
}

/// The calls that one process has to answer, so that its death can end them; constant time to enter and to leave.
struct InFlightCalls {
    private var calls: [Call?] = []
    private var free: [Int] = []

    mutating func insert(_ call: Call) {
        if let place = free.popLast() {
            calls[place] = call
            call.place = place
        } else {
            call.place = calls.count
            calls.append(call)
        }
    }

    mutating func remove(_ call: Call) {
        // After a crash the table is empty, or holds other calls at that place.
        guard call.place < calls.count, calls[call.place] === call else { return }
        calls[call.place] = nil
        free.append(call.place)
    }

    /// Some of the calls, in the order of their places.
    func calls(where isMeant: (Call) -> Bool) -> [Call] {
        calls.compactMap { call in call.flatMap { isMeant($0) ? $0 : nil } }
    }

    /// The connections that calls are under way over.
    var connections: [Connection.ID] { calls.compactMap { $0?.connection?.id } }

    var count: Int { calls.count - free.count }

    /// Empties the table and returns its calls in the order of their places.
    mutating func removeAll() -> [Call] {
        defer {
            calls = []
            free = []
        }
        return calls.compactMap { $0 }
    }
}
