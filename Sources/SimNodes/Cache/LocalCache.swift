import Topology

/// A cache inside a process, as a value.
struct LocalCache: Sendable {
    /// A product as it was loaded.
    struct Entry: Sendable {
        let stock: Int
        let version: Int
        let expiresAt: Instant
    }

    /// What a load must present to be kept: nothing may have been dropped since it began.
    struct Ticket: Sendable {
        fileprivate let drops: Int
        fileprivate let flushes: Int
    }

    private let ttl: TimeSpan
    private(set) var entries: [Int: Entry] = [:]
    private var drops: [Int: Int] = [:]
    private var flushes = 0

    init(_ policy: LocalCachePolicy) { ttl = policy.ttl }

    func find(_ product: Int, now: Instant) -> Entry? {
        entries[product].flatMap { now < $0.expiresAt ? $0 : nil }
    }

    func ticket(for product: Int) -> Ticket {
        Ticket(drops: drops[product, default: 0], flushes: flushes)
    }

    /// Keeps what was loaded, unless an invalidation has overtaken it.
    mutating func keep(_ product: Int, stock: Int, version: Int, _ ticket: Ticket, now: Instant) {
        guard ticket.drops == drops[product, default: 0], ticket.flushes == flushes else { return }
        entries[product] = Entry(
            stock: stock, version: version, expiresAt: ttl > .zero ? now + ttl : .distantFuture)
    }

    mutating func drop(_ product: Int) {
        entries[product] = nil
        drops[product, default: 0] += 1
    }

    mutating func flush() {
        entries = [:]
        flushes += 1
    }
}
