import Topology

/// A client's way through its list of Sentinels to the master: whom it asks next, and when it has to begin anew.
///
/// Source: Redis's "Sentinel client spec", steps 1 to 3; redis-rs `sentinel.rs`.
struct SentinelSearch: Hashable, Sendable {
    /// What follows when the server that a Sentinel named is not to be had.
    enum Next: Hashable, Sendable {
        /// Another Sentinel may know better.
        case askNext
        /// Nobody is left: the list begins anew, after a while.
        case wait
    }

    /// Sentinels in the list.
    let sentinels: Int
    /// Whether the server itself has to confirm what a Sentinel says.
    let check: MasterCheck
    private var place = 0
    /// What was tried since the list began.
    private var tried: [String] = []

    init(sentinels: Int, check: MasterCheck) {
        self.sentinels = sentinels
        self.check = check
    }

    /// The Sentinel to ask, by its place in the list; nil when none is left.
    mutating func next() -> Int? {
        guard place < sentinels else { return nil }
        defer { place += 1 }
        return place
    }

    /// A Sentinel has named an address.
    ///
    /// - Returns: whether to try it: what was tried in vain a moment ago is not tried again on another's word.
    mutating func named(_ address: String) -> Bool {
        guard check == .role else { return true }
        guard !tried.contains(address) else { return false }
        tried.append(address)
        return true
    }

    /// Whether something was tried since the list began.
    var hasTried: Bool { !tried.isEmpty }

    /// The server could not be reached, or is not what it was named as.
    mutating func failed() -> Next {
        if check == .role, place < sentinels { return .askNext }
        self = SentinelSearch(sentinels: sentinels, check: check)
        return .wait
    }
}

extension RedisReply {
    /// Whether the answer to `ROLE` is that of a master.
    var namesMaster: Bool {
        guard case .array(let parts) = self, case .bulk("master")? = parts.first else { return false }
        return true
    }
}
