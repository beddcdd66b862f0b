import Foundation
import Testing

@testable import SimRunner

/// A folder of its own that vanishes with the test.
final class ScratchFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "stampede-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        _ = chmod(path, 0o755)
        try? FileManager.default.removeItem(atPath: path)
    }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
    func text(_ name: String) -> String? { try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
}

@Suite("Files written wholly or not at all")
struct AtomicFileTests {
    @Test func replacesAndLeavesNothingElse() throws {
        let folder = try ScratchFolder()
        let file = AtomicFile(path: folder.path + "/report.json")
        try file.write("one")
        #expect(folder.text("report.json") == "one")
        try file.write(String(repeating: "two", count: 1 << 20))
        #expect(folder.text("report.json")?.utf8.count == 3 << 20)
        #expect(folder.names == ["report.json"])
    }

    @Test func aMissingFolderIsNotMade() throws {
        let folder = try ScratchFolder()
        let target = AtomicFile(path: folder.path + "/nowhere/report.json")
        #expect(throws: AtomicFile.Failure(message: "there is no folder \(folder.path)/nowhere")) { try target.check() }
        #expect(throws: AtomicFile.Failure.self) { try target.write("text") }
        #expect(folder.names.isEmpty)
    }

    @Test func aFolderIsNoTarget() throws {
        let folder = try ScratchFolder()
        #expect(throws: AtomicFile.Failure(message: "\(folder.path) is a folder")) {
            try AtomicFile(path: folder.path).write("text")
        }
        #expect(throws: AtomicFile.Failure.self) { try AtomicFile(path: "").write("text") }
        #expect(throws: AtomicFile.Failure.self) { try AtomicFile(path: folder.path + "/a\0b").write("text") }
        #expect(folder.names.isEmpty)
    }

    @Test(.enabled(if: geteuid() != 0, "nothing is read-only for the superuser"))
    func aReadOnlyFolderStaysAsItIs() throws {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/report.json").write("old")
        #expect(chmod(folder.path, 0o555) == 0)
        #expect(throws: AtomicFile.Failure.self) { try AtomicFile(path: folder.path + "/report.json").write("new") }
        #expect(folder.text("report.json") == "old")
        #expect(folder.names == ["report.json"])
    }

    @Test func newFilesNeverReplaceOldOnes() throws {
        let folder = try ScratchFolder()
        let file = AtomicFile(path: folder.path + "/scenario.json")
        try file.writeNew("mine")
        #expect(
            throws: AtomicFile.Failure(message: "\(folder.path)/scenario.json is there already; it is left as it is")
        ) {
            try file.writeNew("yours")
        }
        #expect(folder.text("scenario.json") == "mine")
    }
}
