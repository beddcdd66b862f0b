/// The connected clients, in slots: what is read of one of them on the hot path is read in place.
struct RedisClientTable: Sendable {
    private var places: [RedisClientID: Int] = [:]
    private var free: [Int] = []
    /// The slots; an unused one holds a fresh client.
    var values: [RedisClient] = []

    var count: Int { places.count }

    /// The slot of a client; it stays the same until the client is removed.
    @inline(__always)
    func index(forKey client: RedisClientID) -> Int? { places[client] }

    subscript(client: RedisClientID) -> RedisClient? {
        get { places[client].map { values[$0] } }
        set {
            guard let newValue else {
                _ = removeValue(forKey: client)
                return
            }
            if let place = places[client] {
                values[place] = newValue
            } else if let place = free.popLast() {
                places[client] = place
                values[place] = newValue
            } else {
                places[client] = values.count
                values.append(newValue)
            }
        }
    }

    mutating func removeValue(forKey client: RedisClientID) -> RedisClient? {
        guard let place = places.removeValue(forKey: client) else { return nil }
        let state = values[place]
        values[place] = RedisClient()
        free.append(place)
        return state
    }

    /// The clients that `isWanted` accepts, in the order of their numbers.
    func clients(where isWanted: (RedisClient) -> Bool) -> [RedisClientID] {
        places.filter { isWanted(values[$0.value]) }.keys.sorted()
    }
}
