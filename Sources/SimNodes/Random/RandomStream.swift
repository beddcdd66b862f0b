/// One named sequence of random numbers: xoshiro256++, seeded by (seed, name).
///
/// Every node and purpose has a stream of its own, so that adding a node shifts nobody else's numbers.
/// Not a `RandomNumberGenerator` on purpose: the standard library may change how its `shuffle` or `random(in:)` draws,
/// and a replay would change with it.
/// Source: Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021.
@frozen public struct RandomStream: Sendable {
    @usableFromInline var s0: UInt64
    @usableFromInline var s1: UInt64
    @usableFromInline var s2: UInt64
    @usableFromInline var s3: UInt64

    /// The stream of this name in the run of this seed.
    public init(seed: UInt64, name: String) {
        var ofSeed = SplitMix64(state: seed)
        var mixer = SplitMix64(state: ofSeed.next() ^ Self.hash(name))
        self.init(state: (mixer.next(), mixer.next(), mixer.next(), mixer.next()))
    }

    /// A stream that continues from a known state, which must not be all zeros.
    package init(state: (UInt64, UInt64, UInt64, UInt64)) {
        (s0, s1, s2, s3) = state
    }

    /// FNV-1a over the UTF-8 of a name: the same in every process, unlike `hashValue`.
    package static func hash(_ name: String) -> UInt64 {
        var name = name
        // In one piece: to ask a string for one byte after the other takes four times as long.
        return name.withUTF8 { bytes in
            bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
    }

    /// The next 64 random bits.
    @inlinable public mutating func next() -> UInt64 {
        let sum = s0 &+ s3
        let result = (sum << 23 | sum >> 41) &+ s0
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = s3 << 45 | s3 >> 19
        return result
    }

    /// A number in [0, 1), a multiple of 2⁻⁵³.
    @inlinable public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number in (0, 1), symmetric about a half: neither end can occur, so its logarithm is finite.
    @inlinable public mutating func openUniform() -> Double {
        (Double(next() >> 12) + 0.5) * 0x1p-52
    }

    /// A whole number in 0 ..< `bound`, each exactly as likely (Lemire's multiplication with rejection).
    @inlinable public mutating func integer(below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "nothing lies below zero")
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }

    /// A whole number in 0 ..< `bound`, each exactly as likely.
    @inlinable public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0, "nothing lies below zero")
        return Int(truncatingIfNeeded: integer(below: UInt64(bound)))
    }

    /// A whole number in `range`, each exactly as likely.
    @inlinable public mutating func integer(in range: ClosedRange<Int>) -> Int {
        let span = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound))
        if span == .max { return Int(truncatingIfNeeded: next()) }
        return range.lowerBound &+ Int(truncatingIfNeeded: integer(below: span + 1))
    }

    /// True with this probability; draws once even where it is certain, so that changing it shifts nothing after it.
    @inlinable public mutating func bernoulli(_ probability: Double) -> Bool {
        uniform() < probability
    }

    /// Puts `elements` into an order, each as likely as any other (Fisher–Yates).
    @inlinable public mutating func shuffle<Element>(_ elements: inout [Element]) {
        var remaining = elements.count
        while remaining > 1 {
            let chosen = integer(below: remaining)
            remaining -= 1
            elements.swapAt(chosen, remaining)
        }
    }

    /// One of `elements`, each as likely; nil, and nothing drawn, when there is none.
    @inlinable public mutating func choose<Element>(from elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[integer(below: elements.count)]
    }
}

/// Steele, Lea & Flood's generator: spreads a seed over the state of a larger one.
package struct SplitMix64: Sendable {
    package var state: UInt64

    package init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
