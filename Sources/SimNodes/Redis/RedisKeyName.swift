/// The name of a key, as the table of all keys looks for it.
///
/// Hashed as names of random streams are, in a quarter of the time of the standard library's hash, which withstands keys
/// that an enemy chose; who has chosen these is the model.
struct RedisKeyName: Hashable, Sendable {
    let text: String

    @inline(__always)
    init(_ text: String) { self.text = text }

    func _rawHashValue(seed: Int) -> Int {
        NumberHash.hash(Int(truncatingIfNeeded: RandomStream.hash(text)), seed: seed)
    }
}
