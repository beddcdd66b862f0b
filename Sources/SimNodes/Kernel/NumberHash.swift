/// The hash of a number that the program has given out itself, for dictionaries on the way of every message.
///
/// One multiplication, where the standard library's hash takes a hundred instructions to withstand keys that an enemy
/// chose. Order among keys is nowhere observed, so the hash decides nothing.
enum NumberHash {
    @inline(__always)
    static func hash(_ number: Int, seed: Int) -> Int {
        let product = UInt(bitPattern: number ^ seed) &* 0x9E37_79B9_7F4A_7C15
        // Tables look at the low bits; the product's best ones are high.
        return Int(bitPattern: product ^ product >> 32)
    }
}
