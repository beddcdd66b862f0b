/// The long run of any finite chain in continuous time, from nothing but its transition rates: the judge of the formulas.
struct MarkovChain {
    /// `rates[from][to]`.
    private var rates: [[Double]]

    init(states: Int) {
        rates = [[Double]](repeating: [Double](repeating: 0, count: states), count: states)
    }

    mutating func add(_ rate: Double, from: Int, to: Int) {
        if from != to { rates[from][to] += rate }
    }

    /// The share of time in each state.
    ///
    /// Grassmann, Taksar and Heyman's elimination (1985): no subtraction, so no digits are lost.
    func solve() -> [Double] {
        var matrix = rates
        let count = matrix.count
        for last in stride(from: count - 1, to: 0, by: -1) {
            let out = matrix[last][0..<last].reduce(0, +)
            for from in 0..<last where matrix[from][last] > 0 {
                matrix[from][last] /= out
                for to in 0..<last where to != from { matrix[from][to] += matrix[from][last] * matrix[last][to] }
            }
        }
        var shares = [1.0]
        for state in 1..<count {
            shares.append((0..<state).reduce(0) { $0 + shares[$1] * matrix[$1][state] })
        }
        let total = shares.reduce(0, +)
        return shares.map { $0 / total }
    }
}

/// Parameters at random, the same in every run of the tests.
struct Draw {
    private var state: UInt64

    // Another factor than the generator's own step, or the streams of neighbouring seeds would overlap.
    init(_ seed: Int) { state = UInt64(seed) &* 0xD134_2543_DE82_EF95 &+ 0x1234_5678 }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + Double(next() >> 11) * 0x1p-53 * (range.upperBound - range.lowerBound)
    }

    mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }
}

/// Whether two numbers agree but for a share of the second.
func agree(_ value: Double, _ exact: Double, _ tolerance: Double = 1e-9) -> Bool {
    (value - exact).magnitude <= tolerance * max(exact.magnitude, 1e-12)
}
