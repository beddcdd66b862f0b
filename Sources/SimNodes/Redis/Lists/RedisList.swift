/// The elements of a list; both ends are cheap to add to and to take from.
struct RedisList: Sendable {
    /// The elements are those from `head` on; what is before is room for more.
    private var buffer: [String] = []
    private var head = 0

    /// What the elements take, packed.
    private(set) var bytes = 0

    init() {}

    var count: Int { buffer.count - head }
    var elements: ArraySlice<String> { buffer[head...] }

    subscript(index: Int) -> String {
        get { buffer[head + index] }
        set {
            bytes += newValue.utf8.count - buffer[head + index].utf8.count
            buffer[head + index] = newValue
        }
    }

    mutating func push(_ element: String, at end: RedisListEnd) {
        bytes += RedisMemory.packed(element.utf8.count)
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
        let element = end == .left ? buffer[head] : buffer.removeLast()
        bytes -= RedisMemory.packed(element.utf8.count)
        guard end == .left else { return element }
        buffer[head] = ""
        head += 1
        if head > 64, head > count { compact() }
        return element
    }

    private mutating func compact() {
        buffer.removeFirst(head)
        head = 0
    }

    mutating func insert(_ element: String, at index: Int) {
        bytes += RedisMemory.packed(element.utf8.count)
        buffer.insert(element, at: head + index)
    }

    mutating func remove(at index: Int) {
        bytes -= RedisMemory.packed(buffer.remove(at: head + index).utf8.count)
    }

    /// Leaves only these elements.
    mutating func keep(_ range: Range<Int>) {
        buffer = Array(elements[(head + range.lowerBound)..<(head + range.upperBound)])
        head = 0
        bytes = buffer.reduce(0) { $0 + RedisMemory.packed($1.utf8.count) }
    }
}

// Equal are lists of equal elements, whatever room they have.
extension RedisList: Hashable {
    static func == (left: RedisList, right: RedisList) -> Bool { left.elements == right.elements }
    func hash(into hasher: inout Hasher) { hasher.combine(elements) }
}
