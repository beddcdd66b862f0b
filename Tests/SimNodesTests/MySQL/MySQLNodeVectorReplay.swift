import Foundation
import Topology

@testable import SimNodes

/// Replays one recorded scenario against the actors: sessions are real connections, a step takes 50 ms of virtual time.
final class MySQLNodeVectorReplay {
    typealias JSON = [String: Any]

    private struct Answer: Sendable {
        var session: String
        var text: String
    }

    /// What the clients have been answered and nobody has looked at yet.
    private final class Answers: @unchecked Sendable {
        var list: [Answer] = []
        var sessions: [String: MySQLNodeClient.Session] = [:]
    }

    private let name: String
    private let file: JSON
    private let rig: MySQLNodeRig
    private let answers = Answers()
    private var now = TimeSpan.zero
    private var step = 0
    private(set) var failures: [String] = []

    init(_ name: String) throws {
        self.name = name
        let data = try Data(contentsOf: MySQLVectorReplay.directory.appending(path: name + ".json"))
        file = try JSONSerialization.jsonObject(with: data) as! JSON
        let variables = file["settings"] as! JSON
        let rows = file["tables"] as! JSON
        var tables = MySQLNode.Tables(
            products: (rows["products"] as! [JSON]).map {
                ProductRow(
                    id: Self.integer($0["id"]), stock: Self.integer($0["stock"]), version: Self.integer($0["version"]))
            },
            orders: (rows["orders"] as! [JSON]).map {
                OrderRow(
                    id: Self.integer($0["id"]), requestKey: $0["request_key"] as? String,
                    user: Self.integer($0["user_id"]), product: Self.integer($0["product_id"]),
                    quantity: Self.integer($0["quantity"]))
            })
        tables.uniqueUserProduct = file["unique_user_product"] as? Bool ?? false
        switch file["stock_constraint"] as? String {
        case "unsigned": tables.stockConstraint = .unsigned
        case "check": tables.stockConstraint = .check
        default: break
        }
        rig = MySQLNodeRig(replicas: file["session_nodes"] == nil ? 0 : 1, tables: tables) {
            $0.isolation =
                MySQLVectorReplay.isolation(variables["default_isolation"]) == .readCommitted
                ? .readCommitted : .repeatableRead
            $0.lockWaitTimeout = .seconds(Self.integer(variables["innodb_lock_wait_timeout"]))
            $0.rollbackOnTimeout = variables["innodb_rollback_on_timeout"] as! Bool
            $0.deadlockDetection = variables["innodb_deadlock_detect"] as! Bool
            $0.foundRows = variables["client_found_rows"] as! Bool
            $0.maxConnections = variables["max_connections"] as! Int
            $0.startTime = .zero
            if let semiSync = variables["semi_sync"] as? JSON {
                $0.replication.mode = .semiSynchronous
                $0.replication.waitPoint = semiSync["wait_point"] as! String == "after_sync" ? .afterSync : .afterCommit
                $0.replication.timeout = .milliseconds(Self.integer(semiSync["timeout_ms"]))
            }
        }
    }

    private static func integer(_ value: Any?) -> Int64 { (value as! NSNumber).int64Value }

    private func pass(_ span: TimeSpan) {
        now += span
        rig.run(until: now)
    }

    func run() {
        let nodes = file["session_nodes"] as? [String: String] ?? [:]
        for session in file["sessions"] as! [String] { _ = connect(session, to: node(nodes[session] ?? "primary")) }
        let steps = file["steps"] as! [JSON]
        while step < steps.count {
            if steps[step]["unblocked"] != nil {
                checkUnblocked(steps)
            } else {
                if !answers.list.isEmpty { fail("nothing more", "\(answers.list)") }
                answers.list = []
                perform(steps[step])
                step += 1
            }
        }
        if !answers.list.isEmpty { fail("nothing more", "\(answers.list)") }
        checkFinal()
    }

    // MARK: - Steps

    private func perform(_ current: JSON) {
        if let operation = current["op"] as? JSON {
            let session = current["session"] as! String
            issue(MySQLVectorReplay.statement(operation), session)
            let expected = MySQLVectorReplay.render(expected: current["result"] as! JSON)
            if expected == "blocked" {
                if let answer = answers.list.first { fail("blocked", "\(answer)") }
            } else if answers.list.isEmpty {
                fail(expected, "blocked")
            } else {
                check(answers.list.removeFirst(), session, expected)
            }
        } else if let session = current["connect"] as? String {
            let expected = MySQLVectorReplay.render(expected: current["result"] as! JSON)
            let actual = connect(session, to: rig.primary)
            if actual != expected { fail(expected, actual) }
        } else if let session = current["disconnect"] as? String {
            answers.sessions.removeValue(forKey: session)?.connection.close()
            pass(.milliseconds(50))
        } else if let milliseconds = current["sleep_ms"] as? Int {
            // MySQL looks for expired lock waits once a second; the recorded server did so at the deadline.
            pass(.milliseconds(Int64(milliseconds)))
            if name.hasPrefix("lock_timeout") { pass(.seconds(1)) }
        } else if let name = current["node"] as? String {
            control(node(name), current)
            pass(.milliseconds(50))
        }
    }

    private func control(_ node: MySQLNode, _ current: JSON) {
        let waitsForReceipt = current["wait_received"] != nil
        if waitsForReceipt || current["wait_applied"] != nil {
            let reached = waitsForReceipt ? rig.replica.receivedPosition : rig.replica.appliedPosition
            if reached != rig.primary.loggedPosition { fail("replica at \(rig.primary.loggedPosition)", "\(reached)") }
        }
        let keys = Set(current.keys)
        if keys.contains("kill") { return node.process.crash() }
        if keys.contains("restart") { return node.process.start() }
        node.spawn { node in
            if keys.contains("set_read_only") { node.setReadOnly(.readOnly) }
            if keys.contains("stop_receiver") { node.stopReceiver() }
            if keys.contains("start_receiver") { node.startReceiver() }
            if keys.contains("stop_applier") { node.stopApplier() }
            if keys.contains("start_applier") { node.startApplier() }
            if keys.contains("promote") {
                _ = try await node.waitForRelayLog()
                try await node.promote()
            }
        }
    }

    private func node(_ name: String) -> MySQLNode { name == "primary" ? rig.primary : rig.replica }

    private func connect(_ session: String, to node: MySQLNode) -> String {
        let answers = answers
        rig.client.spawn { client in
            do {
                answers.sessions[session] = try await client.connect(to: node)
            } catch let error as MySQLError {
                answers.list.append(Answer(session: session, text: "error \(error.code)"))
            }
        }
        pass(.milliseconds(50))
        return answers.list.popLast()?.text ?? "ok"
    }

    private func issue(_ statement: Statement, _ name: String) {
        let answers = answers
        guard let session = answers.sessions[name] else { return }
        rig.client.spawn { client in
            let text: String
            do {
                text = MySQLVectorReplay.render(try await client.execute(statement, session))
            } catch is NetworkError {
                text = "error 2013"
            }
            if answers.sessions[name] != nil { answers.list.append(Answer(session: name, text: text)) }
        }
        pass(.milliseconds(50))
    }

    private func checkUnblocked(_ steps: [JSON]) {
        let isSet = steps[step]["any_order"] as? Bool ?? false
        repeat {
            let session = steps[step]["session"] as! String
            let result = (steps[step]["unblocked"] as! JSON)["result"] as! JSON
            let expected = MySQLVectorReplay.render(expected: result)
            let place = isSet ? answers.list.firstIndex { $0.session == session } : answers.list.indices.first
            if let place {
                check(answers.list.remove(at: place), session, expected)
            } else {
                fail("\(session): \(expected)", "still blocked")
            }
            step += 1
        } while isSet && step < steps.count && steps[step]["unblocked"] != nil
            && steps[step]["any_order"] as? Bool ?? false
    }

    private func check(_ answer: Answer, _ session: String, _ text: String) {
        if answer.session != session || answer.text != text { fail("\(session): \(text)", "\(answer)") }
    }

    private func checkFinal() {
        let final = file["final"] as! JSON
        for (name, tables) in final["products"] == nil ? final : ["primary": final] {
            guard let tables = tables as? JSON else {
                if !node(name).process.isDown { fail("\(name) down", "running") }
                continue
            }
            let expected = MySQLVectorReplay.expectedTables(tables)
            let actual = node(name).assumeIsolated { MySQLVectorReplay.actualTables($0.server) }
            if expected != actual { fail("finally \(expected)", actual) }
        }
    }

    private func fail(_ expected: String, _ actual: String) {
        failures.append("\(name).json step \(step): expected \(expected), got \(actual)")
    }
}
