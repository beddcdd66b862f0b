import Testing

@testable import SimNodes

@Suite struct KernelEventWheelTests {
    /// The reference: a sorted array of (time, insertion).
    private struct Naive {
        private var events: [(time: Int64, payload: UInt)] = []
        var isEmpty: Bool { events.isEmpty }
        var all: [UInt] { events.map(\.payload) }
        mutating func insert(_ time: Int64, _ payload: UInt) {
            var (low, high) = (0, events.count)
            while low < high {
                let middle = (low + high) / 2
                if events[middle].time >= time { low = middle + 1 } else { high = middle }
            }
            // Latest first, so that the next one is at the cheap end.
            var place = low
            while place > 0, events[place - 1].time == time { place -= 1 }
            events.insert((time, payload), at: place)
        }
        mutating func removeFirst() -> (time: Int64, payload: UInt) { events.removeLast() }
    }

    /// Delays from none to hours, with many ties.
    private static func delay(_ random: inout RandomStream, shape: Int) -> Int64 {
        let magnitudes: [UInt64] = [1, 2, 64, 65, 1_000, 4_096, 1_000_000, 1_000_000_000, 14_400_000_000_000]
        switch shape {
        case 0: return 0
        case 1: return Int64(random.integer(below: 3 as UInt64))
        case 2: return Int64(random.integer(below: 200 as UInt64)) * 1_000_000
        case 3: return Int64(1) << Int64(random.integer(below: 44 as UInt64))
        default: return Int64(random.integer(below: magnitudes[random.integer(below: magnitudes.count)] + 1))
        }
    }

    private static func event(_ time: Int64, _ payload: UInt) -> Event {
        Event(time: time, payload: payload, owner: 0, incarnation: 0)
    }

    @Test(arguments: 0..<60)
    func everySequenceComesOutAsSorted(seed: Int) {
        var random = RandomStream(seed: UInt64(seed), name: "wheel")
        var (wheel, naive) = (EventWheel(), Naive())
        defer { wheel.deallocate() }
        var now: Int64 = 0
        var next: UInt = 0
        let total = seed < 3 ? 20_000 : 600
        let burst = 1 + random.integer(below: seed < 3 ? 4_000 : 200)
        var isRight = true
        while next < total || !naive.isEmpty {
            if next < total {
                for _ in 0..<random.integer(below: burst) {
                    let time = now + Self.delay(&random, shape: random.integer(below: 6))
                    wheel.insert(Self.event(time, next))
                    naive.insert(time, next)
                    next += 1
                }
            }
            for _ in 0..<random.integer(below: burst) where !naive.isEmpty {
                let (found, expected) = (wheel.removeFirst(), naive.removeFirst())
                isRight = isRight && found.time == expected.time && found.payload == expected.payload
                now = found.time
            }
        }
        #expect(isRight && wheel.count == 0)
    }

    @Test func monotoneInsertsComeOutInTheirOrder() {
        var wheel = EventWheel()
        defer { wheel.deallocate() }
        for index in 0..<20_000 { wheel.insert(Self.event(Int64(index) * 777, UInt(index))) }
        #expect((0..<20_000).allSatisfy { wheel.removeFirst().payload == UInt($0) })
    }

    @Test(arguments: 0..<10)
    func removeAllFindsEveryEventOnceAndLeavesAnEmptyWheel(seed: Int) {
        var random = RandomStream(seed: UInt64(seed), name: "wheel")
        var wheel = EventWheel()
        defer { wheel.deallocate() }
        var now: Int64 = 0
        var expected = Set<UInt>()
        for payload in 0..<(2_000 as UInt) {
            wheel.insert(Self.event(now + Self.delay(&random, shape: random.integer(below: 6)), payload))
            expected.insert(payload)
            if payload % 3 == 0 {
                let first = wheel.removeFirst()
                now = first.time
                expected.remove(first.payload)
            }
        }
        var found: [UInt] = []
        wheel.removeAll { found.append($0.payload) }
        #expect(found.count == expected.count && Set(found) == expected && wheel.count == 0)
    }

    @Test func theEndOfTheClockIsWithinTheWheel() {
        var wheel = EventWheel()
        defer { wheel.deallocate() }
        wheel.insert(Self.event(.max, 2))
        wheel.insert(Self.event(.max, 3))
        wheel.insert(Self.event(.max - 1, 1))
        #expect((1...3).allSatisfy { wheel.removeFirst().payload == UInt($0) })
    }

    @Test func thePastIsNoPlaceForAnEvent() async {
        await #expect(processExitsWith: .exitCode(107)) {
            var wheel = EventWheel()
            wheel.insert(Event(time: 100, payload: 0, owner: 0, incarnation: 0))
            _ = wheel.removeFirst()
            wheel.insert(Event(time: 99, payload: 0, owner: 0, incarnation: 0))
        }
    }
}
