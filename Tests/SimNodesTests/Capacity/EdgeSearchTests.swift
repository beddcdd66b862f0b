import Testing

@testable import SimNodes

@Suite struct EdgeSearchTests {
    /// The edge, and how many amounts it took.
    private func find(
        easy: Int64 = 1, hard: Int64 = 1_000_000, from start: Int64, resolution: Double = 0.02, most: Int = .max,
        _ standing: (Int64) -> Standing
    ) -> (edge: Edge, looks: [Int64]) {
        var search = EdgeSearch(easy: easy, hard: hard)
        search.resolution = resolution
        var looks: [Int64] = []
        let edge = search.edge(from: start) { amount in
            guard looks.count < most else { return nil }
            looks.append(amount)
            return standing(amount)
        }
        return (edge, looks)
    }

    @Test(arguments: [1, 7, 100, 5_930, 6_000, 900_000] as [Int64], [1, 50, 6_000, 1_000_000] as [Int64])
    func anEdgeIsFoundFromWhereverOneBegins(limit: Int64, start: Int64) throws {
        let (edge, looks) = find(from: start) { $0 <= limit ? .passes : .fails }
        let passing = try #require(edge.passing)
        let failing = try #require(edge.failing)
        #expect(passing <= limit && limit < failing)
        #expect(Double(failing - passing) <= max(1, 0.02 * Double(passing)))
        #expect(edge.unclear.isEmpty && edge.exceptions.isEmpty && !edge.isCutShort)
        #expect(looks.count <= 32 && Set(looks).count == looks.count, "\(looks)")
    }

    @Test func theGuessOfATheorySavesRuns() {
        let far = find(from: 100) { $0 <= 6_000 ? .passes : .fails }.looks.count
        let near = find(from: 5_900) { $0 <= 6_000 ? .passes : .fails }.looks.count
        #expect(near < far)
    }

    @Test func lessMayBeWhatHelps() {
        let edge = find(easy: 1, hard: 20_000, from: 20_000) { $0 <= 470 ? .passes : .fails }.edge
        #expect(edge.passing.map { (460...470).contains($0) } == true)
        let connections = find(easy: 19_200, hard: 300, from: 300, resolution: 0) { $0 >= 470 ? .passes : .fails }.edge
        #expect(connections.passing == 470 && connections.failing == 469)
    }

    @Test func whereNothingPassesOrNothingFailsOneSideIsOpen() {
        let never = find(from: 5_000) { _ in .fails }
        #expect(never.edge.passing == nil && never.edge.failing == 1)
        let always = find(hard: 64_000, from: 1_000) { _ in .passes }
        #expect(always.edge.passing == 64_000 && always.edge.failing == nil)
    }

    @Test func whatNobodyCanDecideLiesBetween() {
        let edge = find(from: 100) { $0 <= 900 ? .passes : $0 < 1_100 ? .unclear : .fails }.edge
        #expect(edge.passing.map { (880...900).contains($0) } == true, "\(edge)")
        #expect(edge.failing.map { (1_100...1_125).contains($0) } == true, "\(edge)")
        #expect(edge.unclear.allSatisfy { (901..<1_100).contains($0) } && !edge.unclear.isEmpty)
    }

    @Test func allUnclearDecidesNothing() {
        let edge = find(hard: 8, from: 4) { _ in .unclear }.edge
        #expect(edge.passing == nil && edge.failing == nil)
        #expect(edge.unclear == [1, 2, 4, 8])
    }

    /// Falls below the edge and rises again: the first failure counts, what passes beyond it is told.
    @Test func whatIsNotMonotoneIsTold() {
        let edge = find(hard: 4_000, from: 1_000) { (300...600).contains($0) || $0 > 3_000 ? .fails : .passes }.edge
        #expect(edge.failing == nil || edge.failing.map { $0 > 3_000 } == true, "nobody looked below where it passed")
        let other = find(hard: 4_000, from: 500) { (300...600).contains($0) || $0 > 3_000 ? .fails : .passes }.edge
        #expect(other.passing.map { $0 < 300 } == true)
        let holes = find(hard: 1_000, from: 1_000) { $0 % 2 == 0 && $0 > 10 ? .fails : .passes }.edge
        #expect(holes.passing.map { $0 < holes.failing ?? 0 } == true)
    }

    @Test func theEndOfTheAllowanceIsTold() {
        let (edge, looks) = find(from: 1, most: 5) { $0 <= 6_000 ? .passes : .fails }
        #expect(edge.isCutShort && looks.count == 5)
        #expect(edge.passing == 16 && edge.failing == nil)
        #expect(find(from: 1, most: 0) { _ in .passes }.edge == Edge(isCutShort: true))
    }
}
