import Topology

/// What the checkers look at: the users' story, and what the stores hold when all is at rest.
///
/// A plain value, so that each checker can be shown evidence that must make it fire.
package struct Evidence: Sendable {
    package var design = CheckedDesign()
    package var requests: [RequestRecord] = []
    package var attempts: [AttemptRecord] = []
    package var effects: [Effect] = []
    /// Names of the processes, by their numbers.
    package var nodes: [String] = []
    /// The database that the system is left with: its process's number, or -1, and all transactions it knows.
    package var survivor: Int16 = -1
    package var survivingTransactions = GTIDSet()
    /// When that database began to take writes, if it did not from the beginning.
    package var promotedAt: Instant?
    /// Its rows.
    package var products: [ProductRow] = []
    package var orders: [OrderRow] = []
    /// The Redis master that is left: its process's number, or -1.
    package var cache: Int16 = -1
    /// What it says of each product's stock; nil where it has no such key.
    package var cachedStocks: [Int?] = []
    /// What it says of each product's details; nil where it has none.
    package var cachedDetails: [CachedDetails?] = []
    /// Whom, or which keys, it lets buy no more of each product.
    package var markedBuyers: [[String]] = []
    /// What application servers show of products by their own caches.
    package var localDetails: [LocalDetails] = []
    /// Whether a Redis with stock keys is there.
    package var hasStockCache = true
    /// Lock keys that will never expire.
    package var immortalLocks: [String] = []
    /// What is still going on although nobody asks for anything.
    package var leftovers: [Leftover] = []
    /// When all came to rest, or had had the time to.
    package var end = Instant.zero

    package init() {}

    /// A product as Redis shows it.
    package struct CachedDetails: Sendable {
        package var stock: Int64
        package var version: Int64
        /// How much longer it lives; nil: for ever.
        package var remaining: TimeSpan?

        package init(stock: Int64, version: Int64, remaining: TimeSpan? = nil) {
            (self.stock, self.version, self.remaining) = (stock, version, remaining)
        }
    }

    /// A product as an application server's own cache shows it.
    package struct LocalDetails: Sendable {
        package var node: Int16
        package var product: Int
        package var details: CachedDetails

        package init(node: Int16, product: Int, _ details: CachedDetails) {
            (self.node, self.product, self.details) = (node, product, details)
        }
    }

    /// Open transactions, waiting sessions, borrowed connections, calls without an answer.
    package struct Leftover: Sendable {
        package var node: String
        package var text: String
        /// The requests that it belongs to, where one can tell.
        package var requests: [Int] = []

        package init(_ node: String, _ text: String, requests: [Int] = []) {
            (self.node, self.text, self.requests) = (node, text, requests)
        }
    }

    // MARK: - Reading

    func name(_ node: Int16) -> [String] { nodes.indices.contains(Int(node)) ? [nodes[Int(node)]] : [] }

    /// Units that there were of a product.
    func initialStock(_ product: Int) -> Int {
        design.initialStocks.indices.contains(product) ? design.initialStocks[product] : 0
    }

    /// How many orders each request has in the surviving database, by its number.
    func ordersByRequest() -> [Int32] {
        var counts = [Int32](repeating: 0, count: (requests.lazy.map(\.number).max() ?? -1) + 1)
        for order in orders where counts.indices.contains(order.trace) { counts[order.trace] += 1 }
        return counts
    }

    /// Where a request was last seen, for people.
    func place(of request: RequestRecord) -> String {
        let progress = request.progress
        guard let node = name(progress.node).first else { return "it never reached an application server" }
        guard let site = progress.site else { return "it has been in \(node) since \(seconds(progress.at))" }
        return "last seen in \(node) at \(site.rawValue), \(seconds(progress.at))"
    }

    /// When the sale opened.
    package var opening = Instant.zero

    func seconds(_ moment: Instant) -> String {
        "\((Double((moment - opening).nanoseconds) / 1e6).rounded() / 1e3) s"
    }
}
