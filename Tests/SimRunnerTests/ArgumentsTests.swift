import SimNodes
import Testing

@testable import SimRunner

@Suite("The command line")
struct ArgumentsTests {
    private static let syntax = RunCommand.syntax

    private func message(_ words: [String]) -> String? {
        do throws(UsageError) {
            _ = try RunRequest(Arguments(words, by: Self.syntax))
            return nil
        } catch {
            return error.message
        }
    }

    @Test func takesOptionsInAnyPlaceAndForm() throws {
        let request = try RunRequest(
            Arguments(
                [
                    "a.json", "--seed=5", "--set", "x=1", "b.json", "--jobs", "3", "--quiet", "--set=y=2", "--json",
                    "out",
                ],
                by: Self.syntax))
        #expect(request.paths == ["a.json", "b.json"])
        #expect(request.seeds == 5...5)
        #expect(!request.isSeries)
        #expect(request.threads == 3)
        #expect(request.isQuiet)
        #expect(request.settings == ["x=1", "y=2"])
        #expect(request.json?.path == "out")
        #expect(!request.checksDeterminism)
    }

    @Test func leavesTheSeedToTheScenario() throws {
        let request = try RunRequest(Arguments(["a.json"], by: Self.syntax))
        #expect(request.seeds == nil)
        #expect(request.threads == WorkerThread.cores)
    }

    @Test func takesNamesBehindTwoHyphensAsTheyAre() throws {
        let arguments = try Arguments(["--", "--seed", "-x"], by: Self.syntax)
        #expect(arguments.operands == ["--seed", "-x"])
        #expect(!arguments.has("--seed"))
        #expect(!Arguments.asksForHelp(["a", "--", "--help"]))
        #expect(Arguments.asksForHelp(["--nonsense", "-h"]))
    }

    @Test(arguments: [
        ([], "SCENARIO… is missing"),
        (["a", "--sed", "1"], "there is no option \"--sed\"; did you mean \"--seed\"?"),
        (["a", "--seed"], "--seed needs a value: --seed N"),
        (["a", "--seed", "--quiet"], "--seed needs a value: --seed N"),
        (["a", "--seed", "-1"], "--seed expects a whole number from 0 up, not \"-1\""),
        (["a", "--seed", "1.5"], "--seed expects a whole number from 0 up, not \"1.5\""),
        (["a", "--seed", ""], "--seed expects a whole number from 0 up, not \"\""),
        (["a", "--jobs", "0"], "--jobs expects a whole number from 1 to 1024, not \"0\""),
        (["a", "--seed", "1", "--seed", "2"], "--seed is given twice"),
        (["a", "--quiet=yes"], "--quiet takes no value"),
        (["a", "--quiet", "--quiet"], "--quiet is given twice"),
        (["a", "--seed", "1", "--seeds", "1...2"], "--seed and --seeds exclude each other"),
        (["a", "--seeds", "5..<5"], "--seeds 5..<5 has no seed in it"),
        (["a", "--seeds", "5...4"], "--seeds 5...4 has no seed in it"),
        (["a", "--seeds", "0...1000000"], "--seeds takes at most 1000000 seeds"),
    ])
    func says(_ words: [String], _ expected: String) {
        #expect(message(words) == expected)
    }

    @Test(arguments: ["", "5", "1..", "1..5", "-1..<3", "a..<b", "1..<", "..<4", "1..<99999999999999999999"])
    func refusesAsSeeds(_ text: String) {
        #expect(message(["a", "--seeds", text])?.hasPrefix("--seeds expects \"A..<B\"") == true)
    }

    @Test func readsBothKindsOfRange() throws {
        #expect(try SeedRange("0..<1").seeds == 0...0)
        #expect(try SeedRange("7..<200").seeds == 7...199)
        #expect(try SeedRange("7...200").seeds == 7...200)
        #expect(try SeedRange("9223372036854775800...9223372036854775806").seeds.count == 7)
    }

    @Test func limitsOperands() {
        #expect(throws: UsageError("\"b\" is one word too many")) {
            _ = try Arguments(["scenario", "b"], by: SchemaCommand.syntax)
        }
    }

    @Test func everyCommandExplainsItself() throws {
        for command in Program.commands {
            let help = command.syntax.help(program: "SimRunner")
            #expect(help.contains("usage: SimRunner \(command.syntax.name)"))
            for option in command.syntax.options { #expect(help.contains(option.spelling)) }
            let widest = help.split(separator: "\n").map { String($0).displayWidth }.max() ?? 0
            #expect(widest <= 120)
        }
    }

    @Test func quotesForTheShell() {
        #expect(ShellWord.quoted("faults.0.at=3s") == "faults.0.at=3s")
        #expect(ShellWord.quoted("a b") == "'a b'")
        #expect(ShellWord.quoted("it's {\"x\": 1}") == "'it'\\''s {\"x\": 1}'")
        #expect(ShellWord.quoted("") == "''")
        #expect(ShellWord.quoted("$(rm)") == "'$(rm)'")
        #expect(ShellWord.quoted("ä") == "'ä'")
    }
}
