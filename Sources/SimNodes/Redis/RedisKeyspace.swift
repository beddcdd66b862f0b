/// The data of one server, and the commands on it; knows neither connections nor other servers.
///
/// Keys live in slots, so that the heap of expiry times can name a key by a number. What a command changed is left in
/// `effects` (for replicas and the append-only file) and `touched` (for WATCH); the server takes it from there.
struct RedisKeyspace: Sendable {
    struct Slot: Sendable {
        var key: String
        var value: RedisValue
        /// Milliseconds of the wall clock, `.max` for never.
        var expiresAt: Int64
        /// Changes with every new expiry, which makes the older ones in the heap stale.
        var generation: UInt32
        /// The second of the wall clock of the last use, if anybody asks for it.
        var usedAt: UInt32 = 0
        /// What `usedMemory` has for it.
        var accounted = 0
    }

    /// What is done with a key whose time is over (redis db.c `expireIfNeeded`).
    enum ExpiryRule: Sendable {
        /// A master deletes it at the first access.
        case delete
        /// A replica hides it and waits for its master's DEL.
        case hide
        /// Whoever applies a master's stream, or its own log, takes it as living.
        case ignore
    }

    private(set) var places: [RedisKeyName: Int] = [:]
    private(set) var slots: [Slot] = []
    private var free: [Int] = []
    private var expiries = DeadlineHeap()
    private var expiringKeys = 0

    /// The wall clock in milliseconds, frozen while a command, transaction or script runs.
    var clock: Int64 = 0
    var expiryRule = ExpiryRule.delete
    /// Whether anybody wants `effects`.
    var recordsEffects = false
    /// What the running unit has to tell replicas and the append-only file, in order.
    var effects: [RedisCommand] = []
    /// Whether anybody wants `touched`.
    var recordsTouched = false
    /// The keys that the running unit changed.
    var touched: [String] = []
    /// Keys that may have something for blocked clients: new lists and sorted sets, streams with new entries.
    var readyKeys: [String] = []
    /// Changes since the last snapshot (`server.dirty`).
    var dirty = 0
    /// Whether FLUSHALL has just run.
    var wasFlushed = false
    /// Keys that were deleted because their time was over.
    private(set) var expiredKeys = 0
    /// Keys that were deleted for want of memory.
    var evictedKeys = 0
    var evictionPool = RedisEvictionPool()
    /// Whether `usedMemory` is kept up to date.
    private(set) var accountsMemory = false
    /// What all keys take, in bytes.
    private(set) var usedMemory = 0
    /// Whether `usedAt` is kept up to date.
    var tracksUse = false
    /// Draws what the server leaves to chance.
    var random = RandomStream(seed: 0, name: "redis")

    init() {}

    /// How many keys there are, expired ones that nobody has deleted yet included.
    var count: Int { places.count }
    /// How many of them have a TTL.
    var countWithExpiry: Int { expiringKeys }

    // MARK: Access

    /// The slot of a living key.
    @inline(__always)
    mutating func slot(of key: String) -> Int? {
        guard let slot = places[.init(key)] else { return nil }
        // Strict: at the very millisecond the key still lives (db.c `keyIsExpired`).
        if tracksUse { noteUse(of: slot) }
        guard slots[slot].expiresAt < clock else { return slot }
        return expired(key, slot)
    }

    /// The slot of a living key, or a new one that is to be filled; hashes the key once.
    @inline(__always)
    mutating func slotOrNew(of key: String) -> (slot: Int, isNew: Bool) {
        let candidate = free.last ?? slots.count
        let slot = places[.init(key), default: candidate].claimed()
        guard slot == candidate else {
            if tracksUse { noteUse(of: slot) }
            if slots[slot].expiresAt < clock, expired(key, slot) == nil { return (insert(key, .integer(0)), true) }
            return (slot, false)
        }
        occupy(candidate, key, .integer(0))
        return (candidate, true)
    }

    private mutating func expired(_ key: String, _ slot: Int) -> Int? {
        switch expiryRule {
        case .ignore: return slot
        case .hide: return nil
        case .delete:
            expire(slot)
            return nil
        }
    }

    private mutating func expire(_ slot: Int) {
        let key = slots[slot].key
        remove(slot)
        expiredKeys += 1
        changed(key, as: .del(key))
    }

    /// The value in place; for the extensions that know the types.
    func value(at slot: Int) -> RedisValue { slots[slot].value }

    /// Takes the value out, so that a change to it copies nothing; a `put` must follow.
    mutating func take(_ slot: Int) -> RedisValue {
        let value = slots[slot].value
        slots[slot].value = .integer(0)
        return value
    }

    mutating func put(_ value: RedisValue, at slot: Int) {
        noteEndOfStream(in: slot)
        slots[slot].value = value
        if accountsMemory { account(for: slot) }
    }

    /// Who waits for a stream learns that it is gone, or is none any more (db.c `dbGenericDelete`, `dbOverwrite`).
    @inline(__always)
    private mutating func noteEndOfStream(in slot: Int) {
        if case .stream = slots[slot].value { readyKeys.append(slots[slot].key) }
    }

    /// Makes a key without TTL; it must not exist.
    @discardableResult
    mutating func insert(_ key: String, _ value: RedisValue) -> Int {
        // A writable replica may hold a hidden key of that name.
        if let hidden = places[.init(key)] { remove(hidden) }
        let slot = free.last ?? slots.count
        places[.init(key)] = slot
        occupy(slot, key, value)
        return slot
    }

    private mutating func occupy(_ slot: Int, _ key: String, _ value: RedisValue) {
        if slot == slots.count {
            slots.append(Slot(key: key, value: value, expiresAt: .max, generation: 0))
        } else {
            free.removeLast()
            slots[slot].key = key
            slots[slot].value = value
        }
        if accountsMemory { account(for: slot) }
        if tracksUse { noteUse(of: slot) }
    }

    /// Removes the key in that slot.
    mutating func remove(_ slot: Int) {
        setExpiry(of: slot, to: .max)
        noteEndOfStream(in: slot)
        places.removeValue(forKey: .init(slots[slot].key))
        slots[slot].key = ""
        slots[slot].value = .integer(0)
        usedMemory -= slots[slot].accounted
        slots[slot].accounted = 0
        free.append(slot)
    }

    mutating func removeAll() {
        for slot in slots.indices { noteEndOfStream(in: slot) }
        places.removeAll(keepingCapacity: true)
        slots.removeAll(keepingCapacity: true)
        free.removeAll()
        expiries.removeAll()
        expiringKeys = 0
        usedMemory = 0
    }

    /// The slots in use, in their order.
    var liveSlots: [Slot] { slots.indices.filter { places[.init(slots[$0].key)] == $0 }.map { slots[$0] } }

    func isUsed(_ slot: Int) -> Bool { places[.init(slots[slot].key)] == slot }

    // MARK: Memory

    private mutating func account(for slot: Int) {
        let size = slots[slot].measuredMemory
        usedMemory += size - slots[slot].accounted
        slots[slot].accounted = size
    }

    private mutating func noteUse(of slot: Int) { slots[slot].usedAt = UInt32(truncatingIfNeeded: clock / 1_000) }

    /// Turns the account of `usedMemory` on, or off.
    mutating func accountMemory(_ isOn: Bool) {
        guard isOn != accountsMemory else { return }
        accountsMemory = isOn
        usedMemory = 0
        for slot in slots.indices {
            slots[slot].accounted = 0
            if isOn, isUsed(slot) { account(for: slot) }
        }
    }

    // MARK: Changes

    /// Notes a change of a key, and the command that makes the same change elsewhere.
    @inline(__always)
    mutating func changed(_ key: String, as command: @autoclosure () -> RedisCommand, count: Int = 1) {
        changedUnseen(as: command(), count: count)
        if recordsTouched { touched.append(key) }
    }

    /// Notes a change that WATCH does not see: what happens in the groups of a stream (t_stream.c calls no
    /// `signalModifiedKey` for it).
    @inline(__always)
    mutating func changedUnseen(as command: @autoclosure () -> RedisCommand, count: Int = 1) {
        dirty += count
        if recordsEffects { effects.append(command()) }
    }

    // MARK: Expiry

    func expiry(of slot: Int) -> Int64? {
        let moment = slots[slot].expiresAt
        return moment == .max ? nil : moment
    }

    /// Sets when a key's time is over; `.max` is never.
    mutating func setExpiry(of slot: Int, to moment: Int64) {
        let old = slots[slot].expiresAt
        if old == .max && moment == .max { return }
        slots[slot].generation &+= 1
        slots[slot].expiresAt = moment
        expiringKeys += (moment == .max ? 0 : 1) - (old == .max ? 0 : 1)
        if accountsMemory { account(for: slot) }
        guard moment != .max else { return }
        if expiries.count > 64 + 4 * expiringKeys {
            let slots = slots
            expiries.compact { slots[$0.owner].generation == $0.generation }
        }
        expiries.push(.init(time: moment, owner: slot, generation: slots[slot].generation))
    }

    /// When the next key's time is over.
    mutating func nextExpiry() -> Int64? {
        while let first = expiries.first {
            if slots[first.owner].generation == first.generation { return first.time }
            _ = expiries.popFirst()
        }
        return nil
    }

    /// Deletes one key whose time was over at `moment`, and says whether there was one.
    ///
    /// The server samples keys with a TTL at random (expire.c `activeExpireCycle`), goes on while more than a tenth of
    /// a sample is stale, and so leaves few behind; a heap leaves none and never looks at a living key.
    mutating func expireNext(before moment: Int64) -> Bool {
        guard let next = nextExpiry(), next < moment, let entry = expiries.popFirst() else { return false }
        expire(entry.owner)
        return true
    }
}

extension Int {
    /// Reads through a mutable reference, so that a defaulted dictionary entry is made and read in one look-up.
    fileprivate mutating func claimed() -> Int { self }
}
