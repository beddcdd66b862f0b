import Testing
import Topology

@testable import SimNodes

/// A topology's `flavor`, from its JSON to what a client is answered.
@Suite("MySQL flavors")
struct MySQLFlavorTests {
    private func settings(_ overrides: [String]) throws -> MySQLSettings {
        try #require(try TestFiles.scenario("configs/scenarios/normal.json", overrides).topology.mysql)
    }

    private func rig(_ settings: MySQLSettings, stock: InnoDB.StockConstraint = .none) -> MySQLNodeRig {
        var tables = MySQLNode.Tables(products: [ProductRow(id: 1, stock: 1), ProductRow(id: 2, stock: 1)])
        tables.stockConstraint = stock
        return MySQLNodeRig(tables: tables) {
            $0.flavor = settings.flavor
            $0.lockWaitTimeout = settings.lockWaitTimeout
        }
    }

    @Test("Errors have the server's own numbers")
    func errorNumbers() throws {
        for (name, codes) in [("mysql8", [3572, 3819]), ("mariadb10.11", [1205, 4025])] {
            let rig = rig(try settings(["mysql.flavor=\(name)"]), stock: .check)
            rig.at(.zero) { client in
                let holder = try await client.connect(to: rig.primary)
                let other = try await client.connect(to: rig.primary)
                try await client.execute(.begin(), holder)
                try await client.execute(.selectProductForUpdate(1), holder)
                try await client.attempt(.selectProductForUpdate(1, .noWait), other, "nowait")
                try await client.attempt(
                    .updateStock(StockUpdate(product: 2, change: .add(-2))), other, "check")
            }
            rig.run(until: .seconds(1))
            #expect(rig.entries.map(\.what) == ["nowait: \(codes[0])", "check: \(codes[1])"], "\(name)")
        }
    }

    @Test("MySQL notices an expired lock wait at the next full second, MariaDB at once")
    func timeouts() throws {
        for (name, end) in [("mysql8", Instant.ms(3_001)), ("mariadb10.11", .ms(2_306))] {
            let rig = rig(try settings(["mysql.flavor=\(name)", "mysql.lockWaitTimeout=2s"]))
            rig.at(.zero) { client in
                let holder = try await client.connect(to: rig.primary)
                try await client.execute(.begin(), holder)
                try await client.execute(.selectProductForUpdate(1), holder)
            }
            rig.at(.milliseconds(300)) { client in
                let waiter = try await client.connect(to: rig.primary)
                try await client.attempt(MySQLNodeRig.decrement(), waiter, "update")
            }
            rig.run(until: .seconds(5))
            #expect(rig.time(of: "update: 1205") == end, "\(name): \(rig.entries)")
        }
    }

    @Test("Semi-synchronous commits wait after the sync, MariaDB's after the commit, unless told where")
    func waitPoints() throws {
        var replication = MySQLSettings()
        replication.replication.mode = .semiSynchronous
        #expect(MySQLNode.makeSemiSync(replication)?.settings.waitPoint == .afterSync)
        replication.flavor = .mariadb10_11
        #expect(MySQLNode.makeSemiSync(replication)?.settings.waitPoint == .afterCommit)
        replication.replication.waitPoint = .afterSync
        #expect(MySQLNode.makeSemiSync(replication)?.settings.waitPoint == .afterSync)
    }

    @Test("An unknown flavor or isolation level is refused when the file is read", arguments: [
        "mysql.flavor=mysql5.7", "mysql.isolation=serializable", "mysql.isolation=readUncommitted",
        "mysql.flushLogAtTrxCommit=3",
    ])
    func refusesWhatIsNotModelled(override: String) {
        #expect(throws: ConfigurationErrors.self) {
            try ScenarioLoader.load(path: TestFiles.root + "/configs/scenarios/normal.json", overrides: [override])
        }
    }

    @Test("A sale under either flavor loses and invents nothing")
    func sells() throws {
        for flavor in MySQLFlavor.allCases {
            let scenario = try TestFiles.scenario(
                "configs/scenarios/hot-product.json", ["workload.users=200", "mysql.flavor=\(flavor.rawValue)"])
            #expect(scenario.topology.mysql?.flavor == flavor)
            let result = Simulation.run(scenario, seed: 3)
            #expect(result.invariants.filter { !$0.holds }.map(\.id) == [], "\(flavor.rawValue)")
        }
    }
}
