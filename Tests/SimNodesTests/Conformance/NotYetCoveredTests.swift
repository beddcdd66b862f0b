import Foundation
import Testing
import Topology

@testable import SimNodes

/// Recordings of servers that the model doesn't have yet; the lists only grow shorter.
@Suite struct NotYetCoveredTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures")

    @Test(arguments: [("postgres", RecordedServer.postgresql, 22), ("rabbitmq", .rabbitmq, 29)])
    func isListed(_ name: String, _ server: RecordedServer, most: Int) throws {
        let folder = Self.folder.appendingPathComponent(name)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        var open = 0
        for file in files.sorted() {
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(file)))
            let recording = try Recording(bytes, file: file)
            #expect(recording.server == server)
            if case .notCovered(let reason) = recording.replay() {
                open += 1
                #expect(reason == "there is no \(server.rawValue) node yet")
            }
        }
        #expect(files.count >= most && open <= most)
        #expect(server.isCovered == (open == 0), "what is covered is to be taken off the list")
    }
}
