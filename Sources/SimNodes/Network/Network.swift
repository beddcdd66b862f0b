import Topology

/// The wires between all processes of a universe: latency, loss, cuts, and the connections that run over them.
///
/// It models what an application sees of TCP: a segment is never lost for good but late; a process that dies resets its
/// connections, a machine that dies leaves only silence; time-outs end the wait and nothing else.
public final class Network: @unchecked Sendable {
    public unowned(unsafe) let universe: Universe
    /// One-way latency from one process to another.
    private let latency: (NodeProcess, NodeProcess) -> Sampler
    /// The first retransmission's delay; it doubles from there.
    let retransmission: TimeSpan
    /// The first repetition of an unanswered connection attempt; it doubles from there.
    private let connectRetry: TimeSpan
    private var links: [Link?] = []
    private var width = 0
    private(set) var ends: [Ends] = []
    private var openedConnections: UInt64 = 0

    /// What hangs on one process.
    struct Ends {
        /// Calls that it has to answer.
        var inFlight = InFlightCalls()
        /// Open connections of which it is the client or the server.
        var connections: [Connection.ID: Connection] = [:]
    }

    /// - Parameters:
    ///   - retransmission: Linux's TCP_RTO_MIN unless the topology says otherwise.
    ///   - connectRetry: Linux's initial SYN time-out unless the topology says otherwise.
    public init(
        universe: Universe, retransmission: TimeSpan = .milliseconds(200), connectRetry: TimeSpan = .seconds(1),
        latency: @escaping (NodeProcess, NodeProcess) -> Sampler
    ) {
        self.universe = universe
        self.latency = latency
        self.retransmission = retransmission
        self.connectRetry = connectRetry
    }

    // MARK: - Links

    /// The direction from one process to another.
    @inline(__always)
    func link(from source: NodeProcess, to target: NodeProcess) -> Link {
        let index = Int(source.number) * width + Int(target.number)
        if source.number < width, target.number < width, let link = links[index] { return link }
        return makeLink(from: source, to: target)
    }

    @inline(never)
    private func makeLink(from source: NodeProcess, to target: NodeProcess) -> Link {
        if universe.processes.count > width { widen(to: universe.processes.count) }
        let random = universe.randomStream("link/\(source.name)/\(target.name)")
        let link = Link(from: source, latency: latency(source, target), random: random)
        links[Int(source.number) * width + Int(target.number)] = link
        return link
    }

    private func widen(to newWidth: Int) {
        var wider = [Link?](repeating: nil, count: newWidth * newWidth)
        for row in 0..<width {
            for column in 0..<width { wider[row * newWidth + column] = links[row * width + column] }
        }
        links = wider
        width = newWidth
    }

    /// Gets a segment from one process to another: `deliver` is told how long it takes, now or when a cut is healed.
    @inline(__always)
    func send(from source: NodeProcess, to target: NodeProcess, deliver: @escaping (TimeSpan) -> Void) {
        let link = link(from: source, to: target)
        if link.isCut {
            link.hold(since: universe.now, deliver: deliver)
        } else {
            deliver(link.transit(retransmission: retransmission))
        }
    }

    // MARK: - Connections

    /// Opens a connection: one round trip.
    ///
    /// - Throws: `NetworkError.refused`, `.connectTimedOut`, or `Halted`.
    public nonisolated(nonsending) func connect<Server: Listener>(
        from client: NodeProcess, to server: Server, timeout: TimeSpan? = nil
    ) async throws -> Connection {
        try await shakeHands(from: client, with: server.process, timeout: timeout)
        return establish(from: client, to: server)
    }

    /// A connection without the round trip that opens it: for those that are open when the run begins.
    package func establish<Server: Listener>(from client: NodeProcess, to server: Server) -> Connection {
        openedConnections += 1
        let id = Connection.ID(number: openedConnections)
        let connection = Connection(
            id: id, client: client, server: server.process, network: self,
            tellServer: { [unowned server] delay in
                server.spawn(after: delay) { try await $0.connectionClosed(id) }
            })
        ends[place(of: connection.server)].connections[id] = connection
        ends[place(of: client)].connections[id] = connection
        server.connectionOpened(connection)
        return connection
    }

    func unregister(_ connection: Connection) {
        ends[place(of: connection.server)].connections[connection.id] = nil
        ends[place(of: connection.client)].connections[connection.id] = nil
    }

    /// One round trip that tells whether anybody listens there; without an answer it ends at the time-out, or when Linux
    /// gives up. A paused process counts as listening: its kernel accepts, until the queue is full.
    /// - Throws: `NetworkError`; `HungUp` when the client on whose behalf it is done hangs up first.
    nonisolated(nonsending) func shakeHands(
        from client: NodeProcess, with server: NodeProcess, timeout: TimeSpan?, for outer: Exchange? = nil
    ) async throws {
        let out = link(from: client, to: server)
        let back = link(from: server, to: client)
        let deadline = timeout.map { universe.now + $0 } ?? .distantFuture
        var retry = connectRetry
        for _ in 0...Self.connectRetries {
            var isSilent = server.isHostDown || server.isBacklogFull || out.isCut || back.isCut
            if out.isCut { out.swallow() } else if back.isCut { back.swallow() }
            let pause =
                isSilent
                ? retry : out.transit(retransmission: connectRetry) + back.transit(retransmission: connectRetry)
            if universe.now + pause > deadline {
                try await rest(until: deadline, client, for: outer)
                throw NetworkError.connectTimedOut
            }
            try await rest(until: universe.now + pause, client, for: outer)
            if server.isHostDown, !isSilent {
                // It died in between, so the answer never came.
                isSilent = true
                try await rest(until: min(deadline, universe.now + (retry - pause)), client, for: outer)
            }
            if !isSilent {
                if server.isDown || !server.isListening { throw NetworkError.refused }
                return
            }
            retry = retry * 2
        }
        throw NetworkError.connectTimedOut
    }

    private nonisolated(nonsending) func rest(
        until moment: Instant, _ client: NodeProcess, for outer: Exchange?
    ) async throws {
        guard let outer else { return try await client.sleep(until: moment) }
        if outer.isHungUp { throw HungUp() }
        let waiter = client.makeWaiter()
        universe.wake(waiter, after: moment - universe.now)
        if try await outer.wait(waiter, of: client) == .hungUp { throw HungUp() }
    }

    /// Linux's tcp_syn_retries: an unanswered attempt ends after 127 s.
    private static let connectRetries = 6

    /// The server closes its ends of connections that nobody calls over at the moment.
    func closeIdleConnections(at server: NodeProcess) {
        let index = place(of: server)
        let busy = Set(ends[index].inFlight.connections)
        for connection in ends[index].connections.values.sorted(by: { $0.id < $1.id })
        where connection.server === server && !busy.contains(connection.id) {
            connection.closeFromServer()
        }
    }

    // MARK: - Calls under way

    func register(_ call: Call, at server: NodeProcess) { ends[place(of: server)].inFlight.insert(call) }

    func unregister(_ call: Call, at server: NodeProcess) { ends[Int(server.number)].inFlight.remove(call) }

    /// Takes the calls over one connection out of those that its server has to answer.
    func takeCalls(over connection: Connection) -> [Call] {
        takeCalls(at: connection.server) { $0.connection === connection }
    }

    /// Takes some of the calls that a server has to answer.
    func takeCalls(at server: NodeProcess, where isTaken: (Call) -> Bool) -> [Call] {
        let index = place(of: server)
        let calls = ends[index].inFlight.calls(where: isTaken)
        for call in calls { ends[index].inFlight.remove(call) }
        return calls
    }

    /// How many calls a process has under way, for the check that nothing stays open.
    public func callsInFlight(at server: NodeProcess) -> Int { ends[place(of: server)].inFlight.count }

    @inline(__always)
    func place(of process: NodeProcess) -> Int {
        if process.number >= ends.count { growEnds() }
        return Int(process.number)
    }

    @inline(never)
    private func growEnds() {
        while ends.count < universe.processes.count {
            universe.processes[ends.count].observe(self)
            ends.append(Ends())
        }
    }
}

extension Network: ProcessObserver {
    /// A process died: its callers get resets and its connections break, unless its machine went with it: a machine
    /// that is gone sends nothing, and its peers find out by their time-outs.
    public func processCrashed(_ process: NodeProcess) {
        let index = place(of: process)
        let calls = ends[index].inFlight.removeAll()
        let connections = ends[index].connections.values.sorted { $0.id < $1.id }
        for connection in connections {
            unregister(connection)
            connection.noteDeath(of: process)
        }
        if process.isHostDown { return }
        for call in calls {
            send(from: process, to: call.client) { [universe] delay in
                universe.wake(call.waiter, reason: .reset, after: delay)
            }
        }
        for connection in connections { connection.endDied(process) }
    }

    public func processStarted(_ process: NodeProcess) {}

    /// Calls that nobody answered hold their servers, as does what a cut holds back.
    public func universeEnded() {
        ends = []
        for link in links { link?.forgetHeld() }
    }
}
