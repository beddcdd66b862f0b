import Topology

extension CaseIterable where Self: RawRepresentable, RawValue == String {
    /// The place of a case without payload among all cases: what its one byte holds.
    ///
    /// Whatever is kept by case stands in an array by it: a dictionary would hash the word, at ten times the cost.
    @inline(__always)
    var ordinal: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}
