/// Deadlines of waiters, one doubly linked list a distinct time-out length.
///
/// Waiters with the same time-out expire in the order in which they began to wait, so each list is sorted by itself:
/// setting and cancelling a deadline is O(1), and the heap holds one event a list instead of one a deadline. Without
/// this, a minute of answered requests would lie in the heap as a minute of dead time-outs.
struct TimerLists {
    struct List {
        let span: Int64
        var head = UInt32.max
        var tail = UInt32.max
        /// Whether the heap holds this list's event.
        var isScheduled = false
    }

    var lists: [List] = []
    private var listBySpan: [Span: UInt16] = [:]

    private struct Span: Hashable {
        let nanoseconds: Int64

        /// See `NumberHash`.
        @inline(__always)
        func _rawHashValue(seed: Int) -> Int { NumberHash.hash(Int(nanoseconds), seed: seed) }
    }

    private var free: [UInt16] = []

    /// The list for a time-out of `span` nanoseconds; nil while more distinct ones are under way than there are lists.
    mutating func list(for span: Int64) -> UInt16? {
        if let known = listBySpan[Span(nanoseconds: span)] { return known }
        if lists.count == Int(UInt16.max), free.isEmpty { return nil }
        let number = free.popLast() ?? UInt16(lists.count)
        if Int(number) == lists.count { lists.append(List(span: span)) } else { lists[Int(number)] = List(span: span) }
        listBySpan[Span(nanoseconds: span)] = number
        return number
    }

    /// A list is empty and unscheduled: another time-out may have it.
    ///
    /// Time-outs that are computed (what is left of a budget) are distinct without end.
    mutating func recycle(_ number: UInt16) {
        listBySpan[Span(nanoseconds: lists[Int(number)].span)] = nil
        free.append(number)
    }
}

extension Core {
    /// Gives a waiter a deadline `span` from now.
    mutating func setDeadline(of index: UInt32, span: Int64) {
        guard let number = timers.list(for: span) else {
            // A wake of its own does the same, but stays in the wheel when the waiter comes back earlier.
            let waiter = Waiter(index: index, generation: waiters[index].generation)
            return wake(waiter, reason: WakeReason.timedOut.rawValue, time: now &+ span)
        }
        let tail = timers.lists[Int(number)].tail
        waiters[index].timerList = number
        waiters[index].deadline = now &+ span
        waiters[index].timerPrevious = tail
        waiters[index].timerNext = .max
        if tail == .max {
            timers.lists[Int(number)].head = index
        } else {
            waiters[tail].timerNext = index
        }
        timers.lists[Int(number)].tail = index
        if !timers.lists[Int(number)].isScheduled { schedule(list: number) }
    }

    /// Takes a waiter out of its timer list, if it is in one.
    @inline(__always)
    mutating func cancelDeadline(of index: UInt32) {
        let number = waiters[index].timerList
        if number == .max { return }
        let previous = waiters[index].timerPrevious
        let next = waiters[index].timerNext
        if previous == .max { timers.lists[Int(number)].head = next } else { waiters[previous].timerNext = next }
        if next == .max { timers.lists[Int(number)].tail = previous } else { waiters[next].timerPrevious = previous }
        waiters[index].timerList = .max
    }

    /// Puts the event of a list's first deadline into the heap.
    private mutating func schedule(list number: UInt16) {
        let head = timers.lists[Int(number)].head
        timers.lists[Int(number)].isScheduled = true
        events.insert(
            Event(time: waiters[head].deadline, payload: UInt(number), owner: Event.timerList, incarnation: 0))
    }

    /// The event of a list has come: returns the waiter whose deadline it is, unless that one was cancelled since.
    mutating func expire(list number: UInt16) -> UInt32? {
        timers.lists[Int(number)].isScheduled = false
        let head = timers.lists[Int(number)].head
        if head == .max {
            timers.recycle(number)
            return nil
        }
        let isDue = waiters[head].deadline <= now
        if isDue { cancelDeadline(of: head) }
        if timers.lists[Int(number)].head != .max { schedule(list: number) } else { timers.recycle(number) }
        return isDue ? head : nil
    }
}
