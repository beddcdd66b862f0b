import Topology

/// Servers with one queue, first come first served: cores, an I/O device, Redis's one thread.
///
/// Because nobody overtakes, the moment of completion is known on arrival: a customer costs one event, whether it
/// waits or not. A pause of the process stretches what is under way; its crash empties the station.
package final class ServiceStation: ProcessObserver, @unchecked Sendable {
    /// What of its machine a station stands for.
    package struct Hardware: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let cpu = Hardware(rawValue: 1)
        package static let disk = Hardware(rawValue: 2)
    }

    private let process: NodeProcess
    package let hardware: Hardware
    /// How much longer than normal everything takes here, beside what the whole process is slowed down by.
    package var slowdown: Double = 1
    package let meter: ResourceMeter
    /// Whether those who wait are counted here; false where the owner forms the queue, and counts it itself.
    private let countsQueue: Bool
    /// When each server will be free, as a binary heap: the earliest first.
    private var freeAt: [Instant]
    /// When each customer in the queue came and will get a server, in order.
    private var starts = FIFO<(arrival: Instant, start: Instant)>()
    /// How many customers may come before the busy servers can be more than ever, and how many those were.
    private var customersUntilNews = 0
    private var maximumSeen = 0
    /// How many pauses of the process are already in `freeAt` and `starts`.
    private var pausesSeen = 0
    /// Until when a fault keeps all servers from working.
    private var stalledUntil = Instant.zero
    /// How long stalls have held up what was under way, in all.
    private var stalled = TimeSpan.zero
    /// Customers whom a fault has made slower or held up.
    package private(set) var struckCustomers = 0

    package init(
        _ name: String, servers: Int, process: NodeProcess, hardware: Hardware = .cpu, countsQueue: Bool = true
    ) {
        self.process = process
        self.countsQueue = countsQueue
        self.hardware = hardware
        meter = ResourceMeter(name: "\(process.name).\(name)", capacity: servers, start: process.universe.now)
        freeAt = [Instant](repeating: .zero, count: servers)
        process.observe(self)
    }

    /// Waits for a server and is served for `demand`, longer by the process's slowdown.
    ///
    /// - Throws: `Halted`.
    package nonisolated(nonsending) func serve(_ demand: TimeSpan) async throws {
        if demand == .zero { return }
        let arrival = process.universe.now
        let (start, planned) = admit(demand)
        var completion = planned
        var frozen = process.frozen + stalled
        try await process.sleep(until: completion)
        while process.frozen + stalled > frozen {
            completion += process.frozen + stalled - frozen
            frozen = process.frozen + stalled
            // A completion that fell into the pause wakes up at its end, and has only the rest to wait.
            try await process.sleep(until: completion)
        }
        if meter.anatomy != nil {
            let end = process.universe.now
            meter.noteAnatomy(waitedFrom: arrival, servedFrom: end - (planned - start), until: end)
        }
    }

    /// Brings the meter up to now, for a report.
    package func settle() {
        catchUp()
        leaveQueue(by: process.lastActive)
        meter.setAhead(workAhead())
    }

    /// The crash empties the station: those in it are neither served nor waited for.
    package func processCrashed(_ process: NodeProcess) {
        settle()
        meter.worked(.zero - workAhead())
        meter.setAhead(.zero)
        if countsQueue { meter.empties(at: process.universe.now) }
        starts = FIFO()
        pausesSeen = 0
        stalled = .zero
        let isStalled = stalledUntil > process.universe.now
        for index in freeAt.indices { freeAt[index] = isStalled ? stalledUntil : .zero }
    }

    package func processStarted(_ process: NodeProcess) {}

    /// A fault keeps all servers from working for a while: what is under way is held up, what comes waits.
    package func stall(for span: TimeSpan) {
        settle()
        let idle = max(process.universe.now, stalledUntil)
        let end = process.universe.now + span
        let extra = end - idle
        guard extra > .zero else { return }
        struckCustomers += freeAt.count { $0 > idle }
        for index in freeAt.indices { freeAt[index] = max(freeAt[index], idle) + extra }
        starts.modifyAll { $0.start += extra }
        stalled = stalled + extra
        stalledUntil = end
    }

    /// Work that customers have brought and servers have not done yet.
    private func workAhead() -> TimeSpan {
        let now = max(process.lastActive, stalledUntil)
        return freeAt.reduce(.zero) { $0 + max(.zero, $1 - now) }
    }

    /// Those whose turn has come left the queue when it came.
    private func leaveQueue(by moment: Instant) {
        while let first = starts.first, first.start <= moment {
            starts.removeFirst()
            meter.waited(first.start - first.arrival)
            if countsQueue { meter.endsWait(since: first.arrival, at: first.start) }
            setQueue(starts.count, at: first.start)
        }
    }

    private func setQueue(_ length: Int, at moment: Instant) {
        if countsQueue { meter.setQueue(length, at: moment) }
    }

    private func admit(_ demand: TimeSpan) -> (start: Instant, completion: Instant) {
        catchUp()
        let now = process.universe.now
        let start = max(now, freeAt[0])
        let factor = process.slowdown * slowdown
        let service = factor == 1 ? demand : demand * factor
        if factor != 1 || stalledUntil > now { struckCustomers += 1 }
        replaceEarliest(with: start + service)
        leaveQueue(by: now)
        if start > now {
            meter.worked(service)
            // Where a pause has held up those who wait for a stall to end, a later one may get an idle server before them.
            starts.insert((now, start)) { $0.start <= start }
            if countsQueue { meter.beginsToWait(at: now) }
            setQueue(starts.count, at: now)
        } else {
            meter.served(wait: .zero, service: service)
        }
        noteBusy(at: now)
        return (start, start + service)
    }

    /// Counts busy servers as long as that can still be news.
    private func noteBusy(at now: Instant) {
        let maximum = meter.maximumInUse
        if maximum == freeAt.count { return }
        // A customer makes one more server busy at most.
        if customersUntilNews > 0, maximum == maximumSeen {
            customersUntilNews -= 1
            return
        }
        let idle = max(now, stalledUntil)
        let busy = freeAt[0] > idle ? freeAt.count : freeAt.count { $0 > idle }
        meter.noteBusy(busy)
        maximumSeen = meter.maximumInUse
        customersUntilNews = maximumSeen - busy
    }

    /// A pause has moved everything that was under way.
    private func catchUp() {
        if process.frozen == .zero { return }
        for pause in process.pauses[pausesSeen...] {
            let begin = Instant(nanoseconds: pause.start)
            let length = TimeSpan(nanoseconds: pause.end - pause.start)
            leaveQueue(by: begin)
            starts.modifyAll { $0.start += length }
            // Whoever only waits for a stall to end does not wait longer.
            for index in freeAt.indices where freeAt[index] > begin && freeAt[index] != stalledUntil {
                freeAt[index] += length
            }
        }
        pausesSeen = process.pauses.count
    }

    private func replaceEarliest(with moment: Instant) {
        freeAt.withUnsafeMutableBufferPointer { heap in
            var hole = 0
            while true {
                var child = 2 * hole + 1
                if child >= heap.count { break }
                if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
                if heap[child] >= moment { break }
                heap[hole] = heap[child]
                hole = child
            }
            heap[hole] = moment
        }
    }
}
