import Testing

@testable import SimNodes

@Suite("MySQL collections")
struct MySQLCollectionTests {
    @Test("A set of GTIDs behaves like a set", arguments: 0..<50)
    func gtidSet(seed: Int) {
        var random = MySQLTestRandom(seed)
        func draw() -> GTID { GTID(source: Int32(random.below(3)), number: Int64(1 + random.below(30))) }
        var left: Set<GTID> = []
        var right: Set<GTID> = []
        var leftSet = GTIDSet()
        for _ in 0..<40 {
            let one = draw()
            left.insert(one)
            leftSet.insert(one)
            right.insert(draw())
        }
        let rightSet = GTIDSet(right.sorted())
        #expect(leftSet == GTIDSet(left.sorted()))
        #expect(leftSet.count == Int64(left.count))
        #expect(leftSet.union(rightSet) == GTIDSet(left.union(right).sorted()))
        #expect(leftSet.subtracting(rightSet) == GTIDSet(left.subtracting(right).sorted()))
        #expect(leftSet.isSubset(of: leftSet.union(rightSet)))
        for _ in 0..<50 {
            let one = draw()
            #expect(leftSet.contains(one) == left.contains(one))
        }
        #expect(leftSet.last(of: 1) == left.filter { $0.source == 1 }.map(\.number).max() ?? 0)
    }

    @Test("Ordered keys know their successors", arguments: 0..<20)
    func orderedKeys(seed: Int) {
        var random = MySQLTestRandom(seed)
        var model = Set((0..<random.below(600)).map { _ in Int64(random.below(5000)) })
        var keys = OrderedKeys(model.map { ($0, Int32($0)) })
        for _ in 0..<2000 {
            let key = Int64(random.below(5000))
            if random.chance(60) {
                if model.insert(key).inserted { keys.insert(key, slot: Int32(key)) }
            } else {
                model.remove(key)
                keys.remove(key)
            }
        }
        let sorted = model.sorted()
        for _ in 0..<300 {
            let key = Int64(random.below(5000))
            #expect(keys.successor(of: key) == sorted.first { $0 > key }.map { Int32($0) })
        }
    }
}
