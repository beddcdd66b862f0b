import Topology

/// Servers with one queue, first come first served: cores, an I/O device, Redis's one thread.
///
/// Because nobody overtakes, the moment of completion is known on arrival: a customer costs one event, whether it
/// waits or not. A pause of the process stretches what is under way; its crash empties the station.
package final class ServiceStation: @unchecked Sendable {
    private let process: NodeProcess
    package let meter: ResourceMeter
    /// When each server will be free, as a binary heap: the earliest first.
    private var freeAt: [Instant]
    /// When each customer in the queue will get a server, in order.
    private var starts = FIFO<Instant>()
    /// How much pause of the process is already in `freeAt`.
    private var frozen: TimeSpan = .zero
    private var incarnation: UInt32 = 0

    package init(_ name: String, servers: Int, process: NodeProcess) {
        self.process = process
        meter = ResourceMeter(name: "\(process.name).\(name)", capacity: servers, start: process.universe.now)
        freeAt = [Instant](repeating: .zero, count: servers)
    }

    /// Waits for a server and is served for `demand`, longer by the process's slowdown.
    ///
    /// - Throws: `Halted`.
    package nonisolated(nonsending) func serve(_ demand: TimeSpan) async throws {
        if demand == .zero { return }
        let completion = admit(demand)
        var pausesSeen = process.frozen
        try await process.sleep(until: completion)
        while process.frozen > pausesSeen {
            let pause = process.frozen - pausesSeen
            pausesSeen = process.frozen
            try await process.sleep(pause)
        }
    }

    /// How many wait at this moment.
    package var queueLength: Int {
        settle()
        return starts.count
    }

    /// Brings the meter up to now: those whose turn has come left the queue when it came.
    package func settle() {
        while let first = starts.first, first <= process.universe.now {
            starts.removeFirst()
            meter.setQueue(starts.count, at: first)
        }
    }

    private func admit(_ demand: TimeSpan) -> Instant {
        catchUp()
        let now = process.universe.now
        let start = max(now, freeAt[0])
        let service = process.slowdown == 1 ? demand : demand * process.slowdown
        replaceEarliest(with: start + service)
        meter.served(wait: start - now, service: service)
        settle()
        if start > now {
            starts.append(start)
            meter.setQueue(starts.count, at: now)
        }
        return start + service
    }

    /// A new incarnation begins with an idle station; a pause has moved everything that was under way.
    private func catchUp() {
        if process.incarnation != incarnation {
            incarnation = process.incarnation
            frozen = .zero
            starts = FIFO()
            for index in freeAt.indices { freeAt[index] = .zero }
        }
        let pause = process.frozen - frozen
        if pause > .zero {
            frozen = process.frozen
            let resumed = process.universe.now - pause
            for index in freeAt.indices where freeAt[index] > resumed { freeAt[index] += pause }
        }
    }

    private func replaceEarliest(with moment: Instant) {
        var hole = 0
        while true {
            var child = 2 * hole + 1
            if child >= freeAt.count { break }
            if child + 1 < freeAt.count, freeAt[child + 1] < freeAt[child] { child += 1 }
            if freeAt[child] >= moment { break }
            freeAt[hole] = freeAt[child]
            hole = child
        }
        freeAt[hole] = moment
    }
}
