import Testing
import Topology

@testable import SimNodes

@Suite struct StatisticsLevelTests {
    private func at(_ seconds: Int64) -> Instant { .zero + .seconds(seconds) }

    /// 0 for 1 s, 4 for 2 s, 1 for 3 s, 0 for 4 s: 11 level-seconds in 10 s.
    @Test func theMeanIsTheAreaOverTime() {
        var level = TimeWeighted()
        level.set(4, at: at(1))
        level.set(1, at: at(3))
        level.add(-1, at: at(6))
        #expect(level.mean(until: at(10)) == 1.1)
        #expect(level.occupancy(until: at(10)) == 0.5)
        #expect(level.maximum == 4 && level.level == 0)
        #expect(level.mean(until: at(6)) == 11.0 / 6)
    }

    @Test func instantsThatCoincideHaveNoWeightButCountForTheMaximum() {
        var level = TimeWeighted(level: 2, start: at(5))
        level.set(9, at: at(5))
        level.set(3, at: at(5))
        #expect(level.mean(until: at(5)) == 0 && level.occupancy(until: at(5)) == 0)
        #expect(level.mean(until: at(7)) == 3 && level.maximum == 9)
    }

    @Test func aWarmUpIsForgotten() {
        var level = TimeWeighted()
        level.set(100, at: at(1))
        level.set(2, at: at(2))
        level.restart(at: at(4))
        level.set(6, at: at(5))
        #expect(level.mean(until: at(6)) == 4 && level.maximum == 6)
    }

    /// A million requests for a day: 8.64e19 level-nanoseconds do not fit in 64 bits.
    @Test func largeAreasDoNotOverflow() {
        var level = TimeWeighted(level: 1_000_000)
        level.set(0, at: at(86_400))
        #expect(level.mean(until: at(172_800)) == 500_000)
    }

    @Test func howOftenTheTimeIsCutDoesNotMatter() {
        var coarse = TimeWeighted()
        var fine = TimeWeighted()
        var stream = RandomStream(seed: 51, name: "cuts")
        var now = Instant.zero
        for _ in 0..<2000 {
            let level = stream.integer(below: 50)
            coarse.set(level, at: now)
            for _ in 0..<3 {
                fine.set(level, at: now)
                now += TimeSpan(nanoseconds: Int64(stream.integer(below: 1_000_003)))
            }
        }
        #expect(coarse.mean(until: now) == fine.mean(until: now))
    }

    @Test func wideSumsCarry() {
        var sum = WideSum()
        for _ in 0..<4 { sum.add(.max, times: 2) }
        #expect(sum.value == 0x1p66)
        var other = WideSum()
        other.add(3)
        other.add(sum)
        sum.add(1, times: 3)
        #expect(other == sum)
    }
}
