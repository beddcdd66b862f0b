import Testing
import Topology

@testable import SimNodes

/// Redis measures an entry's life by its wall clock; with logical expiry its readers do so as well.
@Suite("Whose clock ends an entry's life")
struct LogicalExpiryTests {
    /// The product is cached at 0 s for 2 s, and looked at every second; the clock of a node is stepped at 0.5 s.
    private static func hits(
        _ expiry: ExpiryPolicy, _ node: String?, _ direction: ClockDirection, fill: FillPolicy = .set
    ) -> [Bool?] {
        ShopRig(
            .shop([look(0), look(0, at: 1_000), look(0, at: 3_000), look(0, at: 3_500)]) {
                $0.topology.view.cacheTTL = .seconds(2)
                $0.topology.view.source = .primary
                $0.topology.view.fill = fill
                $0.topology.view.expiry = expiry
                if let node {
                    let jump = ClockJumpFault(.named(node), by: .seconds(60), direction: direction)
                    $0.faults = [Fault(.clockJump(jump), .at(.milliseconds(500)))]
                }
            }
        ).run().requests.map(\.wasCacheHit)
    }

    @Test(
        "A clock that is set back keeps Redis's entries alive, those with a stamp not", arguments: FillPolicy.allCases)
    func stepBack(_ fill: FillPolicy) {
        #expect(Self.hits(.redis, "redis-master", .back, fill: fill) == [false, true, true, true])
        // What is of the same version is not stored again where versions are compared, until Redis has dropped it.
        let isRenewed = fill != .ifNewer
        #expect(Self.hits(.redisAndReader, "redis-master", .back, fill: fill) == [false, true, false, isRenewed])
    }

    @Test(
        "A reader's own clock makes it read again, never show for longer", arguments: [ClockDirection.back, .forward])
    func readersClock(_ direction: ClockDirection) {
        // What it stores after the step is stamped by the same clock.
        #expect(Self.hits(.redisAndReader, "app1", direction) == [false, false, true, false])
        #expect(Self.hits(.redis, "app1", direction) == [false, true, false, true])
    }

    @Test("With right clocks both are the same")
    func rightClocks() {
        for expiry in ExpiryPolicy.allCases {
            #expect(Self.hits(expiry, nil, .forward) == [false, true, false, true])
        }
    }

    @Test("What is stored is read back; the version comes last")
    func text() {
        let row = ProductRow(id: 1, stock: 7, version: 3)
        #expect(ProductDetails(row).text == "7:3")
        let stamped = ProductDetails(row, until: .zero + .milliseconds(1_500))
        #expect(stamped.text == "1500:7:3")
        for details in [ProductDetails(row), stamped] { #expect(ProductDetails(details.text) == details) }
        for text in ["", "7", "7:", "a:3", "1:2:3:4", "x:7:3"] { #expect(ProductDetails(text) == nil) }
    }
}
