import Topology

@testable import SimNodes

/// Customers that buy in two right ways, their statements and commit phases interleaved at random.
///
/// One way is the guarded update, the other SELECT … FOR UPDATE of two products in any order and absolute updates computed
/// from what was read. Deadlocks and timeouts make a customer start anew.
struct MySQLShopRig {
    enum Way { case guarded, locked }

    struct Client {
        var session: MySQLSessionID
        var way = Way.guarded
        var products: [Int64] = []
        var step = 0
        var reads: [Int64] = []
        var isBusy = false
    }

    /// What a transaction did, in the order of the binary log.
    struct Sale {
        var way: Way
        var products: [Int64]
        var reads: [Int64]
    }

    static let productCount: Int64 = 3
    let initialStock: Int64

    var server: MySQLServer
    var random: MySQLTestRandom
    var now = Instant.zero
    var clients: [Client] = []
    /// Sales by binary log position; the first is at 1.
    var sales: [Sale] = []
    /// Commits that are in the binary log and not yet in the engine.
    var logged: [MySQLSessionID] = []
    var acknowledged = 0
    var deadlocks = 0
    var violations: [String] = []

    init(seed: Int, flavor: MySQLFlavor = .mysql8) {
        random = MySQLTestRandom(seed)
        initialStock = Int64(5 + random.below(30))
        var settings = MySQLServer.Settings()
        settings.innodb.flavor = flavor
        settings.innodb.lockWaitTimeout = .seconds(3)
        settings.innodb.isolation = random.chance(50) ? .repeatableRead : .readCommitted
        let stock = initialStock
        server = MySQLServer(
            settings: settings, products: (1...Self.productCount).map { ProductRow(id: $0, stock: stock) })
        for _ in 0..<(3 + random.below(6)) {
            guard case .success(let session) = server.connect() else { continue }
            clients.append(Client(session: session))
        }
    }

    mutating func step() {
        switch random.below(100) {
        case 0..<75: advance(random.below(clients.count))
        case 75..<92: finishFirstCommit()
        case 92..<96: server.binaryLogFlushed(through: server.binaryLog.writtenPosition)
        default:
            now += .milliseconds(Int64(random.below(400)))
            server.expire(now: now)
        }
        collect()
    }

    /// Lets all commits end, nobody starts anything.
    mutating func settle() {
        while !logged.isEmpty {
            finishFirstCommit()
            collect()
        }
        for client in clients { server.kill(client.session, now: now) }
        collect()
        while !logged.isEmpty { finishFirstCommit() }
    }

    private mutating func finishFirstCommit() {
        guard !logged.isEmpty else { return }
        server.binaryLogFlushed(through: server.binaryLog.writtenPosition)
        let session = logged.removeFirst()
        let result = server.finishCommit(session, now: now)
        acknowledged += 1
        if let index = clients.firstIndex(where: { $0.session == session }) { reply(index, result) }
    }

    private mutating func collect() {
        while true {
            var completions: [Completion] = []
            server.takeCompletions(into: &completions)
            if completions.isEmpty { return }
            for completion in completions {
                guard let index = clients.firstIndex(where: { $0.session == completion.session }) else { continue }
                take(index, completion.outcome)
            }
        }
    }

    private mutating func advance(_ index: Int) {
        guard !clients[index].isBusy else { return }
        if clients[index].step == 0 { choose(index) }
        clients[index].isBusy = true
        let outcome = server.execute(statement(index), session: clients[index].session, now: now)
        take(index, outcome)
    }

    private mutating func choose(_ index: Int) {
        let first = Int64(1 + random.below(Int(Self.productCount)))
        let second = first % Self.productCount + 1
        clients[index].way = random.chance(50) ? .guarded : .locked
        let pair = random.chance(50) ? [first, second] : [second, first]
        clients[index].products = clients[index].way == .guarded ? [first] : pair
        clients[index].reads = []
    }

    private func statement(_ index: Int) -> Statement {
        let client = clients[index]
        if client.step == 0 { return .begin() }
        if client.step == -1 { return .rollback }
        let user = Int64(index)
        switch client.way {
        case .guarded:
            let product = client.products[0]
            switch client.step {
            case 1: return .updateStock(StockUpdate(product: product, change: .add(-1), minimumStock: 1))
            case 2: return .insertOrder(OrderRow(user: user, product: product, quantity: 1))
            default: return .commit
            }
        case .locked:
            switch client.step {
            case 1, 2: return .selectProductForUpdate(client.products[client.step - 1])
            case 3, 4:
                let place = client.step - 3
                return .updateStock(
                    StockUpdate(product: client.products[place], change: .set(client.reads[place] - 1)))
            case 5, 6:
                return .insertOrder(OrderRow(user: user, product: client.products[client.step - 5], quantity: 1))
            default: return .commit
            }
        }
    }

    private mutating func take(_ index: Int, _ outcome: ExecuteOutcome) {
        switch outcome {
        case .blocked: break
        case .done(let result): reply(index, result)
        case .commit:
            let session = clients[index].session
            if case .logged(let transaction) = server.beginCommit(session, now: now) {
                sales.append(
                    Sale(way: clients[index].way, products: clients[index].products, reads: clients[index].reads))
                if transaction.position != sales.count { violations.append("position \(transaction.position)") }
                logged.append(session)
            }
        }
    }

    private mutating func reply(_ index: Int, _ result: StatementResult) {
        clients[index].isBusy = false
        switch result {
        case .error(.deadlock):
            deadlocks += 1
            clients[index].step = 0
        case .error: clients[index].step = -1
        case .rows(.product(let row)):
            let stock = row?.stock ?? -1
            clients[index].reads.append(stock)
            clients[index].step = stock > 0 ? clients[index].step + 1 : -1
        case .affected(0, _): clients[index].step = -1
        case .affected: clients[index].step += 1
        case .ok: clients[index].step = clients[index].step == 0 ? 1 : 0
        case .rows: violations.append("unexpected rows")
        }
    }

    // MARK: Model

    /// Executes the first sales one after the other; what a locked read saw must be what the model has.
    mutating func serialStocks(_ count: Int) -> [Int64] {
        var stocks = Array(repeating: initialStock, count: Int(Self.productCount))
        for (position, sale) in sales.prefix(count).enumerated() {
            for (place, product) in sale.products.enumerated() {
                let stock = stocks[Int(product) - 1]
                if sale.way == .locked, sale.reads[place] != stock {
                    violations.append("sale \(position + 1) read \(sale.reads[place]) instead of \(stock)")
                }
                if stock <= 0 { violations.append("sale \(position + 1) oversold") }
                stocks[Int(product) - 1] = stock - 1
            }
        }
        return stocks
    }

    func soldPieces(_ count: Int) -> Int { sales.prefix(count).reduce(0) { $0 + $1.products.count } }
}
