/// A queue with both ends at constant cost; `Array.removeFirst` would move everything behind it.
struct FIFO<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { head == elements.count }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Puts an element behind the last one that may stand before it.
    mutating func insert(_ element: Element, behind mayPrecede: (Element) -> Bool) {
        var index = elements.count
        while index > head, !mayPrecede(elements[index - 1]) { index -= 1 }
        elements.insert(element, at: index)
    }

    /// Changes every element, in order.
    mutating func modifyAll(_ body: (inout Element) -> Void) {
        for index in head..<elements.count { body(&elements[index]) }
    }

    @discardableResult
    mutating func removeFirst() -> Element {
        let element = elements[head]
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= elements.count {
            elements.removeSubrange(0..<head)
            head = 0
        }
        return element
    }
}
