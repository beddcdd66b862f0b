/// Several doubly linked lists of the same items, from which items are taken and to which they return in reverse order.
struct Chains {
    private var next: [Int32]
    private var previous: [Int32]
    private let count: Int

    init(count: Int, chains: Int) {
        self.count = count
        // The head of a chain stands behind the items, and links to itself.
        next = (0..<count + chains).map { Int32($0) }
        previous = next
    }

    mutating func append(_ item: Int, to chain: Int) {
        let head = count + chain
        let last = previous[head]
        next[Int(last)] = Int32(item)
        previous[item] = last
        next[item] = Int32(head)
        previous[head] = Int32(item)
    }

    func first(of chain: Int) -> Int { Int(next[count + chain]) }

    func firstIfAny(of chain: Int) -> Int? { ifItem(next[count + chain]) }

    func after(_ item: Int) -> Int? { ifItem(next[item]) }

    private func ifItem(_ place: Int32) -> Int? { place < count ? Int(place) : nil }

    mutating func remove(_ item: Int) {
        next[Int(previous[item])] = next[item]
        previous[Int(next[item])] = previous[item]
    }

    mutating func restore(_ item: Int) {
        next[Int(previous[item])] = Int32(item)
        previous[Int(next[item])] = Int32(item)
    }
}
