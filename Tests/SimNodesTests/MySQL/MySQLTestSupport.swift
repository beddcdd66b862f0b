import Topology

@testable import SimNodes

/// SplitMix64: the same sequence everywhere for the same seed.
struct MySQLTestRandom {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

extension LockManager {
    /// What is wrong with the books, or nil: counters against lists, cycles of waits, grants that did not happen.
    func inconsistency() -> String? {
        var contended = Array(repeating: Int32(0), count: owners.count)
        var live = 0
        var gaps = Array(repeating: Int32(0), count: gapCount.count)
        for (list, places) in heads.enumerated() {
            for (place, index) in places.enumerated() where index >= 0 {
                let queue = queues[Int(index)]
                guard queue.resource.index == list, Int(queue.resource.slot) + 1 == place
                else { return "queue \(index) is filed under another record" }
                var granted: [Lock] = []
                var next = queue.grantedHead
                while next >= 0 {
                    granted.append(locks[Int(next)])
                    next = locks[Int(next)].next
                }
                var waiting: [Lock] = []
                next = queue.waitHead
                while next >= 0 {
                    waiting.append(locks[Int(next)])
                    next = locks[Int(next)].next
                }
                live += granted.count + waiting.count
                if granted.isEmpty && waiting.isEmpty { return "empty queue" }
                if granted.count != Int(queue.grantedCount) || waiting.count != Int(queue.waitCount) { return "counts" }
                if waiting.filter({ $0.kind == .exclusiveRecord || $0.kind == .exclusiveNextKey }).count
                    != Int(queue.waitingExclusive)
                {
                    return "waiting exclusive"
                }
                if waiting.map(\.ticket) != waiting.map(\.ticket).sorted() { return "the queue is out of order" }
                for lock in granted + waiting where lock.kind.coversGap { gaps[list] += 1 }
                let heavy = waiting.filter { owners[Int($0.session)].contended > 0 }.count
                if heavy != Int(queue.heavyCount) { return "heavy \(heavy) is not \(queue.heavyCount)" }
                if !waiting.isEmpty { for lock in granted { contended[Int(lock.session)] += 1 } }
                let records = granted.filter { $0.kind.coversRecord }
                let holders = Set(records.filter { $0.kind.isExclusive }.map(\.session))
                if holders.count > 1 { return "two exclusive holders" }
                if let holder = holders.first, records.contains(where: { $0.session != holder }) {
                    return "a holder beside the exclusive one"
                }
                var request = queue.waitHead
                while request >= 0 {
                    if blocker(of: request) < 0 { return "a request waits for nobody" }
                    request = locks[Int(request)].next
                }
            }
        }
        if gaps != gapCount { return "gap counts" }
        if live != lockCount { return "\(lockCount) locks, \(live) in queues" }
        if contended != owners.map(\.contended) { return "contended" }
        return cycle()
    }

    private func blockers(of session: Int) -> [Int] {
        let waiting = owners[session].waitingLock
        return waiting < 0 ? [] : [Int(blocker(of: waiting))]
    }

    private func cycle() -> String? {
        var state = Array(repeating: 0, count: owners.count)
        func visit(_ session: Int) -> Bool {
            if state[session] == 1 { return true }
            if state[session] == 2 { return false }
            state[session] = 1
            for blocker in blockers(of: session) where visit(blocker) { return true }
            state[session] = 2
            return false
        }
        for session in owners.indices where visit(session) { return "cycle through \(session)" }
        return nil
    }
}
