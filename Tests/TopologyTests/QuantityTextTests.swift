import Testing

@testable import Topology

struct QuantityTextTests {
    @Test(arguments: [
        ("250ms", 250_000_000, "250ms"), ("0.5ms", 500_000, "500us"), ("1.5s", 1_500_000_000, "1500ms"),
        ("0s", 0, "0s"),
        ("90s", 90_000_000_000, "90s"), ("60s", 60_000_000_000, "1min"), ("2h", 7_200_000_000_000, "2h"),
        ("7ns", 7, "7ns"),
        ("0.1us", 100, "100ns"), ("0.000000001s", 1, "1ns"), ("1.50000000000000s", 1_500_000_000, "1500ms"),
        ("0.25min", 15_000_000_000, "15s"), ("001s", 1_000_000_000, "1s"),
    ])
    func durationsAreExact(text: String, nanoseconds: Int64, canonical: String) throws {
        let span = try TimeSpan.parse(text)
        #expect(span.nanoseconds == nanoseconds)
        #expect(span.description == canonical)
        #expect(try TimeSpan.parse(canonical) == span)
    }

    @Test(arguments: [
        "", "5", "s", "-5s", "5 s", "5sec", "5S", ".5s", "5.s", "1.2.3s", "1e3ms", "٣s", "0x5s", "0.5ns",
        "99999999999999999999s",
        "9223372036854775807h", "100000000h", "5m", "5s ", "infs", "5ss",
    ])
    func otherTextsAreNoDurations(text: String) {
        #expect(throws: TextError.self) { try TimeSpan.parse(text) }
    }

    @Test(arguments: [("2000/s", 2000.0), ("2/ms", 2000), ("30/min", 0.5), ("7200/h", 2), ("0.5/s", 0.5), ("0/s", 0)])
    func ratesAreRead(text: String, perSecond: Double) throws {
        #expect(try Rate.parse(text) == Rate(perSecond: perSecond))
        #expect(try Rate.parse(Rate(perSecond: perSecond).description) == Rate(perSecond: perSecond))
    }

    @Test(arguments: ["2000", "/s", "-1/s", "1/d", "1 /s", "1e3/s", "1/", "99999999999999/ms"])
    func otherTextsAreNoRates(text: String) {
        #expect(throws: TextError.self) { try Rate.parse(text) }
    }

    @Test(arguments: [1e-7, 1.0 / 3, 123_456.789, 5e-12, 1e12, 1.0 / 3600])
    func everyRateReadsBack(perSecond: Double) throws {
        #expect(try Rate.parse(Rate(perSecond: perSecond).description).perSecond == perSecond)
    }

    @Test(arguments: [
        ("1mb", 1_048_576, "1mb"), ("1m", 1_000_000, "1m"), ("0.5kb", 512, "512b"), ("16b", 16, "16b"),
        ("1gb", 1 << 30, "1gb"),
    ])
    func sizesFollowRedis(text: String, bytes: Int, canonical: String) throws {
        #expect(try ByteCount.parse(text).bytes == bytes)
        #expect(ByteCount(bytes: bytes).description == canonical)
    }

    @Test func editsAreCounted() {
        func edits(_ a: String, _ b: String) -> Int { Suggestion.edits(from: Array(a.utf8), to: Array(b.utf8)) }
        #expect(edits("", "abc") == 3)
        #expect(edits("kitten", "sitting") == 3)
        #expect(edits("worlkoad", "workload") == 1, "neighbours swapped")
        #expect(Suggestion.nearest(to: "maxConections", among: ["maxFails", "maxConnections"]) == "maxConnections")
        #expect(Suggestion.nearest(to: "zzz", among: ["maxFails", "cores"]) == nil)
    }
}
