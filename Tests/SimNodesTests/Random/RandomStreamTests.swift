import Testing

@testable import SimNodes

@Suite struct RandomStreamTests {
    /// The authors' reference code, started from the state 1, 2, 3, 4.
    @Test func theGeneratorIsXoshiro256PlusPlus() {
        var stream = RandomStream(state: (1, 2, 3, 4))
        let expected: [UInt64] = [
            41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386, 9_228_616_714_210_784_205,
            9_973_669_472_204_895_162, 14_011_001_112_246_962_877, 12_406_186_145_184_390_807,
            15_849_039_046_786_891_736, 10_450_023_813_501_588_000,
        ]
        #expect(expected.indices.map { _ in stream.next() } == expected)
    }

    @Test func seedsAndNamesAreMixedByPublishedFunctions() {
        var mixer = SplitMix64(state: 1_234_567)
        let expected: [UInt64] = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        #expect(expected.indices.map { _ in mixer.next() } == expected)
        #expect(RandomStream.hash("") == 0xcbf2_9ce4_8422_2325)
        #expect(RandomStream.hash("a") == 0xaf63_dc4c_8601_ec8c)
        #expect(RandomStream.hash("foobar") == 0x8594_4171_f739_67e8)
    }

    @Test func theSequenceIsPinned() {
        var stream = RandomStream(seed: 42, name: "golden")
        #expect(stream.next() == 7_574_432_624_674_544_614)
        #expect(stream.next() == 17_732_006_441_169_651_344)
        #expect(stream.integer(below: 1000) == 321)
        #expect(stream.uniform() == 0.8955425948345508)
        #expect(stream.openUniform() == 0.5531742631021995)
        var order = Array(0..<10)
        stream.shuffle(&order)
        #expect(order == [2, 7, 4, 3, 6, 1, 9, 5, 8, 0])
    }

    @Test func anotherStreamsUseShiftsNothing() {
        var alone = RandomStream(seed: 7, name: "app1")
        let expected = (0..<100).map { _ in alone.next() }
        var first = RandomStream(seed: 7, name: "app1")
        var second = RandomStream(seed: 7, name: "app2")
        var seen: [UInt64] = []
        for round in 0..<100 {
            for _ in 0..<(round % 5) { _ = second.next() }
            seen.append(first.next())
        }
        #expect(seen == expected)
    }

    /// Bits of neighbouring streams agree in half of all places: 64 000 coins, five standard deviations are 633.
    @Test(arguments: [
        ("app1", "app2", 0 as UInt64, 0 as UInt64), ("app", "app", 0, 1), ("", "a", 9, 9), ("ab", "ba", 1, 1),
    ])
    func neighbouringStreamsAreUnrelated(_ one: String, _ other: String, _ seed: UInt64, _ otherSeed: UInt64) {
        var left = RandomStream(seed: seed, name: one)
        var right = RandomStream(seed: otherSeed, name: other)
        let agreeing = (0..<1000).reduce(0) { sum, _ in sum + (~(left.next() ^ right.next())).nonzeroBitCount }
        #expect((agreeing - 32_000).magnitude < 633)
    }

    @Test func uniformNumbersFillTheInterval() {
        var stream = RandomStream(seed: 1, name: "uniform")
        var counts = [Int](repeating: 0, count: 100)
        for _ in 0..<100_000 { counts[Int(stream.uniform() * 100)] += 1 }
        let flat = [Double](repeating: 0.01, count: 100)
        #expect(Goodness.chiSquare(counts, probabilities: flat) < 160.06)
    }

    @Test func theOpenIntervalHasNoEnds() {
        // States whose first result is all zeros and all ones.
        var lowest = RandomStream(state: (0, 1, 0, 0))
        #expect(lowest.openUniform() == 0x1p-53)
        var zero = RandomStream(state: (0, 1, 0, 0))
        #expect(zero.uniform() == 0)
        // rotl(s0 + s3, 23) + s0 is all ones for s0 = all ones, s3 = 1.
        var highest = RandomStream(state: (.max, 0, 0, 1))
        #expect(highest.openUniform() == 1 - 0x1p-53)
        var one = RandomStream(state: (.max, 0, 0, 1))
        #expect(one.uniform() == 1 - 0x1p-53)
    }

    /// Without rejection three quarters of 2⁶⁴ would make the lower numbers twice as likely as the rest.
    @Test func wholeNumbersHaveNoBias() {
        var stream = RandomStream(seed: 2, name: "bound")
        let bound: UInt64 = 3 << 62
        var counts = [0, 0, 0]
        for _ in 0..<30_000 {
            let value = stream.integer(below: bound)
            #expect(value < bound)
            counts[Int(value % 3)] += 1
        }
        // Plain multiplication gives the residues ½, ¼, ¼.
        #expect(Goodness.chiSquare(counts, probabilities: [1.0 / 3, 1.0 / 3, 1.0 / 3]) < 18.42)
    }

    @Test(arguments: [2, 7, 10, 20, 50, 100, 256]) func smallBoundsAreFlat(_ bound: Int) {
        var stream = RandomStream(seed: 3, name: "bound \(bound)")
        var counts = [Int](repeating: 0, count: bound)
        for _ in 0..<50_000 { counts[stream.integer(below: bound)] += 1 }
        let flat = [Double](repeating: 1 / Double(bound), count: bound)
        #expect(Goodness.chiSquare(counts, probabilities: flat) < Goodness.chiSquareLimit[bound - 1] ?? 0)
    }

    @Test func rangesReachBothEnds() {
        var stream = RandomStream(seed: 4, name: "range")
        #expect(Set((0..<200).map { _ in stream.integer(in: -2...2) }) == [-2, -1, 0, 1, 2])
        #expect(stream.integer(in: 5...5) == 5)
        #expect(Set((0..<10).map { _ in stream.integer(in: .min ... .max) }).count == 10)
    }

    @Test func coinsFallAsOftenAsTheyShould() {
        var stream = RandomStream(seed: 5, name: "coin")
        #expect((0..<1000).allSatisfy { _ in !stream.bernoulli(0) })
        #expect((0..<1000).allSatisfy { _ in stream.bernoulli(1) })
        let heads = (0..<100_000).reduce(0) { sum, _ in sum + (stream.bernoulli(0.2) ? 1 : 0) }
        #expect(Goodness.chiSquare([heads, 100_000 - heads], probabilities: [0.2, 0.8]) < 15.14)
    }

    @Test func everyOrderIsAsLikely() {
        var stream = RandomStream(seed: 6, name: "shuffle")
        var counts: [String: Int] = [:]
        for _ in 0..<60_000 {
            var items = ["a", "b", "c", "d"]
            stream.shuffle(&items)
            counts[items.joined(), default: 0] += 1
        }
        #expect(counts.count == 24)
        // 23 degrees of freedom, 99.99 %.
        let flat = [Double](repeating: 1 / 24.0, count: 24)
        #expect(Goodness.chiSquare(counts.values.sorted(), probabilities: flat) < 56.9)
    }

    @Test func choosingFromNothingDrawsNothing() {
        var stream = RandomStream(seed: 6, name: "choose")
        var untouched = stream
        #expect(stream.choose(from: [Int]()) == nil)
        #expect(stream.next() == untouched.next())
        #expect(Set((0..<100).compactMap { _ in stream.choose(from: [1, 2, 3]) }) == [1, 2, 3])
    }
}
