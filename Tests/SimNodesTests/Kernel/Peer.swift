import Topology

@testable import SimNodes

/// What happened in a universe, in order.
final class Log: @unchecked Sendable {
    private(set) var lines: [String] = []
    /// Adds a line that begins with the milliseconds of virtual time.
    func note(_ text: String, _ now: Instant) { lines.append("\(now.milliseconds) \(text)") }
    func callAsFunction(_ text: String) { lines.append(text) }
}

/// A node without a trade, for tests to give work to.
actor Peer: Listener {
    nonisolated let process: NodeProcess
    nonisolated let log: Log
    private(set) var closed: [Connection.ID] = []
    var counter = 0

    init(_ name: String, _ universe: Universe, log: Log = Log()) {
        process = universe.makeProcess(name)
        self.log = log
    }

    func connectionClosed(_ id: Connection.ID) async throws {
        closed.append(id)
        log.note("closed \(id.number)", now)
    }

    func count() { counter += 1 }

    /// Works for a time and counts it as done.
    func work(_ span: TimeSpan) async throws -> Int {
        try await process.sleep(span)
        counter += 1
        return counter
    }

    /// Does something at a moment, from outside of every process's fate but this one's.
    nonisolated func at(_ milliseconds: Int64, _ action: @escaping @Sendable () -> Void) {
        spawn(after: .milliseconds(milliseconds)) { _ in action() }
    }
}

extension Network {
    /// A network in which every segment takes as long.
    convenience init(_ universe: Universe, constant latency: TimeSpan) {
        let sampler = Sampler(.constant(latency))
        self.init(universe: universe) { _, _ in sampler }
    }
}

/// Something whose memory is watched: `alive` counts those that exist.
final class Ballast: Sendable {
    final class Gauge: @unchecked Sendable { var alive = 0 }
    let gauge: Gauge
    init(_ gauge: Gauge) {
        self.gauge = gauge
        gauge.alive += 1
    }
    deinit { gauge.alive -= 1 }
    func touch() {}
}

/// The result of a call as text.
func outcome<Value: Sendable>(_ body: () async throws -> Value) async throws -> String {
    do {
        return "\(try await body())"
    } catch let error as NetworkError {
        return "\(error)"
    }
}
