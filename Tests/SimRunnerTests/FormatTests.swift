import Testing
import Topology

@testable import SimRunner

@Suite("Numbers for people")
struct FormatTests {
    @Test(arguments: [
        (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (100_000, "100,000"),
        (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func counts(_ number: Int, _ text: String) { #expect(Format.count(number) == text) }

    @Test(
        arguments: [
            (0, "0"), (1, "1.00"), (1.234567, "1.23"), (9.994, "9.99"), (9.995, "10.0"), (12.345, "12.3"),
            (99.94, "99.9"),
            (99.96, "100"), (1234.5, "1,235"), (0.1, "0.100"), (0.012345, "0.0123"), (-0.5, "-0.500"), (.infinity, "∞"),
            (-.infinity, "-∞"), (.nan, "-"), (999_999.7, "1,000,000"), (1e20, "1e+20"), (1e-12, "0.0000000000"),
        ] as [(Double, String)])
    func significantDigits(_ value: Double, _ text: String) {
        #expect(value == 1e-12 ? Format.significant(value).hasPrefix("0.00000000") : Format.significant(value) == text)
    }

    @Test(
        arguments: [
            (0, "0 s"), (1e-9, "1.00 ns"), (999e-9, "999 ns"), (1e-6, "1.00 µs"), (999.4e-6, "999 µs"),
            (999.6e-6, "1.00 ms"),
            (0.0123, "12.3 ms"), (0.9994, "999 ms"), (0.9996, "1.00 s"), (62.345, "62.3 s"), (3600, "3,600 s"),
            (-0.005, "-5.00 ms"), (.infinity, "∞"),
        ] as [(Double, String)])
    func seconds(_ value: Double, _ text: String) { #expect(Format.seconds(value) == text) }

    @Test func absentDurationsAreAHyphen() {
        #expect(Format.duration(nil as TimeSpan?) == "-")
        #expect(Format.duration(.milliseconds(15)) == "15.0 ms")
    }

    @Test(
        arguments: [
            (0, "0 %"), (0.5, "50.0 %"), (1, "100 %"), (0.99999, ">99.9 %"), (0.9994, "99.9 %"), (0.00001, "<0.01 %"),
            (0.00033, "0.0330 %"), (1.5, "150 %"), (.infinity, "∞"),
        ] as [(Double, String)])
    func percentages(_ ratio: Double, _ text: String) { #expect(Format.percent(ratio) == text) }

    @Test func nothingThatIsNotAllLooksLikeAll() {
        for step in 1...2000 { #expect(Format.percent(1 - Double(step) / 1e6) != "100 %") }
    }

    @Test func meansCarryTheirHalfWidth() {
        #expect(Format.spread(1234.5, 12.3) == "1,235 ±12")
        #expect(Format.spread(0.5, 0.0123) == "0.500 ±0.012")
        #expect(Format.spread(7, .infinity) == "7")
        #expect(Format.spread(7, 0) == "7 ±0")
        #expect(Format.spread(10.04, 0.000_21) == "10.0 ±<0.1")
        #expect(Format.spread(1.25, 0.004) == "1.25 ±<0.01")
        #expect(Format.spread(1.25, 0.006) == "1.25 ±0.0060")
        #expect(Format.spread(1200, 0.2) == "1,200 ±0.20")
        #expect(Format.seconds(0.0123, halfWidth: 0.0004) == "12.3 ±0.40 ms")
        #expect(Format.seconds(0.002, halfWidth: 1.5) == "0.00200 ±1.5 s")
    }

    @Test func metricsHaveTheirUnits() {
        #expect(Format.metric(0.05, .duration) == "50.0 ms")
        #expect(Format.metric(0.83, .ratio) == "83.0 %")
        #expect(Format.metric(812.4, .rate) == "812/s")
        #expect(Format.metric(3, .count) == "3")
        #expect(Format.metric(1.5, nil) == "1.50")
        #expect(Format.metric(nil, .count) == "no samples")
    }

    @Test func levelsBelowAThousandthAreNone() {
        #expect(Format.level(0) == "0")
        #expect(Format.level(1e-8) == "<0.001")
        #expect(Format.level(0.05) == "0.0500")
        #expect(Format.level(12) == "12")
    }

    @Test func words() {
        #expect(Format.words("lockNotAcquired") == "lock not acquired")
        #expect(Format.words("success") == "success")
        #expect(Format.plural(1, "run") == "1 run")
        #expect(Format.plural(1200, "run") == "1,200 runs")
    }

    @Test func momentsKeepTheirMilliseconds() {
        #expect(Format.moment(.zero + .milliseconds(412)) == "412 ms")
        #expect(Format.moment(.zero + .milliseconds(61_042)) == "61.042 s")
    }
}

@Suite("Text on a terminal")
struct TerminalTextTests {
    @Test(arguments: [
        ("abc", 3), ("", 0), ("µs ±", 4), ("日本", 4), ("e\u{301}", 1), ("▁█", 2), ("\u{1B}[31mred\u{1B}[0m", 3),
        ("⏱", 1), ("🙂", 2),
    ])
    func widths(_ text: String, _ width: Int) { #expect(text.displayWidth == width) }

    @Test func columnsStandBelowEachOtherWhateverTheyHold() {
        let lines = Table.aligned(
            [["日本", "1"], ["a", "22"], [Style.coloured.paint(.bad, "xyz"), "333", ""]], [.left, .right])
        #expect(lines == ["日本    1", "a      22", "\u{1B}[31mxyz\u{1B}[0m   333"])
    }

    @Test func wrapsBetweenWordsButKeepsUnitsWithTheirNumbers() {
        #expect("one two three".wrapped(to: 7, indent: " ") == ["one two", " three"])
        #expect("  a bb".wrapped(to: 4, indent: "    ") == ["  a", "    bb"])
        #expect("after 5.10 s, then".wrapped(to: 10, indent: "") == ["after", "5.10 s,", "then"])
        #expect("unbreakable".wrapped(to: 4, indent: " ") == ["unbreakable"])
        #expect("".wrapped(to: 4, indent: " ").isEmpty)
    }

    @Test func colourIsOnlyWhereItIsWanted() {
        #expect(Style.plain.paint(.bad, "x") == "x")
        #expect(Style.coloured.paint(.good, "x") == "\u{1B}[32mx\u{1B}[0m")
    }
}

@Suite("Sparklines")
struct SparklineTests {
    @Test func onlyTheMaximumIsFull() {
        #expect(Sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], width: 20).text == "·▂▃▄▅▆▇▇█")
        #expect(Sparkline([999, 1000], width: 20).text == "▇█")
    }

    @Test func theLeastThatIsNotZeroShows() {
        #expect(Sparkline([1, 0, 1_000_000], width: 20).text == "▁·█")
        #expect(Sparkline([0, 0], width: 20).text == "··")
        #expect(Sparkline([5], width: 20).text == "█")
        #expect(Sparkline([], width: 20).text.isEmpty)
    }

    @Test func neighboursAreAddedUntilTheyFit() {
        let sparkline = Sparkline([1, 2, 3, 4, 5, 6, 7], width: 3)
        #expect(sparkline.bucketsPerColumn == 3)
        #expect(sparkline.columns == [6, 15, 7])
        #expect(sparkline.maximum == 15)
        for count in 1...400 {
            let counts = [Int](repeating: 1, count: count)
            let sparkline = Sparkline(counts, width: 80)
            #expect(sparkline.columns.count <= 80)
            #expect(sparkline.columns.reduce(0, +) == count)
        }
    }

    @Test func hugeCountsDoNotOverflow() {
        #expect(Sparkline([Int.max, Int.max / 2 + 1], width: 2).text == "█▅")
    }
}
