import Foundation
import Topology

@testable import SimNodes

/// Replays one recorded scenario against the machines, with a synchronous pump between two servers and a virtual clock.
struct MySQLVectorReplay {
    typealias JSON = [String: Any]

    private struct Handle: Hashable {
        var node: String
        var session: MySQLSessionID
    }

    private struct Answer {
        var session: String
        var text: String
    }

    let name: String
    private let file: JSON
    private(set) var failures: [String] = []
    private var now = Instant.zero
    private var servers: [String: MySQLServer] = [:]
    private var durable: [String: MySQLServer.DurableState] = [:]
    private var replica = MySQLReplica()
    private var semiSync: SemiSyncSource?
    private var handles: [String: Handle] = [:]
    private var names: [Handle: String] = [:]
    private var answers: [Answer] = []
    private var semiSyncWaiting: Set<MySQLSessionID> = []
    private var step = 0
    private let primary = "primary"
    private let second = "replica"

    static var directory: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/innodb")
    }

    static var allNames: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    init(_ name: String, scheduling: InnoDB.LockScheduling) throws {
        self.name = name
        let data = try Data(contentsOf: Self.directory.appending(path: name + ".json"))
        file = try JSONSerialization.jsonObject(with: data) as! JSON
        let settings = file["settings"] as! JSON
        var server = MySQLServer.Settings()
        server.innodb.scheduling = scheduling
        server.innodb.timeoutGranularity = .exact
        server.innodb.isolation = Self.isolation(settings["default_isolation"])
        server.innodb.lockWaitTimeout = .seconds(Int64(settings["innodb_lock_wait_timeout"] as! Int))
        server.innodb.rollsBackOnTimeout = settings["innodb_rollback_on_timeout"] as! Bool
        server.innodb.detectsDeadlocks = settings["innodb_deadlock_detect"] as! Bool
        server.innodb.countsFoundRows = settings["client_found_rows"] as! Bool
        server.innodb.uniqueUserProduct = file["unique_user_product"] as? Bool ?? false
        switch file["stock_constraint"] as? String {
        case "unsigned": server.innodb.stockConstraint = .unsigned
        case "check": server.innodb.stockConstraint = .check
        default: break
        }
        server.maxConnections = settings["max_connections"] as! Int
        let tables = file["tables"] as! JSON
        let products = (tables["products"] as! [JSON]).map {
            ProductRow(
                id: ($0["id"] as! NSNumber).int64Value, stock: ($0["stock"] as! NSNumber).int64Value,
                version: ($0["version"] as! NSNumber).int64Value)
        }
        let orders = (tables["orders"] as! [JSON]).map {
            OrderRow(
                id: ($0["id"] as! NSNumber).int64Value, requestKey: $0["request_key"] as? String,
                user: ($0["user_id"] as! NSNumber).int64Value, product: ($0["product_id"] as! NSNumber).int64Value,
                quantity: ($0["quantity"] as! NSNumber).int64Value)
        }
        servers[primary] = MySQLServer(settings: server, products: products, orders: orders)
        if file["session_nodes"] != nil {
            server.serverID = 2
            servers[second] = MySQLServer(settings: server, products: products, orders: orders)
            servers[second]!.setReadOnly(.readOnly)
            replica.startApplier()
            startReceiver()
            if let options = settings["semi_sync"] as? JSON {
                var machine = SemiSyncSource.Settings()
                machine.waitPoint = options["wait_point"] as! String == "after_sync" ? .afterSync : .afterCommit
                machine.timeout = .milliseconds(Int64(options["timeout_ms"] as! Int))
                semiSync = SemiSyncSource(settings: machine)
                acknowledge()
            }
        }
    }

    // MARK: Steps

    mutating func run() {
        let nodes = file["session_nodes"] as? [String: String] ?? [:]
        for session in file["sessions"] as! [String] {
            _ = connect(session, node: nodes[session] ?? primary)
        }
        let steps = file["steps"] as! [JSON]
        while step < steps.count {
            let current = steps[step]
            if current["unblocked"] != nil {
                checkUnblocked(steps)
            } else {
                if !answers.isEmpty { fail("nothing more", answers.map { "\($0.session): \($0.text)" }.joined()) }
                answers.removeAll()
                perform(current)
                step += 1
            }
        }
        if !answers.isEmpty { fail("nothing more", "\(answers)") }
        checkFinal()
    }

    private mutating func perform(_ current: JSON) {
        if let operation = current["op"] as? JSON {
            let session = current["session"] as! String
            issue(Self.statement(operation), session: session)
            let expected = Self.render(expected: current["result"] as! JSON)
            if expected == "blocked" {
                if let answer = answers.first { fail("blocked", "\(answer.session): \(answer.text)") }
            } else if answers.isEmpty {
                fail(expected, "blocked")
            } else {
                let answer = answers.removeFirst()
                if answer.session != session || answer.text != expected {
                    fail("\(session): \(expected)", "\(answer.session): \(answer.text)")
                }
            }
        } else if let session = current["connect"] as? String {
            let expected = Self.render(expected: current["result"] as! JSON)
            let actual = connect(session, node: primary)
            if actual != expected { fail(expected, actual) }
        } else if let session = current["disconnect"] as? String {
            let handle = handles[session]!
            servers[handle.node]!.disconnect(handle.session, now: now)
            names[handle] = nil
            pump()
        } else if let milliseconds = current["sleep_ms"] as? Int {
            sleep(.milliseconds(Int64(milliseconds)))
        } else if let node = current["node"] as? String {
            control(node, current)
            pump()
        }
    }

    private mutating func checkUnblocked(_ steps: [JSON]) {
        let isSet = steps[step]["any_order"] as? Bool ?? false
        var group: [(session: String, text: String)] = []
        while step < steps.count, let unblocked = steps[step]["unblocked"] as? JSON,
            (steps[step]["any_order"] as? Bool ?? false) == isSet
        {
            group.append(
                (steps[step]["session"] as! String, Self.render(expected: unblocked["result"] as! JSON)))
            step += 1
            if !isSet { break }
        }
        for expected in group {
            let place = isSet ? answers.firstIndex { $0.session == expected.session } : answers.indices.first
            guard let place else {
                fail("\(expected.session): \(expected.text)", "still blocked")
                continue
            }
            let answer = answers.remove(at: place)
            if answer.session != expected.session || answer.text != expected.text {
                fail("\(expected.session): \(expected.text)", "\(answer.session): \(answer.text)")
            }
        }
    }

    private mutating func control(_ node: String, _ current: JSON) {
        if current["set_read_only"] != nil { servers[node]!.setReadOnly(.readOnly) }
        if current["stop_receiver"] != nil { replica.stopReceiver() }
        if current["start_receiver"] != nil { startReceiver() }
        if current["stop_applier"] != nil { replica.stopApplier() }
        if current["start_applier"] != nil { replica.startApplier() }
        if current["wait_received"] != nil || current["wait_applied"] != nil {
            pump()
            let written = servers[primary]!.binaryLog.writtenPosition
            let reached = current["wait_received"] != nil ? replica.receivedPosition : replica.appliedPosition
            if reached != written { fail("replica at \(written)", "\(reached)") }
        }
        if current["kill"] != nil { durable[node] = servers[node]!.crash(.process) }
        if current["restart"] != nil { servers[node] = MySQLServer(recovering: durable[node]!) }
        if current["promote"] != nil {
            for transaction in replica.promote(.apply) { apply(transaction) }
            servers[node]!.setReadOnly(.off)
        }
    }

    // MARK: Servers

    private mutating func connect(_ session: String, node: String) -> String {
        switch servers[node]!.connect() {
        case .failure(let error): return "error \(error.code)"
        case .success(let id):
            let handle = Handle(node: node, session: id)
            handles[session] = handle
            names[handle] = session
            return "ok"
        }
    }

    private mutating func issue(_ statement: Statement, session: String) {
        let handle = handles[session]!
        let outcome = servers[handle.node]!.execute(statement, session: handle.session, now: now)
        take(outcome, handle)
        pump()
    }

    private mutating func take(_ outcome: ExecuteOutcome, _ handle: Handle) {
        switch outcome {
        case .blocked: break
        case .done(let result): answer(handle, result)
        case .commit: commit(handle)
        }
    }

    private mutating func answer(_ handle: Handle, _ result: StatementResult) {
        guard let session = names[handle] else { return }
        answers.append(Answer(session: session, text: Self.render(result)))
    }

    private mutating func commit(_ handle: Handle) {
        switch servers[handle.node]!.beginCommit(handle.session, now: now) {
        case .refused(let result): answer(handle, result)
        case .logged(let transaction):
            servers[handle.node]!.binaryLogFlushed(through: transaction.position)
            guard handle.node == primary, semiSync != nil else { return finish(handle) }
            var released: [SemiSyncSource.Release] = []
            let waits = semiSync!.commitReached(
                handle.session, position: transaction.position, now: now, into: &released)
            if waits { semiSyncWaiting.insert(handle.session) } else { finish(handle) }
            release(released)
        }
    }

    private mutating func finish(_ handle: Handle) {
        let result = servers[handle.node]!.finishCommit(handle.session, now: now)
        answer(handle, result)
    }

    private mutating func release(_ released: [SemiSyncSource.Release]) {
        for release in released {
            semiSyncWaiting.remove(release.session)
            finish(Handle(node: primary, session: release.session))
        }
    }

    private mutating func startReceiver() {
        replica.startReceiver(now: now)
        let requested = replica.requestSet(executed: servers[second]!.binaryLog.executed)
        let admission = MySQLReplica.admit(requestSet: requested, by: servers[primary]!.binaryLog, serverID: 1)
        guard case .accepted(let position) = admission else { return fail("replica admitted", "\(admission)") }
        replica.connected(from: position, now: now)
    }

    private mutating func acknowledge() {
        guard semiSync != nil, replica.isReceiving else { return }
        var released: [SemiSyncSource.Release] = []
        semiSync!.replicaConnected(2, position: replica.receivedPosition, into: &released)
        release(released)
    }

    private mutating func apply(_ transaction: BinlogTransaction) {
        let outcome = servers[second]!.apply(transaction, now: now)
        guard case .commit = outcome, let session = servers[second]!.applierSession else {
            if outcome != .done(.ok) { fail("transaction applied", "\(outcome)") }
            return
        }
        _ = servers[second]!.commitAtOnce(session, now: now)
    }

    /// Lets everything happen that needs no time.
    private mutating func pump() {
        var isBusy = true
        while isBusy {
            isBusy = false
            for node in [primary, second] where servers[node] != nil {
                var completions: [Completion] = []
                servers[node]!.takeCompletions(into: &completions)
                for completion in completions {
                    isBusy = true
                    take(completion.outcome, Handle(node: node, session: completion.session))
                }
            }
            guard servers[second] != nil, let source = servers[primary], source.isRunning else { continue }
            while replica.isReceiving, replica.receivedPosition < source.binaryLog.durablePosition,
                let transaction = source.binaryLog.transaction(at: replica.receivedPosition + 1)
            {
                isBusy = true
                _ = replica.receive(transaction, now: now)
            }
            acknowledge()
            while let transaction = replica.nextToApply {
                isBusy = true
                apply(transaction)
                replica.applied()
            }
        }
    }

    private mutating func sleep(_ span: TimeSpan) {
        let end = now + span
        while true {
            let deadlines = servers.values.compactMap(\.nextDeadline) + [semiSync?.nextDeadline].compactMap { $0 }
            guard let next = deadlines.min(), next <= end else { break }
            now = max(now, next)
            for node in [primary, second] { servers[node]?.expire(now: now) }
            var released: [SemiSyncSource.Release] = []
            semiSync?.expire(now: now, into: &released)
            release(released)
            pump()
        }
        now = end
    }

    private mutating func checkFinal() {
        let final = file["final"] as! JSON
        guard final["products"] == nil else {
            compare(final, primary)
            return
        }
        for node in [primary, second] {
            guard let tables = final[node] as? JSON else {
                if servers[node]!.isRunning { fail("\(node) down", "running") }
                continue
            }
            compare(tables, node)
        }
    }

    private mutating func compare(_ tables: JSON, _ node: String) {
        let expected = Self.expectedTables(tables)
        let actual = Self.actualTables(servers[node]!)
        if expected != actual { fail("finally \(expected)", actual) }
    }

    private mutating func fail(_ expected: String, _ actual: String) {
        failures.append("\(name).json step \(step): expected \(expected), got \(actual)")
    }
}
