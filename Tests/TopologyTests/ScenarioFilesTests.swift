import Foundation
import Testing

@testable import Topology

/// What the loader does with files: topologies and traces beside the scenario.
struct ScenarioFilesTests {
    /// A folder with files, which is gone after the test.
    private func withFiles<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        var template = Array((FileManager.default.temporaryDirectory.path() + "/topology-XXXXXX").utf8CString)
        let folder = URL(filePath: String(cString: try #require(mkdtemp(&template))), directoryHint: .isDirectory)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try body(folder.path())
    }

    private func failure(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let sale = ReferenceText.scenario(topology: "\"../topologies/reference.json\"")

    @Test func aTopologyIsFoundRelativeToTheScenario() throws {
        try withFiles(["scenarios/sale.json": Self.sale, "topologies/reference.json": ReferenceText.topology]) {
            folder in
            let scenario = try ScenarioLoader.load(path: folder + "scenarios/sale.json", overrides: ["mysql.cores=3"])
            #expect(scenario.topology.mysql?.cores == 3)
            #expect(scenario == (try ScenarioLoader.load(text: ReferenceText.scenario(), overrides: ["mysql.cores=3"])))
            let topology = try ScenarioLoader.loadTopology(path: folder + "topologies/reference.json")
            #expect(topology.mysql?.replication.mode == .semiSynchronous)
        }
    }

    @Test func errorsPointIntoTheFileThatIsWrong() throws {
        let broken = ReferenceText.topology.replacing("\"cores\": 8", with: "\"coress\": 8")
        try withFiles(["scenarios/sale.json": Self.sale, "topologies/reference.json": broken]) { folder in
            let message = failure { _ = try ScenarioLoader.load(path: folder + "scenarios/sale.json") }
            #expect(message.contains("topologies/reference.json:48:"))
            #expect(message.contains("topology.mysql.coress: unknown key \"coress\"; did you mean \"cores\"?"))
        }
    }

    @Test func missingFilesAreNamedWhereTheyAreNamed() throws {
        try withFiles(["scenarios/sale.json": Self.sale, "folder/x": ""]) { folder in
            let missing = failure { _ = try ScenarioLoader.load(path: folder + "scenarios/sale.json") }
            #expect(missing.contains("scenarios/sale.json:6:15: topology: there is no file"))
            let isFolder = failure {
                _ = try ScenarioLoader.load(path: folder + "scenarios/sale.json", overrides: ["topology=../folder"])
            }
            #expect(isFolder.hasPrefix("--set topology=../folder: topology: "))
            #expect(isFolder.contains("is a folder"))
            #expect(failure { _ = try ScenarioLoader.load(path: folder + "nosuch.json") }.contains("there is no file"))
        }
    }

    private static let traced = ReferenceText.scenario().replacing(
        "\"arrive\": \"at once\", \"think\": {\"exponential\": \"1s\"}",
        with: "\"arrive\": {\"trace\": \"arrivals.csv\"}")

    @Test func aTraceIsReadFromCSV() throws {
        let csv = "at, flow, product, user, quantity\r\n0s, view, 3, ,\r\n1.5ms, purchase, 0, 7, 2\r\n\r\n"
        try withFiles(["sale.json": Self.traced, "arrivals.csv": csv]) { folder in
            let scenario = try ScenarioLoader.load(path: folder + "sale.json")
            guard case .trace(let arrivals) = scenario.workload.arrive else {
                Issue.record("no trace: \(scenario.workload.arrive)")
                return
            }
            #expect(arrivals.count == 2)
            #expect(arrivals[0].user == nil)
            #expect(arrivals[1].at == .microseconds(1_500))
            #expect(
                (arrivals[1].flow, arrivals[1].product, arrivals[1].user, arrivals[1].quantity) == (.purchase, 0, 7, 2))
        }
    }

    @Test(arguments: [
        ("at,flow,product\n0s,view,1\n5,view,1\n", "arrivals.csv:3:1: workload.arrive.trace.1.at: expected a duration"),
        ("at,flow,product\n0s,vew,1\n", "arrivals.csv:2:4: workload.arrive.trace.0.flow: "),
        (
            "at,flow,prodct\n0s,view,1\n",
            "arrivals.csv:1:9: workload.arrive.trace: unknown column \"prodct\"; did you mean \"product\"?"
        ),
        ("at,flow,product\n0s,view\n", "arrivals.csv:2:1: workload.arrive.trace: 2 cells for 3 columns"),
        ("at,flow,product\n0s,view,501\n", "names product 501"),
        ("at,flow\n0s,view\n", "trace.0.product: missing (Which product"),
        ("at,at\n", "twice"), ("at,flow,product\n", "at least one arrival"), ("", "unknown column"),
    ])
    func wrongTracesAreRefusedInTheirFile(csv: String, message: String) throws {
        try withFiles(["sale.json": Self.traced, "arrivals.csv": csv]) { folder in
            let found = failure { _ = try ScenarioLoader.load(path: folder + "sale.json") }
            #expect(found.contains(message), "\(found)")
        }
    }
}
