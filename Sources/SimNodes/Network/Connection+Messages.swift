import Topology

// Messages that nobody answers: a replication stream, what a server pushes to a subscriber.
extension Connection {
    /// Sends the server a message, in order with all else that goes that way; `body` runs there when it arrives.
    ///
    /// A server that is another one by now has its machine answer with a reset; a dead machine answers nothing.
    package func sendToServer<Server: Node>(
        _ receiver: Server, _ body: @escaping @Sendable (isolated Server) async throws -> Void
    ) {
        network.send(from: client, to: server) { [self] delay in
            guard server.isDown || server.incarnation != serverIncarnation else {
                receiver.spawn(after: orderedAtServer(delay), body)
                return
            }
            if server.isHostDown { return }
            network.send(from: server, to: client) { [self] back in breakOff(after: delay + back) }
        }
    }

    /// Sends the client a message, in order with all else that goes that way; `body` runs there when it arrives.
    ///
    /// What has not arrived when the server dies never does. That is the worse of what can happen: Linux drops the
    /// send queue of a dead process whose receive queue holds anything, a dead machine sends nothing again. What has
    /// arrived is read, however late.
    package func sendToClient<Client: Node>(
        _ receiver: Client, _ body: @escaping @Sendable (isolated Client) async throws -> Void
    ) {
        reachClient { [self] delay in
            let arrival = network.universe.now + delay
            receiver.spawn(after: delay) { [self] node in
                if let serverDiedAt, serverDiedAt < arrival { return }
                try await body(node)
            }
        }
    }

    /// Has `deliver` called with the delay after which a segment sent now reaches the client, unless either is dead.
    package func reachClient(_ deliver: @escaping (TimeSpan) -> Void) {
        network.send(from: server, to: client) { [self] delay in
            guard server.incarnation == serverIncarnation, !isClosedByServer else { return }
            guard client.isDown || client.incarnation != clientIncarnation else {
                deliver(orderedAtClient(delay))
                return
            }
            if client.isHostDown { return }
            network.send(from: client, to: server) { [self] back in tellServer(delay + back) }
        }
    }
}
