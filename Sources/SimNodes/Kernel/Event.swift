/// What the kernel does next, and when: run one suspended job, wake a waiter, or look at a list of timers.
struct Event {
    /// Nanoseconds of virtual time.
    var time: Int64
    /// A suspended job's bits or an errand's; a wake's waiter, generation and reason; or the number of a timer list.
    var payload: UInt
    /// The process that the job or errand belongs to, or one of the marks below.
    var owner: UInt32
    /// The life of that process in which the job was suspended, or the errand sent.
    var incarnation: UInt32

    /// Owners below this one are processes.
    static let marks = drain
    /// An owner that marks the next job of a process that goes on after a pause; the payload is its number.
    static let drain = UInt32.max - 3
    /// An owner that marks the end of a `run(until:)`.
    static let stop = UInt32.max - 2
    /// An owner that marks the wake of a waiter.
    static let wake = UInt32.max - 1
    /// An owner that marks the first deadline of a timer list.
    static let timerList = UInt32.max
}
