/// `orders` with its secondary indexes.
struct OrderTable: Sendable {
    var rows = VersionedTable<OrderRow>()
    /// Next auto-increment value; values of failed inserts stay used.
    var nextID: Int64 = 1
    private(set) var requestKeys = SecondaryIndex<RequestKey>()
    /// Unique or not: in the shop without the key it only serves to count.
    private(set) var userProducts = SecondaryIndex<UserProduct>()
    /// Ids in order; built when the first gap matters.
    private var idOrder: OrderedKeys<Int64>?

    /// Adds a committed row.
    mutating func load(_ row: OrderRow, commit: UInt64) {
        let slot = rows.insert(row, key: row.id, writer: -1, commit: commit)
        nextID = max(nextID, row.id + 1)
        addToUserProduct(slot, row)
        addToRequestKey(slot, row)
    }

    /// Adds an uncommitted row to the clustered index.
    mutating func add(_ row: OrderRow, writer: Int32) -> Int32 {
        let slot = rows.insert(row, key: row.id, writer: writer)
        idOrder?.insert(row.id, slot: slot)
        return slot
    }

    /// Removes a row from the clustered index.
    mutating func remove(_ slot: Int32, id: Int64) {
        rows.remove(slot, key: id)
        idOrder?.remove(id)
    }

    mutating func addToUserProduct(_ slot: Int32, _ row: OrderRow) {
        userProducts.insert(row.userProduct, id: row.id, slot: slot)
    }

    mutating func addToRequestKey(_ slot: Int32, _ row: OrderRow) {
        let key = RequestKey(text: row.requestKey)
        requestKeys.insert(key, id: row.id, slot: slot, isFound: row.requestKey != nil)
    }

    /// - Returns: whether the index had this entry.
    mutating func removeFromRequestKey(_ slot: Int32, _ row: OrderRow) -> Bool {
        requestKeys.remove(RequestKey(text: row.requestKey), id: row.id, slot: slot)
    }

    /// - Returns: whether the index had this entry.
    mutating func removeFromUserProduct(_ slot: Int32, _ row: OrderRow) -> Bool {
        userProducts.remove(row.userProduct, id: row.id, slot: slot)
    }

    // MARK: Gaps

    /// Slot of the first row after `id`, or the supremum.
    mutating func successor(ofID id: Int64) -> Int32 {
        if idOrder == nil {
            var pairs: [(Int64, Int32)] = []
            rows.forEachSlot { slot, row in pairs.append((row.id, slot)) }
            idOrder = OrderedKeys(pairs)
        }
        return idOrder?.successor(of: id) ?? LockManager.supremum
    }

    /// Slot of the first entry of the index over request_key after a place, or the supremum.
    mutating func successor(ofRequestKey key: String?, id: Int64 = .max) -> Int32 {
        if !requestKeys.isOrdered {
            var pairs: [(SecondaryIndex<RequestKey>.Entry, Int32)] = []
            rows.forEachSlot { slot, row in
                guard requestKeys.contains(slot) else { return }
                pairs.append((.init(key: RequestKey(text: row.requestKey), id: row.id), slot))
            }
            requestKeys.putInOrder(pairs)
        }
        return requestKeys.successor(of: RequestKey(text: key), id: id)
    }

    /// Slot of the first entry of the index over (user_id, product_id) after a place, or the supremum.
    mutating func successor(ofUserProduct key: UserProduct, id: Int64 = .max) -> Int32 {
        if !userProducts.isOrdered {
            var pairs: [(SecondaryIndex<UserProduct>.Entry, Int32)] = []
            rows.forEachSlot { slot, row in
                if userProducts.contains(slot) { pairs.append((.init(key: row.userProduct, id: row.id), slot)) }
            }
            userProducts.putInOrder(pairs)
        }
        return userProducts.successor(of: key, id: id)
    }
}
