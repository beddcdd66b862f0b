import Topology

/// What the cache keeps of a product: `stock:version`, or `until:stock:version` in milliseconds.
struct ProductDetails: Hashable, Sendable {
    var stock: Int
    var version: Int
    /// Until when it may be shown, by the wall clocks of the application servers.
    var until: Instant?

    init(_ row: ProductRow, until: Instant? = nil) {
        (stock, version, self.until) = (Int(row.stock), Int(row.version), until)
    }

    /// Reads what `text` has written.
    init?(_ text: String) {
        let parts = text.split(separator: ":").map { Int($0) }
        guard (2...3).contains(parts.count), let stock = parts[parts.count - 2], let version = parts[parts.count - 1]
        else { return nil }
        (self.stock, self.version) = (stock, version)
        guard parts.count == 3 else { return }
        guard let milliseconds = parts[0] else { return nil }
        until = Instant(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    /// The version comes last, where `storeIfNewer` looks for it.
    var text: String {
        let stamp = until.map { "\($0.nanoseconds / 1_000_000):" } ?? ""
        return "\(stamp)\(stock):\(version)"
    }
}

extension AppServer {
    /// What is stored of a row that is to live for so many milliseconds; 0: for ever.
    func details(of row: ProductRow, living milliseconds: Int64) -> ProductDetails {
        guard viewPolicy.expiry == .redisAndReader, milliseconds > 0 else { return ProductDetails(row) }
        return ProductDetails(row, until: process.wallClock + .milliseconds(milliseconds))
    }

    /// Whether an entry's time is over by this server's clock, or further ahead than any that is stored now: then it is of a
    /// clock that was wrong, or this one is.
    func isOver(_ details: ProductDetails) -> Bool {
        guard viewPolicy.expiry == .redisAndReader, let until = details.until else { return false }
        let clock = process.wallClock
        return clock > until || until > clock + viewPolicy.cacheTTL * (1 + viewPolicy.jitter)
    }
}
