import Testing

@testable import SimNodes

@Suite struct DeltaDebuggingTests {
    @Test func keepsJustWhatIsNeeded() {
        let culprits: Set<Int> = [3, 41, 77]
        var asked = 0
        let rest = DeltaDebugging.minimise(Array(0..<100)) { list in
            asked += 1
            return culprits.isSubset(of: list)
        }
        #expect(rest == [3, 41, 77])
        #expect(asked < 120, "\(asked) questions; one by one it would take many hundred")
    }

    @Test func asksOnlyAboutShorterLists() {
        var last = 50
        _ = DeltaDebugging.minimise(Array(0..<50)) { list in
            #expect(list.count < last)
            if list.contains(17) { last = list.count }
            return list.contains(17)
        }
        #expect(last == 1)
    }

    @Test func keepsTheLeastThatMustStay() {
        #expect(DeltaDebugging.minimise([1, 2, 3, 4], least: 2) { _ in true }.count == 2)
        #expect(DeltaDebugging.minimise([1, 2, 3]) { _ in true }.isEmpty)
        #expect(DeltaDebugging.minimise([1, 2, 3]) { _ in false } == [1, 2, 3])
        #expect(DeltaDebugging.minimise([Int](), least: 1) { _ in true }.isEmpty)
    }

    /// Whatever the failure needs, from what is left no single element can go.
    @Test(arguments: 0..<300 as Range<UInt64>) func leavesNothingThatCanGo(seed: UInt64) {
        var random = RandomStream(seed: seed, name: "ddmin")
        let list = Array(0..<random.integer(in: 1...40))
        // A failure with alternatives: any of some sets will do, so it is not monotone in the parts that ddmin tries.
        let sets = (0..<random.integer(in: 1...3)).map { _ in
            Set((0..<random.integer(in: 1...5)).map { _ in list[random.integer(in: 0...(list.count - 1))] })
        }
        let parity = random.integer(in: 0...3)
        func fails(_ part: [Int]) -> Bool {
            // Some failures vanish when a certain number of others is there.
            sets.contains { $0.isSubset(of: part) } && (parity > 0 || part.count % 3 != 1 || part.count < 6)
        }
        guard fails(list) else { return }
        let rest = DeltaDebugging.minimise(list, isStillFailing: fails)
        #expect(fails(rest))
        for index in rest.indices {
            var shorter = rest
            shorter.remove(at: index)
            #expect(!fails(shorter), "\(rest) without \(rest[index]) fails as well")
        }
    }
}
