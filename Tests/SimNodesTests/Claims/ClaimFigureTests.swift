import Testing

@testable import SimNodes
@testable import Topology

/// One expectation over invented runs.
@Suite struct ClaimFigureTests {
    private func figure(
        _ text: String, _ values: [Double?], within: Double? = nil, judge: ClaimQuantifier = .mean
    ) throws -> ClaimFigure {
        ClaimFigure(ClaimCase.Check(try Expectation.parse(text), within: within), judge: judge, values: values)
    }

    @Test func aMeanHoldsWhenItsWholeIntervalDoes() throws {
        #expect(try figure("m < 10ms", [0.008, 0.009, 0.0085]).outcome == .holds)
        #expect(try figure("m < 10ms", [0.02, 0.021, 0.019]).outcome == .fails)
        // 9.5 ± 2.2 ms lies on both sides.
        let open = try figure("m < 10ms", [0.009, 0.0105, 0.009])
        #expect(open.outcome == .open && !open.isSettled)
        #expect(try figure("m < 10", [10, 10, 10]).outcome == .fails)
        #expect(try figure("m <= 10", [10, 10, 10]).outcome == .holds)
        // One run has no interval.
        #expect(try figure("m < 10", [1]).outcome == .open)
    }

    @Test func whatWouldSettleItFollowsFromTheWidth() throws {
        let values: [Double?] = [8, 11, 8, 11]
        let open = try figure("m < 10", values)
        // 1.732 is the scatter and 0.5 the distance: (2.01 · 1.732 / 0.5)² runs.
        #expect(open.runsToSettle == 49)
        #expect(try figure("m < 10", [1, 1.1]).runsToSettle == nil)
    }

    @Test func anIntervalThatIsNarrowEnoughIsSettledOnTheThreshold() throws {
        let narrow = try figure("m < 10", [9.99, 10.01, 10.0, 10.0])
        #expect(narrow.outcome == .open && narrow.isSettled)
    }

    @Test func aToleranceLiesToBothSides() throws {
        #expect(try figure("m == 5ms", [0.0051, 0.0052, 0.00515], within: 0.1).outcome == .holds)
        #expect(try figure("m == 5ms", [0.0061, 0.0062, 0.00615], within: 0.1).outcome == .fails)
        #expect(try figure("m == 5ms", [0.0039, 0.0038, 0.00385], within: 0.1).outcome == .fails)
        let margin = try #require(try figure("m == 5ms", [0.005, 0.005], within: 0.1).margin)
        #expect((margin - 1 / 9.0).magnitude < 1e-9)
    }

    @Test func whatMustBeExactMustBeSoInEveryRun() throws {
        #expect(try figure("oversold == 0", [0, 0, 0]).outcome == .holds)
        let one = try figure("oversold == 0", [0, 0, 1, 0])
        #expect(one.outcome == .fails && one.judge == .everyRun && one.firstWrong == 2 && one.right == 3)
        #expect(try figure("m != 3", [1, 2, 4]).outcome == .holds)
        #expect(try figure("m != 3", [1, 3, 4]).outcome == .fails)
    }

    @Test func oneRunDecidesWhereOneIsAskedFor() throws {
        #expect(try figure("m > 0", [0, 0, 2], judge: .someRun).outcome == .holds)
        #expect(try figure("m > 0", [0, nil, 0], judge: .someRun).outcome == .fails)
        #expect(try figure("m < 5", [1, 2, 9], judge: .everyRun).outcome == .fails)
        #expect(try figure("m < 5", [1, 2, 3], judge: .everyRun).outcome == .holds)
    }

    @Test func whatWasNotMeasuredIsNotMet() throws {
        #expect(try figure("m < 5", [nil, nil]).outcome == .fails)
        let some = try figure("m < 5", [1, nil, 1])
        #expect(some.outcome == .fails && some.missing == 1 && some.firstWrong == 1)
        #expect(try figure("m == 0", [0, nil]).outcome == .fails)
        #expect(try figure("m == 0", [], judge: .everyRun).outcome == .fails)
    }
}
