import Topology

/// Where users' requests enter the system: the load balancer, or the application servers in turn where there is none.
package final class Entrance: @unchecked Sendable {
    private let doors: [any HTTPBackend]
    private unowned let world: World
    private var next = 0

    package init(doors: [any HTTPBackend], world: World) { (self.doors, self.world) = (doors, world) }

    /// Sends one request over a connection that the browser keeps open; after a crash it has to open a new one.
    /// When patience ends before the answer, it hangs up.
    @inline(__always)
    nonisolated(nonsending) func send(
        _ request: HTTPRequest, from process: NodeProcess, timeout: TimeSpan
    ) async throws -> HTTPResponse {
        let door = doors[next % doors.count]
        next += 1
        if world.story != nil { return try await sendTold(request, from: process, to: door, timeout: timeout) }
        return try await world.network.request(request, from: process, to: door, timeout: timeout)
    }

    @inline(never)
    private nonisolated(nonsending) func sendTold(
        _ request: HTTPRequest, from process: NodeProcess, to door: any HTTPBackend, timeout: TimeSpan
    ) async throws -> HTTPResponse {
        try await world.tell(
            from: process.name, to: door.process.name, (request.told, .essential), answer: \.told
        ) { try await world.network.request(request, from: process, to: door, timeout: timeout) }
    }
}
