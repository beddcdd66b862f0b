import Testing
import Topology

@testable import SimNodes

/// The scripts of a stock with records, run on a server by itself.
@Suite("Scripts of reservations")
struct ReservationScriptTests {
    /// A server with ten units of product 0.
    private struct Shop {
        var server = RedisServer(address: RedisAddress("redis"), runID: "run", now: .zero)

        init() { _ = try? server.call(.set(ProductKey.stock(0), "10")) }

        mutating func run(_ script: RedisScript, _ arguments: String...) -> RedisReply? {
            try? script.body(&server, ProductKey.reservation(0), arguments)
        }

        mutating func reserve(_ key: String, _ units: Int, owner: String = "a", buyer: String = "") -> RedisReply? {
            run(.reserve, String(units), key, owner, "1000", "entry \(key)", buyer)
        }

        var stock: String? { mutating get { try? server.call(.get(ProductKey.stock(0))).text } }
        var due: RedisReply? { mutating get { try? server.call(.sortedSet(.cardinality(ProductKey.due))) } }
        var buyers: RedisReply? { mutating get { try? server.call(.smembers(ProductKey.buyers(0))) } }
    }

    @Test("A key takes its units once, however often it asks, and not more than there are")
    func reserve() {
        var shop = Shop()
        #expect(shop.reserve("k1", 4) == .integer(1))
        #expect(shop.reserve("k1", 4) == .integer(1))
        #expect(shop.stock == "6")
        #expect(shop.reserve("k2", 7) == .integer(0))
        #expect(shop.stock == "6")
        #expect(shop.due == .integer(1))
    }

    @Test("What is reserved goes back once, to its latest owner's demand or to nobody's in particular")
    func giveBack() {
        var shop = Shop()
        _ = shop.reserve("k1", 4, owner: "a")
        _ = shop.reserve("k1", 4, owner: "b")
        #expect(shop.run(.returnReservation, "4", "k1", "a", "entry k1", "") == .integer(0))
        #expect(shop.run(.returnReservation, "4", "k1", "b", "entry k1", "") == .integer(1))
        #expect(shop.run(.returnReservation, "4", "k1", "", "entry k1", "") == .integer(0))
        #expect(shop.stock == "10")
        #expect(shop.due == .integer(0))
    }

    @Test("What is sold is sold for ever: it can't be given back or taken again")
    func confirm() {
        var shop = Shop()
        _ = shop.reserve("k1", 4)
        #expect(shop.run(.confirmReservation, "4", "k1", "entry k1") == .integer(1))
        #expect(shop.run(.confirmReservation, "4", "k1", "entry k1") == .integer(0))
        #expect(shop.run(.returnReservation, "4", "k1", "", "entry k1", "") == .integer(0))
        #expect(shop.reserve("k1", 4) == .integer(2))
        #expect(shop.stock == "6")
        #expect(shop.due == .integer(0))
    }

    @Test("A sale whose reservation is forgotten takes its units then, unless the whole stock is gone")
    func forgotten() {
        var shop = Shop()
        #expect(shop.run(.confirmReservation, "4", "k1", "entry k1") == .integer(2))
        #expect(shop.stock == "6")
        _ = try? shop.server.call(.del(ProductKey.stock(0)))
        #expect(shop.run(.confirmReservation, "4", "k2", "entry k2") == .integer(2))
        #expect(shop.stock == nil)
    }

    @Test("A buyer gets in once, and again when the reservation has gone back")
    func buyers() {
        var shop = Shop()
        #expect(shop.reserve("k1", 1, buyer: "7") == .integer(1))
        #expect(shop.reserve("k2", 1, buyer: "7") == .integer(3))
        #expect(shop.stock == "9")
        #expect(shop.run(.returnReservation, "1", "k1", "", "entry k1", "7") == .integer(1))
        #expect(shop.buyers == .array([]))
        // Without a key nothing is written down but the buyer.
        #expect(shop.reserve("", 1, buyer: "7") == .integer(1))
        #expect(shop.due == .integer(0))
        #expect(shop.buyers == .array([.bulk("7")]))
    }

    @Test("The stock is set only while nothing is reserved, and if nothing was sold meanwhile")
    func setIfQuiet() {
        var shop = Shop()
        _ = shop.reserve("k1", 4)
        #expect(shop.run(.setIfQuiet, "3", "0") == .integer(0))
        _ = shop.run(.confirmReservation, "4", "k1", "entry k1")
        #expect(shop.run(.setIfQuiet, "3", "0") == .integer(0))
        #expect(shop.run(.setIfQuiet, "3", "1") == .integer(1))
        #expect(shop.stock == "3")
    }
}
