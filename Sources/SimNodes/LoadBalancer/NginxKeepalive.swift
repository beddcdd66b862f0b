import Topology

/// The idle upstream connections one worker keeps (`keepalive N`, `ngx_http_upstream_keepalive_module.c`).
///
/// N is how many stay idle over all peers together, not a limit of connections: with all of them in use nginx opens more.
/// The last one put back is the first one used again; when the place is full, the one idle longest closes.
package struct NginxKeepalive<Connection: Hashable & Sendable>: Sendable {
    /// The `keepalive*` directives; the defaults are nginx's, 1.29.7 and later for `capacity` (before: 0, off).
    package struct Settings: Hashable, Sendable {
        /// `keepalive`; 0 turns it off.
        package var capacity: Int
        /// `keepalive_timeout`: how long a connection stays idle.
        package var timeout: TimeSpan
        /// `keepalive_requests`: how many requests go over one connection.
        package var requests: Int
        /// `keepalive_time`: how old a connection may be when it is put back.
        package var time: TimeSpan

        /// Settings with nginx's defaults.
        package init(
            capacity: Int = 32, timeout: TimeSpan = .seconds(60), requests: Int = 1_000,
            time: TimeSpan = .seconds(3_600)
        ) {
            self.capacity = capacity
            self.timeout = timeout
            self.requests = requests
            self.time = time
        }
    }

    /// What became of a connection whose request is over.
    package enum Put: Hashable, Sendable {
        /// Idle, to be taken again.
        case kept
        /// Kept, and this one, idle longest, must close for it.
        case keptClosing(Connection)
        /// Not kept: the caller closes it.
        case close
    }

    private struct Idle: Sendable {
        var connection: Connection
        var peer: Int
        var deadline: Instant
        /// Neighbours in the order of all (older: towards the tail) and in that of the same peer; -1: none.
        var newer = -1
        var older = -1
        var newerOfPeer = -1
        var olderOfPeer = -1
    }

    /// The directives the cache was made with.
    package let settings: Settings
    /// Connections idle now.
    package private(set) var idleCount = 0

    private var nodes: [Idle] = []
    private var free: [Int] = []
    private var places: [Connection: Int] = [:]
    private var newest = -1
    private var oldest = -1
    private var newestOfPeer: [Int]

    /// An empty cache for an upstream of so many peers.
    package init(peers: Int, settings: Settings = Settings()) {
        self.settings = settings
        newestOfPeer = Array(repeating: -1, count: peers)
    }

    /// When the next idle connection is due to close; `nil` when none is idle.
    package var nextDeadline: Instant? { oldest < 0 ? nil : nodes[oldest].deadline }

    /// The idle connection of this peer that was used last, which is idle no longer; `nil` if a new one must be opened.
    package mutating func take(peer: Int) -> Connection? {
        let node = newestOfPeer[peer]
        guard node >= 0 else { return nil }
        let connection = nodes[node].connection
        unlink(node)
        return connection
    }

    /// Puts back a connection whose request ended well, the answer read to its end.
    ///
    /// - Parameter requests: how many requests it has carried, this one included.
    package mutating func put(
        _ connection: Connection, peer: Int, requests: Int, openedAt: Instant, now: Instant
    ) -> Put {
        guard settings.capacity > 0, requests < settings.requests, now - openedAt <= settings.time else {
            return .close
        }
        var closing: Connection?
        if idleCount == settings.capacity {
            closing = nodes[oldest].connection
            unlink(oldest)
        }
        link(Idle(connection: connection, peer: peer, deadline: now + settings.timeout))
        return closing.map(Put.keptClosing) ?? .kept
    }

    /// The server closed an idle connection; returns false if it was not idle here.
    package mutating func closedByServer(_ connection: Connection) -> Bool {
        guard let node = places[connection] else { return false }
        unlink(node)
        return true
    }

    /// Appends the connections idle for `timeout` by now, oldest first, for the caller to close.
    package mutating func expire(now: Instant, closing: inout [Connection]) {
        while oldest >= 0, nodes[oldest].deadline <= now {
            closing.append(nodes[oldest].connection)
            unlink(oldest)
        }
    }

    private mutating func link(_ idle: Idle) {
        var idle = idle
        idle.older = newest
        idle.olderOfPeer = newestOfPeer[idle.peer]
        let node: Int
        if let reused = free.popLast() {
            node = reused
            nodes[node] = idle
        } else {
            node = nodes.count
            nodes.append(idle)
        }
        if idle.older >= 0 { nodes[idle.older].newer = node } else { oldest = node }
        if idle.olderOfPeer >= 0 { nodes[idle.olderOfPeer].newerOfPeer = node }
        newest = node
        newestOfPeer[idle.peer] = node
        places[idle.connection] = node
        idleCount += 1
    }

    private mutating func unlink(_ node: Int) {
        let idle = nodes[node]
        if idle.newer >= 0 { nodes[idle.newer].older = idle.older } else { newest = idle.older }
        if idle.older >= 0 { nodes[idle.older].newer = idle.newer } else { oldest = idle.newer }
        if idle.olderOfPeer >= 0 { nodes[idle.olderOfPeer].newerOfPeer = idle.newerOfPeer }
        if idle.newerOfPeer >= 0 {
            nodes[idle.newerOfPeer].olderOfPeer = idle.olderOfPeer
        } else {
            newestOfPeer[idle.peer] = idle.olderOfPeer
        }
        places[idle.connection] = nil
        free.append(node)
        idleCount -= 1
    }
}
