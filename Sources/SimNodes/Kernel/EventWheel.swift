/// The events to come, in order of (time, insertion): a hierarchical timing wheel with a resolution of one nanosecond.
///
/// Level *l* has a slot for each value of the *l*-th group of six bits of the time. An event stands on the level of the
/// highest group in which it differs from `cursor`, and moves down as the cursor comes near. Both ends of that are
/// sequential appends and reads, so unlike a heap's, the cost of an event hardly grows from a thousand to a million
/// waiting ones. Events of one instant are always in one slot, in the order of their insertion.
struct EventWheel {
    private static let bits = 6
    private static let width = 1 << bits
    private static let levels = 11
    private static let eventsPerChunk = 42

    /// A piece of a slot's queue; `events` follow the header in memory.
    private struct Chunk {
        var next: UnsafeMutablePointer<Chunk>?
        var first: Int32 = 0
        var end: Int32 = 0
    }
    private typealias ChunkPointer = UnsafeMutablePointer<Chunk>

    private struct Slot {
        var head: ChunkPointer?
        var tail: ChunkPointer?
    }

    private(set) var count = 0
    /// No event lies before this time.
    private var cursor: Int64 = 0
    /// Which slots of each level hold events.
    private let occupied: UnsafeMutablePointer<UInt64>
    private let slots: UnsafeMutablePointer<Slot>
    private var freeChunks: ChunkPointer?
    /// Draws which of the events of an instant comes first; nil: the one that was inserted first.
    var ties: RandomStream?

    init() {
        occupied = .allocate(capacity: Self.levels)
        occupied.initialize(repeating: 0, count: Self.levels)
        slots = .allocate(capacity: Self.levels << Self.bits)
        slots.initialize(repeating: Slot(), count: Self.levels << Self.bits)
    }

    func deallocate() {
        for index in 0..<(Self.levels << Self.bits) { Self.free(list: slots[index].head) }
        Self.free(list: freeChunks)
        slots.deallocate()
        occupied.deallocate()
    }

    private static func free(list: ChunkPointer?) {
        var chunk = list
        while let current = chunk {
            chunk = current.pointee.next
            UnsafeMutableRawPointer(current).deallocate()
        }
    }

    /// Adds an event, which must not lie before the last one removed.
    @inline(__always)
    mutating func insert(_ event: Event) {
        if _slowPath(event.time < cursor) { Trap.past(event.time, cursor: cursor) }
        count += 1
        place(event)
    }

    @inline(__always)
    private mutating func place(_ event: Event) {
        let difference = UInt64(bitPattern: event.time ^ cursor) | 1
        let level = (63 - difference.leadingZeroBitCount) / Self.bits
        let digit = Int(truncatingIfNeeded: event.time >> Int64(level * Self.bits)) & (Self.width - 1)
        occupied[level] |= 1 << UInt64(digit)
        append(event, to: slots + (level << Self.bits + digit))
    }

    @inline(__always)
    private mutating func append(_ event: Event, to slot: UnsafeMutablePointer<Slot>) {
        var tail: ChunkPointer
        if let last = slot.pointee.tail, last.pointee.end < Self.eventsPerChunk {
            tail = last
        } else {
            tail = newChunk()
            if let last = slot.pointee.tail { last.pointee.next = tail } else { slot.pointee.head = tail }
            slot.pointee.tail = tail
        }
        Self.events(of: tail)[Int(tail.pointee.end)] = event
        tail.pointee.end += 1
    }

    @inline(__always)
    private static func events(of chunk: ChunkPointer) -> UnsafeMutablePointer<Event> {
        UnsafeMutableRawPointer(chunk + 1).assumingMemoryBound(to: Event.self)
    }

    @inline(never)
    private mutating func newChunk() -> ChunkPointer {
        if let chunk = freeChunks {
            freeChunks = chunk.pointee.next
            chunk.initialize(to: Chunk())
            return chunk
        }
        let bytes = MemoryLayout<Chunk>.stride + Self.eventsPerChunk * MemoryLayout<Event>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: MemoryLayout<Event>.alignment)
        let chunk = memory.bindMemory(to: Chunk.self, capacity: 1)
        chunk.initialize(to: Chunk())
        return chunk
    }

    @inline(__always)
    private mutating func recycle(_ chunk: ChunkPointer) {
        chunk.pointee.next = freeChunks
        freeChunks = chunk
    }

    /// Removes the earliest event; the wheel must not be empty.
    @inline(__always)
    mutating func removeFirst() -> Event {
        count -= 1
        // Slots of level 0 are single instants; the one the cursor stands on is being emptied.
        let current = Int(truncatingIfNeeded: cursor) & (Self.width - 1)
        if occupied[0] & 1 << UInt64(current) != 0 { return takeFirst(ofInstant: current) }
        return advance()
    }

    @inline(__always)
    private mutating func takeFirst(ofInstant digit: Int) -> Event {
        let slot = slots + digit
        let chunk = slot.pointee.head!
        if _slowPath(ties != nil) { drawFirst(of: chunk) }
        let event = Self.events(of: chunk)[Int(chunk.pointee.first)]
        chunk.pointee.first += 1
        if chunk.pointee.first == chunk.pointee.end { dropFirstChunk(of: slot, digit: digit) }
        return event
    }

    /// Puts a random one of the next events of an instant before the others.
    @inline(never)
    private mutating func drawFirst(of chunk: ChunkPointer) {
        let waiting = Int(chunk.pointee.end - chunk.pointee.first)
        guard waiting > 1, let drawn = ties?.integer(below: waiting), drawn > 0 else { return }
        let events = Self.events(of: chunk) + Int(chunk.pointee.first)
        let event = events[drawn]
        events[drawn] = events[0]
        events[0] = event
    }

    @inline(__always)
    private mutating func dropFirstChunk(of slot: UnsafeMutablePointer<Slot>, digit: Int) {
        let chunk = slot.pointee.head!
        slot.pointee.head = chunk.pointee.next
        if slot.pointee.head == nil {
            slot.pointee.tail = nil
            occupied[0] &= ~(1 << UInt64(digit))
        }
        recycle(chunk)
    }

    /// Moves the cursor to the next occupied slot, spreading the slots of higher levels over the lower ones.
    @inline(never)
    private mutating func advance() -> Event {
        while true {
            var level = 0
            while occupied[level] == 0 { level += 1 }
            let digit = occupied[level].trailingZeroBitCount
            let shift = Int64(level * Self.bits)
            let slot = slots + (level << Self.bits + digit)
            let head = slot.pointee.head!
            if level == 0 {
                cursor = cursor & ~Int64(Self.width - 1) | Int64(digit)
                return takeFirst(ofInstant: digit)
            }
            occupied[level] &= ~(1 << UInt64(digit))
            slot.pointee = Slot()
            if head.pointee.next == nil, head.pointee.end == 1 {
                // Alone in the lowest slot, hence the earliest: no need to carry it down level by level.
                let event = Self.events(of: head)[0]
                cursor = event.time
                recycle(head)
                return event
            }
            // Everything above this level stays; everything below starts again: from the earliest, as long as that is
            // soon found, so that few events go down all levels at once, else from zero.
            let above = ~((1 as Int64) << (shift + Int64(Self.bits)) &- 1)
            cursor = head.pointee.next == nil ? earliest(of: head) : cursor & above | Int64(digit) << shift
            spread(head)
        }
    }

    /// The time of the first event in a chunk that has not been read from.
    @inline(__always)
    private func earliest(of chunk: ChunkPointer) -> Int64 {
        let events = Self.events(of: chunk)
        var time = events[0].time
        for index in 1..<Int(chunk.pointee.end) { time = min(time, events[index].time) }
        return time
    }

    private mutating func spread(_ list: ChunkPointer) {
        var chunk: ChunkPointer? = list
        while let current = chunk {
            let events = Self.events(of: current)
            for index in 0..<Int(current.pointee.end) { place(events[index]) }
            chunk = current.pointee.next
            recycle(current)
        }
    }

    /// Removes every event, in no particular order, for the end of the universe.
    mutating func removeAll(_ body: (Event) -> Void) {
        while count > 0 { body(removeFirst()) }
    }
}
