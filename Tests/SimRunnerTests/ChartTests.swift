import Testing

@testable import SimRunner

@Suite struct ChartTests {
    private static var chart: Chart {
        Chart(
            title: "Throughput", xTitle: "users",
            curves: [
                Chart.Curve(name: "bound", mark: "·", isContinuous: true, points: [(1, 10), (10, 100), (100, 100)]),
                Chart.Curve(name: "simulation", mark: "o", points: [(1, 10), (10, 80), (100, 100)]),
                Chart.Curve(name: "nothing", mark: "x", points: []),
            ], xText: { Format.number($0.rounded()) }, yText: Format.rate)
    }

    @Test func curvesShareLogarithmicAxes() {
        #expect(
            Self.chart.lines(width: 21, height: 5, style: .plain)
                == [
                    "Throughput", " 100/s ┤         ·o·········o", "       │       ··", "31.6/s ┤    ···",
                    "       │  ··",
                    "10.0/s ┤o·", "       └─────────────────────", "        1        10 users 100",
                    "        · bound   o simulation",
                ], "\(Self.chart.lines(width: 21, height: 5, style: .plain).joined(separator: "\n"))")
    }

    @Test func nothingToShowIsNoChart() {
        let chart = Chart(
            title: "", xTitle: "", curves: [Chart.Curve(name: "", mark: "o", points: [(0, 1), (1, 0)])],
            xText: { "\($0)" }, yText: { "\($0)" })
        #expect(chart.lines(width: 20, height: 5, style: .plain).isEmpty)
    }

    @Test func oneValueStandsInTheMiddle() {
        let chart = Chart(
            title: "One", xTitle: "", curves: [Chart.Curve(name: "it", mark: "o", points: [(4, 9)])],
            xText: { Format.number($0.rounded()) }, yText: { Format.number($0.rounded()) })
        #expect(chart.lines(width: 5, height: 3, style: .plain)[2] == " 9 ┤  o")
    }
}
