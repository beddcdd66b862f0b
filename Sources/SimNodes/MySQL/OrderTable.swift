/// `orders` with its secondary indexes.
struct OrderTable: Sendable {
    var rows = VersionedTable<OrderRow>()
    /// Next auto-increment value; values of failed inserts stay used.
    var nextID: Int64 = 1
    private var byRequestKey: [String: Int32] = [:]
    private var byUserProduct: [UserProduct: Int32] = [:]
    /// Next order of the same user and product.
    private var nextOfUserProduct: [Int32] = []
    /// Keys in order; built when the first gap of that index matters.
    private var requestKeyOrder: OrderedKeys<String>?
    private var userProductOrder: OrderedKeys<UserProduct>?

    func slot(requestKey: String) -> Int32? { byRequestKey[requestKey] }

    func firstSlot(of key: UserProduct) -> Int32? { byUserProduct[key] }

    /// Next order with the same user and product, or -1.
    func nextSlot(after slot: Int32) -> Int32 { nextOfUserProduct[Int(slot)] }

    /// Adds a committed row.
    mutating func load(_ row: OrderRow, commit: UInt64) {
        let slot = rows.insert(row, key: row.id, writer: -1, commit: commit)
        nextID = max(nextID, row.id + 1)
        addToUserProduct(slot, UserProduct(user: row.user, product: row.product))
        if let key = row.requestKey { addToRequestKey(slot, key) }
    }

    mutating func addToUserProduct(_ slot: Int32, _ key: UserProduct) {
        if Int(slot) >= nextOfUserProduct.count {
            nextOfUserProduct.append(
                contentsOf: repeatElement(-1, count: Int(slot) + 1 - nextOfUserProduct.count))
        }
        nextOfUserProduct[Int(slot)] = byUserProduct.updateValue(slot, forKey: key) ?? -1
        userProductOrder?.insert(key, slot: slot)
    }

    mutating func addToRequestKey(_ slot: Int32, _ key: String) {
        byRequestKey[key] = slot
        requestKeyOrder?.insert(key, slot: slot)
    }

    /// - Returns: whether the index had this entry.
    mutating func removeFromRequestKey(_ slot: Int32, _ key: String) -> Bool {
        guard byRequestKey[key] == slot else { return false }
        byRequestKey[key] = nil
        requestKeyOrder?.remove(key)
        return true
    }

    /// - Returns: whether the index had this entry.
    mutating func removeFromUserProduct(_ slot: Int32, _ key: UserProduct) -> Bool {
        var previous: Int32 = -1
        var next = byUserProduct[key] ?? -1
        while next >= 0, next != slot {
            previous = next
            next = nextOfUserProduct[Int(next)]
        }
        guard next == slot else { return false }
        let following = nextOfUserProduct[Int(slot)]
        if previous >= 0 {
            nextOfUserProduct[Int(previous)] = following
        } else {
            byUserProduct[key] = following >= 0 ? following : nil
        }
        userProductOrder?.remove(key)
        return true
    }

    /// Slot of the first entry after `key`, or the supremum.
    mutating func successor(ofRequestKey key: String) -> Int32 {
        if requestKeyOrder == nil {
            var pairs: [(String, Int32)] = []
            rows.forEachSlot { slot, row in
                if let key = row.requestKey, byRequestKey[key] == slot { pairs.append((key, slot)) }
            }
            requestKeyOrder = OrderedKeys(pairs)
        }
        return requestKeyOrder?.successor(of: key) ?? LockManager.supremum
    }

    /// Slot of the first entry after `key`, or the supremum.
    ///
    /// Only for a unique index: an order is one entry then.
    mutating func successor(ofUserProduct key: UserProduct) -> Int32 {
        if userProductOrder == nil {
            var pairs: [(UserProduct, Int32)] = []
            rows.forEachSlot { slot, row in
                let key = UserProduct(user: row.user, product: row.product)
                if byUserProduct[key] == slot { pairs.append((key, slot)) }
            }
            userProductOrder = OrderedKeys(pairs)
        }
        return userProductOrder?.successor(of: key) ?? LockManager.supremum
    }
}
