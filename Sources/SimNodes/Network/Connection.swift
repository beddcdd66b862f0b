import Topology

/// A node that accepts connections and wants to know when a client is gone.
public protocol Listener: Node {
    /// A connection has come about; nothing has come over it yet.
    nonisolated func connectionOpened(_ connection: Connection)
    /// The client closed the connection, or died and its machine said so.
    func connectionClosed(_ id: Connection.ID) async throws
}

extension Listener {
    /// Most servers care for a connection only when something comes over it.
    public nonisolated func connectionOpened(_ connection: Connection) {}
}

/// An established connection between two processes, as its client holds it.
///
/// Answers and requests keep their order in each direction, however the latency of single segments varies.
public final class Connection: @unchecked Sendable {
    /// Connections are numbered in the order of their opening, from 1.
    public struct ID: Hashable, Comparable, Sendable {
        let number: UInt64

        /// By the order of their opening.
        public static func < (left: ID, right: ID) -> Bool { left.number < right.number }

        /// See `NumberHash`.
        @inline(__always)
        public func _rawHashValue(seed: Int) -> Int { NumberHash.hash(Int(truncatingIfNeeded: number), seed: seed) }
    }

    /// Unique in its universe.
    public let id: ID
    let client: NodeProcess
    let server: NodeProcess
    /// The life of the server that accepted it; a later one answers with a reset.
    let serverIncarnation: UInt32
    /// The life of the client that opened it.
    let clientIncarnation: UInt32
    unowned(unsafe) let network: Network
    let tellServer: (TimeSpan) -> Void
    /// Told, with the delay until the client finds out, when the server's end closes.
    public var onReset: ((TimeSpan) -> Void)?
    /// Whether the server has closed its end; what then still arrives there must be answered with `ConnectionAborted`.
    public private(set) var isClosedByServer = false
    /// When the server's process died, if that ended the connection.
    private(set) var serverDiedAt: Instant?
    /// From when on the client knows that the connection is closed.
    private var closedAt = Instant.distantFuture
    private var lastArrivalAtServer = Instant.zero
    private var lastArrivalAtClient = Instant.zero

    init(
        id: ID, client: NodeProcess, server: NodeProcess, network: Network, tellServer: @escaping (TimeSpan) -> Void
    ) {
        self.id = id
        self.client = client
        self.server = server
        self.network = network
        self.tellServer = tellServer
        serverIncarnation = server.incarnation
        clientIncarnation = client.incarnation
    }

    /// Whether the client still believes in it; a machine that died silently is believed in until a time-out.
    public var isOpen: Bool { network.universe.now < closedAt }

    /// Closes the client's end; the server learns of it when the segment arrives.
    public func close() {
        guard closedAt == .distantFuture else { return }
        closedAt = network.universe.now
        network.unregister(self)
        if !server.isDown, !isDeadAtServer { notifyServer() }
    }

    /// Whether the server knows nothing of it any more: what the client still sends is answered with a reset.
    var isDeadAtServer: Bool { isClosedByServer || server.incarnation != serverIncarnation }

    /// The server closes its end, as `CLIENT KILL` or a server that drops a session does.
    ///
    /// Calls under way over it end as reset; what a handler has begun goes on.
    public func closeFromServer() {
        guard !isClosedByServer else { return }
        isClosedByServer = true
        network.unregister(self)
        let calls = network.takeCalls(over: self)
        network.send(from: server, to: client) { [self] delay in
            let arrival = orderedAtClient(delay)
            for call in calls { network.universe.wake(call.waiter, reason: .reset, after: arrival) }
            breakOff(after: arrival)
        }
    }

    /// Something between the ends drops it: each end gets a reset at once.
    func breakInTransit() {
        guard isOpen, !isClosedByServer else { return }
        network.unregister(self)
        let calls = network.takeCalls(over: self)
        if !isDeadAtServer, !server.isDown { tellServer(.zero) }
        isClosedByServer = true
        for call in calls { network.universe.wake(call.waiter, reason: .reset) }
        breakOff(after: .zero)
    }

    /// One of the ends died.
    func noteDeath(of process: NodeProcess) {
        if process === server { serverDiedAt = network.universe.now }
    }

    /// One of the ends died, and its machine says so.
    func endDied(_ process: NodeProcess) {
        network.unregister(self)
        if process === server {
            network.send(from: server, to: client) { [self] delay in breakOff(after: delay) }
        } else if !server.isDown, !isDeadAtServer {
            notifyServer()
        }
    }

    private func notifyServer() {
        network.send(from: client, to: server) { [self] delay in
            // A cut may have held it for longer than the server lived.
            if !server.isDown, !isDeadAtServer { tellServer(orderedAtServer(delay)) }
        }
    }

    /// The client learns that the server's end is gone, but not before what was sent earlier has come.
    func breakOff(after delay: TimeSpan) {
        guard closedAt == .distantFuture else { return }
        let delay = orderedAtClient(delay)
        closedAt = network.universe.now + delay
        onReset?(delay)
    }

    /// The delay of a request, so that it doesn't overtake the one before.
    @inline(__always)
    func orderedAtServer(_ delay: TimeSpan) -> TimeSpan {
        let now = network.universe.now
        lastArrivalAtServer = max(lastArrivalAtServer + network.universe.orderGap, now + delay)
        return lastArrivalAtServer - now
    }

    /// The delay of an answer, so that it doesn't overtake the one before.
    @inline(__always)
    func orderedAtClient(_ delay: TimeSpan) -> TimeSpan {
        let now = network.universe.now
        lastArrivalAtClient = max(lastArrivalAtClient + network.universe.orderGap, now + delay)
        return lastArrivalAtClient - now
    }
}
