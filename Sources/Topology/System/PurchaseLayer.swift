/// A layer of protection of the reference design, which an ablation takes away to see what it carries.
public enum PurchaseLayer: String, CaseIterable, Sendable {
    /// The distributed lock on the product.
    case lock
    /// The database transaction with its row lock.
    case transaction
    /// The conditions of the update: the version that was read, and enough stock.
    case version
    /// The stock in Redis: checked before the sale, decremented after it.
    case cache

    /// The letter that stands for it in a combination, such as `LT-C`.
    public var letter: String { rawValue.prefix(1).uppercased() }

    /// Whether a design has it.
    public func isPresent(in policy: PurchasePolicy) -> Bool {
        var without = policy
        remove(from: &without)
        return without != policy
    }

    /// Takes it away, and leaves everything else as it is.
    public func remove(from policy: inout PurchasePolicy) {
        switch self {
        case .lock:
            policy.lock.kind = .none
        case .transaction:
            policy.transaction.boundary = .autocommit
            if policy.transaction.read == .forUpdate { policy.transaction.read = .plain }
        case .version:
            policy.transaction.version = .ignored
            if policy.transaction.decrement == .guarded { policy.transaction.decrement = .unguarded }
        case .cache:
            policy.stockCheck = .none
            policy.cache.update = .none
        }
    }
}

/// Which layers a variant of a design has.
public struct PurchaseLayers: Hashable, Sendable {
    private let word: UInt8

    private init(word: UInt8) { self.word = word }

    public init(_ layers: [PurchaseLayer]) {
        word = layers.reduce(0) { $0 | Self.bit($1) }
    }

    /// Every combination of some layers, the one with all of them first, each before those that it contains.
    public static func combinations(of layers: [PurchaseLayer]) -> [PurchaseLayers] {
        let all = PurchaseLayers(layers).word
        return (0...all).map { PurchaseLayers(word: $0) }.filter { $0.word & ~all == 0 }
            .sorted { ($0.members.count, $1.word) > ($1.members.count, $0.word) }
    }

    public var members: [PurchaseLayer] { PurchaseLayer.allCases.filter { contains($0) } }

    public func contains(_ layer: PurchaseLayer) -> Bool { word & Self.bit(layer) != 0 }

    public func isSubset(of other: PurchaseLayers) -> Bool { word & ~other.word == 0 }

    private static func bit(_ layer: PurchaseLayer) -> UInt8 {
        1 << UInt8(PurchaseLayer.allCases.firstIndex(of: layer)!)
    }

    /// A letter a layer, or a hyphen: `LT-C`.
    public var code: String { PurchaseLayer.allCases.map { contains($0) ? $0.letter : "-" }.joined() }

    /// A design with only these of its layers.
    public func applied(to policy: PurchasePolicy) -> PurchasePolicy {
        var policy = policy
        for layer in PurchaseLayer.allCases where !contains(layer) { layer.remove(from: &policy) }
        return policy
    }
}
