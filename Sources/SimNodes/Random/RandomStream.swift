/// placeholder until the real one is merged
public struct RandomStream: Sendable { var s: UInt64
 public init(seed: UInt64, name: String) { s = seed &+ UInt64(name.utf8.count) }
 @inline(__always) public mutating func next() -> UInt64 { s &+= 0x9E3779B97F4A7C15; var z = s; z = (z ^ (z >> 30)) &* 0xBF58476D1CE4E5B9; z = (z ^ (z >> 27)) &* 0x94D049BB133111EB; return z ^ (z >> 31) }
 @inline(__always) public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
