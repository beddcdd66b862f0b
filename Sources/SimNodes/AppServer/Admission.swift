/// The front of a Tomcat (NIO connector): which connection is accepted, and which request gets a thread.
///
/// Up to `maxConnections` are accepted, `maxThreads` of their requests run, the others wait in order. What comes beyond
/// stands in the system's backlog of `acceptCount`: to the client it is connected, and its request is not read. Beyond that
/// the system does not answer, so the client runs into its connect time-out. A client that leaves takes nothing back:
/// its request runs all the same.
package struct Admission<Connection: Hashable & Sendable>: Sendable {
    /// How requests are run.
    package enum Threads: Hashable, Sendable {
        /// `server.tomcat.threads.max`.
        case platform(maximum: Int)
        /// `spring.threads.virtual.enabled`: a thread for every request, so that the database pool is the queue.
        case virtual
    }

    /// Tomcat's configuration, with its defaults.
    package struct Settings: Hashable, Sendable {
        /// How many requests run at once.
        package var threads: Threads
        /// Connections accepted at once, idle kept-alive ones included.
        package var maxConnections: Int
        /// The length of the system's backlog.
        package var acceptCount: Int

        /// Tomcat's defaults: 200 threads, 8192 connections, 100 in the backlog.
        package init(threads: Threads = .platform(maximum: 200), maxConnections: Int = 8_192, acceptCount: Int = 100) {
            self.threads = threads
            self.maxConnections = maxConnections
            self.acceptCount = acceptCount
        }
    }

    /// What becomes of an attempt to connect.
    package enum Connect: Hashable, Sendable {
        case accepted
        /// The client is connected, Tomcat knows nothing of it yet.
        case backlogged
        /// No answer: the client's connect time-out decides.
        case unanswered
    }

    /// What becomes of a request sent on a connection.
    package enum Arrival: Hashable, Sendable {
        /// It has a thread now.
        case runs
        /// It waits for a thread.
        case queued
        /// Its connection is in the backlog, where nobody reads it.
        case unread
    }

    private enum Phase: Sendable { case backlogged, unread, open, queued, running }

    private struct State: Sendable {
        var phase: Phase
        /// The client is gone, or the server closed.
        var isClosed = false
    }

    /// First come, first served, in constant time on average.
    private struct Line: Sendable {
        private var items: [Connection] = []
        private var head = 0

        var count: Int { items.count - head }

        mutating func append(_ connection: Connection) { items.append(connection) }

        mutating func popFirst() -> Connection? {
            guard head < items.count else { return nil }
            defer {
                head += 1
                if head > 64, head * 2 > items.count {
                    items.removeFirst(head)
                    head = 0
                }
            }
            return items[head]
        }
    }

    /// The configuration.
    package let settings: Settings
    /// Requests running.
    package private(set) var running = 0
    /// Connections accepted and not closed.
    package private(set) var accepted = 0
    /// Most requests ever running at once.
    package private(set) var maximumRunning = 0
    /// Most requests ever waiting for a thread.
    package private(set) var maximumQueued = 0
    /// Attempts to connect that got no answer.
    package private(set) var unanswered = 0

    private var states: [Connection: State] = [:]
    private var queue = Line()
    private var backlog = Line()

    /// A server to which nobody is connected.
    package init(settings: Settings = Settings()) { self.settings = settings }

    /// Requests waiting for a thread.
    package var queued: Int { queue.count }
    /// Connections that wait to be accepted.
    package var backlogged: Int { backlog.count }
    /// Whether the next attempt to connect gets no answer.
    package var isFull: Bool { accepted >= settings.maxConnections && backlog.count >= settings.acceptCount }

    /// A client connects.
    package mutating func connect(_ connection: Connection) -> Connect {
        if accepted < settings.maxConnections {
            accepted += 1
            states[connection] = State(phase: .open)
            return .accepted
        }
        guard backlog.count < settings.acceptCount else {
            unanswered += 1
            return .unanswered
        }
        states[connection] = State(phase: .backlogged)
        backlog.append(connection)
        return .backlogged
    }

    /// A request has come on a connection that has none open.
    package mutating func arrived(_ connection: Connection) -> Arrival {
        guard var state = states[connection] else { preconditionFailure("a request on no connection") }
        switch state.phase {
        case .backlogged:
            state.phase = .unread
            states[connection] = state
            return .unread
        case .open: return admit(connection, state)
        default: preconditionFailure("a request on a connection that cannot have one")
        }
    }

    /// The running request of this connection is answered; appends the connections whose requests run from now on.
    package mutating func finished(_ connection: Connection, started: inout [Connection]) {
        guard var state = states[connection], state.phase == .running else {
            preconditionFailure("no request of this connection runs")
        }
        running -= 1
        if !state.isClosed {
            state.phase = .open
            states[connection] = state
        }
        if hasThread, let next = queue.popFirst() { run(next, &started) }
        if state.isClosed { leave(connection, &started) }
    }

    /// Either side closes the connection; a request on it runs, or waits, all the same and keeps its place until it is done.
    package mutating func closed(_ connection: Connection, started: inout [Connection]) {
        guard var state = states[connection] else { return }
        if state.phase == .open { return leave(connection, &started) }
        state.isClosed = true
        states[connection] = state
    }

    /// Whether nobody is left to take the answer of the request on this connection.
    package func isClosed(_ connection: Connection) -> Bool { states[connection]?.isClosed ?? true }

    private var hasThread: Bool {
        switch settings.threads {
        case .platform(let maximum): running < maximum
        case .virtual: true
        }
    }

    /// States are written as a whole, since changing a part of a value in a dictionary takes two allocations.
    private mutating func admit(_ connection: Connection, _ state: State) -> Arrival {
        if hasThread {
            startRunning(connection, state)
            return .runs
        }
        states[connection] = State(phase: .queued, isClosed: state.isClosed)
        queue.append(connection)
        maximumQueued = max(maximumQueued, queue.count)
        return .queued
    }

    private mutating func run(_ connection: Connection, _ started: inout [Connection]) {
        guard let state = states[connection] else { preconditionFailure("a connection in the queue is gone") }
        startRunning(connection, state)
        started.append(connection)
    }

    private mutating func startRunning(_ connection: Connection, _ state: State) {
        states[connection] = State(phase: .running, isClosed: state.isClosed)
        running += 1
        maximumRunning = max(maximumRunning, running)
    }

    /// Frees a place for the first in the backlog, whose request, if it sent one, comes in at last.
    private mutating func leave(_ connection: Connection, _ started: inout [Connection]) {
        states[connection] = nil
        accepted -= 1
        while accepted < settings.maxConnections, let next = backlog.popFirst() {
            guard let state = states[next] else { continue }
            if state.phase == .unread {
                accepted += 1
                if admit(next, state) == .runs { started.append(next) }
            } else if state.isClosed {
                // Accepted and found closed, with nothing to read.
                states[next] = nil
            } else {
                accepted += 1
                states[next] = State(phase: .open)
            }
        }
    }
}
