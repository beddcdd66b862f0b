import Testing
import Topology

@testable import SimNodes

@Suite struct RandomPopularityTests {
    @Test(arguments: [0.0, 0.5, 1, 1.7]) func zipfIsExact(_ exponent: Double) {
        let popularity = PopularitySampler.zipf(count: 100, exponent: exponent)
        let probabilities = (0..<100).map { popularity.probability(of: $0) }
        #expect((probabilities.reduce(0, +) - 1).magnitude < 1e-12)
        let ratio = probabilities[0] / probabilities[9]
        #expect((ratio / Elementary.pow(10, exponent) - 1).magnitude < 1e-12)
        var stream = RandomStream(seed: 21, name: "zipf")
        var counts = [Int](repeating: 0, count: 100)
        for _ in 0..<100_000 { counts[popularity.sample(using: &stream)] += 1 }
        #expect(Goodness.chiSquare(counts, probabilities: probabilities) < 160.06)
    }

    /// H(500) = 6.79282342999052…, so the first of 500 products has 14.7 % of the requests.
    @Test func theFirstOfFiveHundred() {
        let share = PopularitySampler.zipf(count: 500, exponent: 1).probability(of: 0)
        #expect((share - 1 / 6.792823429990524).magnitude < 1e-14)
    }

    @Test func aMillionProducts() {
        let popularity = PopularitySampler.zipf(count: 1_000_000, exponent: 1.1)
        // The sum of k^−1.1 up to a million.
        #expect((popularity.probability(of: 0) * 8.072562159035527 - 1).magnitude < 1e-11)
        var stream = RandomStream(seed: 23, name: "million")
        var decades = [Int](repeating: 0, count: 6)
        var expected = [Double](repeating: 0, count: 6)
        for _ in 0..<20_000 { decades[String(popularity.sample(using: &stream)).count - 1] += 1 }
        var first = 0
        for decade in 0..<6 {
            let end = Int(Elementary.pow(10, Double(decade + 1)).rounded())
            expected[decade] = (first..<end).reduce(0) { $0 + popularity.probability(of: $1) }
            first = end
        }
        // Five degrees of freedom, 99.99 %.
        #expect(Goodness.chiSquare(decades, probabilities: expected) < 25.74)
    }

    @Test func theTableIsWhatItWasMadeOf() {
        let weights: [Double] = [0, 5, 1, 1e-9, 0, 93, 7, 0.5, 0]
        let total = weights.reduce(0, +)
        for (weight, probability) in zip(weights, AliasTable(weights: weights).probabilities) {
            #expect((probability - weight / total).magnitude < 1e-15)
            #expect((weight == 0) == (probability == 0))
        }
        let many = (1...10_000).map { 1 / Double($0) }
        let sum = many.reduce(0, +)
        for (weight, probability) in zip(many, AliasTable(weights: many).probabilities) {
            #expect((probability - weight / sum).magnitude < 1e-13 / 10_000 * 100)
        }
    }

    @Test func itemsWithoutWeightNeverCome() {
        var weights = [Double](repeating: 0.1, count: 1000)
        for index in stride(from: 0, to: 1000, by: 3) { weights[index] = 0 }
        let probabilities = AliasTable(weights: weights).probabilities
        #expect(stride(from: 0, to: 1000, by: 3).allSatisfy { probabilities[$0] == 0 })
    }

    @Test func oneHotProduct() {
        let popularity = PopularitySampler.hot(count: 7, share: 0.4)
        var stream = RandomStream(seed: 22, name: "hot")
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<50_000 { counts[popularity.sample(using: &stream)] += 1 }
        #expect(Goodness.chiSquare(counts, probabilities: (0..<7).map { popularity.probability(of: $0) }) < 27.86)
        #expect(popularity.probability(of: 0) == 0.4)
        #expect((popularity.probability(of: 3) - 0.1).magnitude < 1e-15)
        let only = PopularitySampler.hot(count: 1, share: 0.4)
        #expect((0..<20).allSatisfy { _ in only.sample(using: &stream) == 0 })
        #expect(only.probability(of: 0) == 1)
    }

    @Test func theDrawsArePinned() {
        var stream = RandomStream(seed: 42, name: "golden")
        let zipf = PopularitySampler.zipf(count: 500, exponent: 1)
        #expect((0..<12).map { _ in zipf.sample(using: &stream) } == [205, 34, 0, 18, 1, 7, 26, 315, 16, 0, 99, 38])
        let uniform = PopularitySampler.uniform(count: 500)
        #expect((0..<6).map { _ in uniform.sample(using: &stream) } == [33, 435, 52, 182, 365, 412])
    }
}
