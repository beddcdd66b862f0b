/// Where two runs part: the first line in which their stories differ.
public struct Divergence: Sendable {
    /// The last lines that both tell.
    public let common: [Story.Line]
    /// How the first one goes on; empty: it has ended.
    public let first: [Story.Line]
    /// How the second one goes on; empty: it has ended.
    public let second: [Story.Line]
    /// How many lines both tell.
    public let sharedCount: Int

    /// Compares two stories; nil when they tell the same.
    ///
    /// - Parameter context: how many lines to keep before and after the parting.
    public init?(_ first: [Story.Line], _ second: [Story.Line], context: Int = 5) {
        let shared = zip(first, second).prefix { $0 == $1 }.count
        if shared == first.count, shared == second.count { return nil }
        sharedCount = shared
        common = Array(first[..<shared].suffix(context))
        self.first = Array(first[shared...].prefix(context))
        self.second = Array(second[shared...].prefix(context))
    }
}
