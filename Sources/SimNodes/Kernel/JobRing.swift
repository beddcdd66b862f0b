/// Jobs that became runnable within the current event, first in, first out.
///
/// How many there are depends on the optimiser, which is why they never meet the heap: one event's jobs all run
/// before the next event is looked at.
struct JobRing {
    private var jobs: [UInt] = []
    private var head = 0

    @inline(__always) var isEmpty: Bool { head == jobs.count }

    @inline(__always)
    mutating func append(_ job: UInt) { jobs.append(job) }

    @inline(__always)
    mutating func removeFirst() -> UInt {
        let job = jobs[head]
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        }
        return job
    }
}
