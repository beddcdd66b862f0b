import Topology

/// Looks for an order of a product's operations that explains their results: the algorithm of Wing and Gong (1993) with
/// Lowe's memory of configurations (2017), for a stock that is only taken from.
///
/// What the stock's nature allows to leave out, each by an exchange of neighbours in an order that is right:
/// - A refusal or a sight changes nothing, so it is put in as soon as it is true.
/// - Of purchases of the same quantity the one that ends first goes first.
/// - Purchases that may or may not have happened are alike once they have begun, and are of use only right before a
///   refusal or a sight that they make true. They must leave enough for all that are still to succeed.
///
/// Configurations are remembered by 128 bits of a hash: that two of 50,000 agree has a probability below 10⁻²⁸.
package struct StockSearch {
    package enum Answer: Hashable, Sendable {
        case linearizable
        /// The operation (by its index) that fits nowhere on the way that came farthest, and the stock there.
        case notLinearizable(culprit: Int, stock: Int64)
        /// The limit was reached, or the search was cancelled.
        case undecided
    }

    package struct Verdict: Hashable, Sendable {
        package let answer: Answer
        /// How many configurations were looked at.
        package let configurations: Int
    }

    /// - Parameters:
    ///   - limit: of configurations: of memory (16 bytes each, and the set around them) as of time.
    ///   - isCancelled: asked now and then.
    package static func run(
        initial: Int64, _ operations: [StockOperation], limit: Int, isCancelled: () -> Bool = { false }
    ) -> Verdict {
        var taken: Int64 = 0
        var canOnlyTake = true
        for operation in operations {
            switch operation.kind {
            case .take(let units): taken += units
            case .maybe: break
            case .refused, .shown: canOnlyTake = false
            }
        }
        // Without anybody who saw a stock, enough for all is an order.
        if canOnlyTake, taken <= initial { return Verdict(answer: .linearizable, configurations: 0) }
        if taken > initial { return Verdict(answer: excess(initial, operations), configurations: 0) }
        if limit <= 0 { return Verdict(answer: .undecided, configurations: 0) }
        var search = StockSearch(initial, operations, limit)
        let answer = search.run(isCancelled)
        return Verdict(answer: answer, configurations: search.seen.count)
    }

    /// More succeeded than there was for: the first to end for whom nothing was left.
    private static func excess(_ initial: Int64, _ operations: [StockOperation]) -> Answer {
        var stock = initial
        for index in operations.indices.sorted(by: { (operations[$0].end, $0) < (operations[$1].end, $1) }) {
            guard case .take(let units) = operations[index].kind else { continue }
            if units > stock { return .notLinearizable(culprit: index, stock: stock) }
            stock -= units
        }
        return .linearizable
    }

    // MARK: - The operations, sorted into classes

    private struct Fingerprint: Hashable {
        var high: UInt64
        var low: UInt64
    }

    private let begins: [Int64]
    private let ends: [Int64]
    private let kinds: [StockOperation.Kind]
    private let marks: [Fingerprint]
    private let limit: Int
    /// All that have an end, by it.
    private var byEnd: Chains
    /// Takes by end, and refusals and sights by beginning: a chain for each class.
    private var classes: Chains
    /// All refusals and sights by beginning.
    private var readers: Chains
    /// Units of each class of takes; its chain has the same index.
    private let takes: [Int64]
    /// Units of each class of refusals, ascending; their chains follow.
    private let refusals: [Int64]
    /// Units of each class of sights, ascending; their chains follow those.
    private let sights: [Int64]
    /// Beginnings of the uncertain, ascending, by their units.
    private let maybes: [(units: Int64, begins: [Int64], marks: [Fingerprint])]

    // MARK: - Where the search stands

    private var stock: Int64
    /// Units of all takes that are still to come.
    private var promised: Int64 = 0
    private var used: [Int]
    private var left: Int
    private var fingerprint = Fingerprint(high: 0, low: 0)
    /// Whether the last step was an uncertain purchase that has not yet made any reader true.
    private var isAfterMaybe = false
    private var undo: [Int32] = []
    private var seen: Set<Fingerprint> = []

    private enum Step {
        case take(Int32)
        case maybe(Int)
    }

    private struct Frame {
        let undoMark: Int
        let stock: Int64
        let left: Int
        let fingerprint: Fingerprint
        let isAfterMaybe: Bool
        /// The uncertain class that led here, to be given back.
        let maybe: Int
        let steps: [Step]
        var next = 0
    }

    private init(_ initial: Int64, _ operations: [StockOperation], _ limit: Int) {
        self.limit = limit
        stock = initial
        kinds = operations.map(\.kind)
        begins = operations.map(\.begin.nanoseconds)
        let ends = operations.map(\.end.nanoseconds)
        self.ends = ends
        marks = operations.indices.map { Self.mark($0) }
        let begins = begins
        let marks = marks
        func units(_ pick: (StockOperation.Kind) -> Int64?) -> [Int64] {
            Set(operations.compactMap { pick($0.kind) }).sorted()
        }
        let takes = units { if case .take(let units) = $0 { units } else { nil } }
        let refusals = units { if case .refused(let units) = $0 { units } else { nil } }
        let sights = units { if case .shown(let units) = $0 { units } else { nil } }
        let uncertain = units { if case .maybe(let units) = $0 { units } else { nil } }
        (self.takes, self.refusals, self.sights) = (takes, refusals, sights)
        let byBegin = operations.indices.sorted { (begins[$0], $0) < (begins[$1], $1) }
        let byEnd = operations.indices.sorted { (ends[$0], $0) < (ends[$1], $1) }
        maybes = uncertain.map { units in
            let members = byBegin.filter { operations[$0].kind == .maybe(units) }
            return (units, members.map { begins[$0] }, members.map { marks[$0] })
        }
        used = [Int](repeating: 0, count: maybes.count)
        func isMaybe(_ index: Int) -> Bool { if case .maybe = operations[index].kind { true } else { false } }
        self.byEnd = Chains(count: operations.count, chains: 1)
        classes = Chains(count: operations.count, chains: takes.count + refusals.count + sights.count)
        readers = Chains(count: operations.count, chains: 1)
        left = 0
        for index in byEnd where !isMaybe(index) {
            self.byEnd.append(index, to: 0)
            left += 1
            if case .take(let units) = operations[index].kind {
                promised += units
                classes.append(index, to: Self.place(of: units, in: takes))
            }
        }
        for index in byBegin {
            switch operations[index].kind {
            case .refused(let units):
                classes.append(index, to: takes.count + Self.place(of: units, in: refusals))
            case .shown(let units):
                classes.append(index, to: takes.count + refusals.count + Self.place(of: units, in: sights))
            case .take, .maybe: continue
            }
            readers.append(index, to: 0)
        }
    }

    private static func place(of value: Int64, in sorted: [Int64]) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Numbers that look random, the same in every run.
    private static func mark(_ index: Int) -> Fingerprint {
        func mix(_ seed: UInt64) -> UInt64 {
            var word = seed &* 0x9E37_79B9_7F4A_7C15
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
        let number = UInt64(index)
        return Fingerprint(high: mix(2 &* number &+ 1), low: mix((2 &* number &+ 2) ^ 0x5851_F42D_4C95_7F2D))
    }

    // MARK: - The search

    private mutating func run(_ isCancelled: () -> Bool) -> Answer {
        var farthest = (left: Int.max, culprit: 0, stock: Int64(0))
        var frames: [Frame] = []
        var maybe = -1
        var before = (mark: 0, stock: stock, left: left, fingerprint: fingerprint, isAfterMaybe: isAfterMaybe)
        while true {
            // A new configuration.
            takeReaders()
            if left == 0 { return .linearizable }
            if left < farthest.left { farthest = (left, byEnd.first(of: 0), stock) }
            var key = fingerprint
            if isAfterMaybe { key.low ^= 0xA5A5_5A5A_C3C3_3C3C }
            var steps: [Step] = []
            if seen.insert(key).inserted {
                if seen.count >= limit || seen.count % 1_024 == 0 && isCancelled() { return .undecided }
                steps = possibleSteps()
            }
            frames.append(
                Frame(
                    undoMark: before.mark, stock: before.stock, left: before.left, fingerprint: before.fingerprint,
                    isAfterMaybe: before.isAfterMaybe, maybe: maybe, steps: steps))
            // Back to the last configuration that has another way to go on.
            while let frame = frames.last, frame.next == frame.steps.count {
                back(to: frame)
                frames.removeLast()
            }
            guard !frames.isEmpty else {
                return .notLinearizable(culprit: farthest.culprit, stock: farthest.stock)
            }
            let step = frames[frames.count - 1].steps[frames[frames.count - 1].next]
            frames[frames.count - 1].next += 1
            before = (undo.count, stock, left, fingerprint, isAfterMaybe)
            maybe = -1
            switch step {
            case .take(let index): remove(Int(index))
            case .maybe(let group):
                stock -= maybes[group].units
                mix(maybes[group].marks[used[group]])
                used[group] += 1
                maybe = group
                isAfterMaybe = true
            }
        }
    }

    /// Puts in all refusals and sights that are true and have begun.
    private mutating func takeReaders() {
        var hasMore = true
        while hasMore, left > 0 {
            hasMore = false
            let horizon = ends[byEnd.first(of: 0)]
            for (place, units) in refusals.enumerated() where stock < units {
                hasMore = takeReaders(of: takes.count + place, until: horizon) || hasMore
            }
            let place = Self.place(of: stock, in: sights)
            if place < sights.count, sights[place] == stock {
                hasMore = takeReaders(of: takes.count + refusals.count + place, until: horizon) || hasMore
            }
        }
    }

    private mutating func takeReaders(of chain: Int, until horizon: Int64) -> Bool {
        var hasTaken = false
        while let index = classes.firstIfAny(of: chain), begins[index] <= horizon {
            remove(index)
            hasTaken = true
        }
        return hasTaken
    }

    private func possibleSteps() -> [Step] {
        let horizon = ends[byEnd.first(of: 0)]
        var steps: [Step] = []
        if !isAfterMaybe {
            for (chain, units) in takes.enumerated() where units <= stock {
                var next = classes.firstIfAny(of: chain)
                while let index = next, begins[index] > horizon { next = classes.after(index) }
                if let next { steps.append(.take(Int32(next))) }
            }
        }
        // Without a reader who could be next, nothing uncertain need have happened yet.
        guard let reader = readers.firstIfAny(of: 0), begins[reader] <= horizon else { return steps }
        for (group, maybe) in maybes.enumerated()
        where used[group] < maybe.begins.count && maybe.units <= stock - promised
            && maybe.begins[used[group]] <= horizon
        {
            steps.append(.maybe(group))
        }
        return steps
    }

    private mutating func mix(_ mark: Fingerprint) {
        fingerprint.high ^= mark.high
        fingerprint.low ^= mark.low
    }

    private mutating func remove(_ index: Int) {
        byEnd.remove(index)
        classes.remove(index)
        if case .take(let units) = kinds[index] {
            stock -= units
            promised -= units
        } else {
            readers.remove(index)
            isAfterMaybe = false
        }
        mix(marks[index])
        left -= 1
        undo.append(Int32(index))
    }

    private mutating func back(to frame: Frame) {
        while undo.count > frame.undoMark {
            let index = Int(undo.removeLast())
            if case .take(let units) = kinds[index] { promised += units } else { readers.restore(index) }
            classes.restore(index)
            byEnd.restore(index)
        }
        (stock, left, fingerprint, isAfterMaybe) = (frame.stock, frame.left, frame.fingerprint, frame.isAfterMaybe)
        if frame.maybe >= 0 { used[frame.maybe] -= 1 }
    }
}
