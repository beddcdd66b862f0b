import Testing

@testable import SimRunner

@Suite("conform") struct ConformCommandTests {
    private static let fixtures = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Fixtures"

    private func run(_ words: [String]) -> (code: Int32, out: String, err: String) {
        let recorder = Recorder()
        let code = Program.run(["conform"] + words, console: recorder.console)
        return (code, recorder.out, recorder.err)
    }

    @Test func aFolderIsReplayedFileByFile() {
        let result = run([Self.fixtures + "/nginx"])
        let lines = result.out.split(separator: "\n").map(String.init)
        #expect(result.code == 0 && result.err.isEmpty)
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("agrees       \(Self.fixtures)/nginx/") })
        #expect(lines.last == "nginx: \(lines.count - 1) of \(lines.count - 1) agree" && lines.count > 36)
        #expect(lines == lines.dropLast().sorted() + [lines.last!], "in the order of names")
    }

    @Test func whatIsNotCoveredIsNoDifference() {
        let result = run([Self.fixtures + "/postgres", Self.fixtures + "/redis/script_replies.json", "--quiet"])
        #expect(result.code == 0 && result.out == "redis: 1 not covered\npostgresql: 22 not covered\n", "\(result)")
    }

    @Test func aDifferenceNamesFileStepAndBothSides() throws {
        let folder = try ScratchFolder()
        let text = """
            {"name": "wrong", "server": "redis 7.0.15", "nodes": {"m": {"role": "master", "options": {}}}, "steps": [
             {"node": "m", "conn": "a", "command": ["SET", "k", "7"], "reply": "OK"},
             {"node": "m", "conn": "a", "command": ["INCR", "k"], "reply": 9}]}
            """
        try AtomicFile(path: folder.path + "/wrong.json").write(text)
        let result = run([folder.path, "--quiet"])
        #expect(result.code == 99, "\(result)")
        #expect(result.out.hasPrefix("differs      \(folder.path)/wrong.json: step 2: expected 9"), "\(result.out)")
        #expect(result.out.contains("8") && result.out.hasSuffix("redis: 0 of 1 agree\n"), "\(result.out)")
    }

    @Test func everythingThatIsWrongWithTheFilesIsToldBeforeAnythingIsReplayed() throws {
        let folder = try ScratchFolder()
        try AtomicFile(path: folder.path + "/a.json").write("{\"name\": \"a\", \"server\": \"oracle 23\"}")
        try AtomicFile(path: folder.path + "/b.json").write("{\"name\": ")
        let result = run([folder.path, Self.fixtures + "/nginx", folder.path + "/none"])
        #expect(result.code == 104 && result.out.isEmpty)
        #expect(result.err.contains("\"oracle 23\" names no known server"), "\(result.err)")
        #expect(result.err.contains("/b.json:1:10: error"), "\(result.err)")
        #expect(result.err.contains("/none: error: $: there is no recording"), "\(result.err)")
        #expect(result.err.hasSuffix("3 errors; nothing was run\n"), "\(result.err)")
    }

    @Test func flavorsAreTwo() {
        let file = Self.fixtures + "/innodb/nowait.json"
        #expect(run([Self.fixtures + "/innodb", "--flavor", "mysql8", "--quiet"]).code == 0)
        #expect(run([file, "--flavor", "oracle"]).code == 64)
        #expect(run([]).code == 64)
    }
}
