import Foundation
import Testing

@testable import SimRunner

enum Executable {
    static let path: String? = {
        let tests = Bundle.main.executablePath ?? CommandLine.arguments[0]
        var folder = URL(fileURLWithPath: tests).deletingLastPathComponent()
        // On macOS the bundle is a folder, and its executable lies some levels down.
        for _ in 0..<5 {
            let candidate = folder.appendingPathComponent("SimRunner").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return nil
    }()
}

/// The program as it is started by people; it lies beside the tests.
@Suite("The executable", .enabled(if: Executable.path != nil))
struct ExecutableTests {
    private struct Ended {
        let code: Int32
        let out: String
        let err: String
    }

    private static func run(_ words: [String], in folder: String? = nil) throws -> Ended {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Executable.path))
        process.arguments = words
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let (out, err) = (Pipe(), Pipe())
        process.standardOutput = out
        process.standardError = err
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Reports fit into a pipe's buffer, so one can be read after the other.
        let texts = [out, err].map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
        process.waitUntilExit()
        return Ended(code: process.terminationStatus, out: texts[0], err: texts[1])
    }

    @Test(
        arguments: [
            (["--version"], 0), ([], 64), (["nonsense"], 64), (["run"], 64), (["run", "nowhere.json"], 104),
            (["validate", "nowhere.json"], 104), (["schema", "topology"], 0),
            (["bench", "closed-loop", "--clients", "x"], 64),
            (["run", "nowhere.json", "--json", "no/such/folder.json"], 64),
        ] as [([String], Int32)])
    func endsWithTheCode(_ words: [String], _ code: Int32) throws {
        let folder = try ScratchFolder()
        #expect(try Self.run(words, in: folder.path).code == code)
        #expect(folder.names.isEmpty)
    }

    @Test func errorsNameFilesAsTheyWereGiven() throws {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/bad.json").write("{\"workload\": 3,}")
        let ended = try Self.run(["run", "bad.json"], in: folder.path)
        #expect(ended.code == 104)
        #expect(ended.out.isEmpty)
        #expect(ended.err.hasPrefix("bad.json:1:"))
        #expect(!ended.err.contains(folder.path))
        // No terminal, no progress and no colour.
        #expect(!ended.err.contains("\u{1B}"))
    }

    @Test func helpNamesNoPlaceOfThisMachine() throws {
        for words in [["help"], ["help", "run"], ["help", "init"], ["run", "--nonsense"]] {
            let ended = try Self.run(words)
            #expect(!(ended.out + ended.err).contains(try #require(Executable.path)))
        }
    }

    @Test func benchDigestIsTheSameInAnotherProcess() throws {
        let words = ["bench", "closed-loop", "--clients", "100", "--iterations", "3"]
        let digests = try (0..<2).map { _ in
            try Self.run(words).out.split(separator: " ").drop { $0 != "digest" }.dropFirst().first
        }
        #expect(digests[0] != nil)
        #expect(digests[0] == digests[1])
    }

    private static let small = """
        {"title": "Small", "topology": {"application": {"servers": ["app1"]}, "mysql": {"primary": "db"}, "redis": {"master": "r"}},
         "workload": {"users": 40, "mix": {"view": 1, "purchase": 1}}, "expect": ["oversold == 0"]}
        """

    @Test func runsAreTheSameInAnotherProcessAndOnOtherThreads() throws {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/small.json").write(Self.small)
        var codes: Set<Int32> = []
        for (name, jobs) in [("one.json", "1"), ("two.json", "3")] {
            let words = ["run", "small.json", "--seeds", "1...6", "--jobs", jobs, "--json", name, "--quiet"]
            let ended = try Self.run(words, in: folder.path)
            codes.insert(ended.code)
            #expect(ended.err.isEmpty)
            #expect(ended.out.split(separator: "\n").count == 1)
        }
        #expect(codes.count == 1)
        #expect(codes.isSubset(of: [0, 99]))
        #expect(folder.text("one.json") == folder.text("two.json"))
        #expect(folder.text("one.json")?.contains(folder.path) == false)
        #expect(folder.names == ["one.json", "small.json", "two.json"])
    }

    @Test func theReplayedRunHasTheSameDigest() throws {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/small.json").write(Self.small)
        let first = try Self.run(
            ["run", "small.json", "--set", "workload.users=20", "--check-determinism"], in: folder.path)
        let lines = first.out.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("deterministic:") })
        let words = try #require(lines.last).split(separator: " ").map(String.init)
        #expect(words.prefix(5) == ["swift", "run", "-c", "release", "SimRunner"])
        let second = try Self.run(Array(words.dropFirst(5)), in: folder.path)
        func digest(_ text: String) -> Substring? {
            text.split(separator: " ").drop { $0 != "digest" }.dropFirst().first
        }
        #expect(digest(first.out) != nil)
        #expect(digest(first.out) == digest(second.out))
        #expect(first.code == second.code)
    }
}
