/// The elements of a list; both ends are cheap to add to and to take from.
struct RedisList: Sendable {
    /// The elements are those from `head` on; what is before is room for more.
    private var buffer: [String] = []
    private var head = 0

    init() {}

    var count: Int { buffer.count - head }
    var elements: ArraySlice<String> { buffer[head...] }

    subscript(index: Int) -> String {
        get { buffer[head + index] }
        set { buffer[head + index] = newValue }
    }

    mutating func push(_ element: String, at end: RedisListEnd) {
        guard end == .left else { return buffer.append(element) }
        if head == 0 {
            let room = max(8, count)
            buffer.insert(contentsOf: repeatElement("", count: room), at: 0)
            head = room
        }
        head -= 1
        buffer[head] = element
    }

    /// Takes the element at that end; there must be one.
    mutating func pop(from end: RedisListEnd) -> String {
        guard end == .left else { return buffer.removeLast() }
        let element = buffer[head]
        buffer[head] = ""
        head += 1
        if head > 64, head > count { compact() }
        return element
    }

    private mutating func compact() {
        buffer.removeFirst(head)
        head = 0
    }

    mutating func insert(_ element: String, at index: Int) { buffer.insert(element, at: head + index) }
    mutating func remove(at index: Int) { buffer.remove(at: head + index) }

    /// Leaves only these elements.
    mutating func keep(_ range: Range<Int>) {
        buffer = Array(elements[(head + range.lowerBound)..<(head + range.upperBound)])
        head = 0
    }
}

// Equal are lists of equal elements, whatever room they have.
extension RedisList: Hashable {
    static func == (left: RedisList, right: RedisList) -> Bool { left.elements == right.elements }
    func hash(into hasher: inout Hasher) { hasher.combine(elements) }
}
