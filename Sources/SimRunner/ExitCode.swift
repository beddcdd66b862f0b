import SimNodes

/// What the process tells whoever started it.
enum ExitCode: Int32, CaseIterable {
    case holds = 0
    /// Wrong use of the command line.
    case usage = 64
    /// An expectation or an invariant is broken.
    case broken = 99
    case configuration = 104
    /// What was finished has been reported.
    case interrupted = 105
    /// A fault of the program, not of the design.
    case programFault = 107
    case inconclusive = 111
    /// A fault had no effect, or nothing was measured.
    case invalid = 112
    case notDeterministic = 113

    /// Which of several runs' codes counts: the one that most casts doubt on everything else.
    private var severity: Int {
        let order: [ExitCode] = [.holds, .inconclusive, .broken, .invalid, .configuration, .usage, .programFault]
        return order.firstIndex(of: self) ?? order.count
    }

    /// The worst of several; `holds` for none.
    static func worst(_ codes: [ExitCode]) -> ExitCode { codes.max { $0.severity < $1.severity } ?? .holds }

    init(_ verdict: Verdict.Kind) {
        self =
            switch verdict {
            case .holds: .holds
            case .breaks: .broken
            case .inconclusive: .inconclusive
            case .invalid: .invalid
            }
    }

    /// The code of one run.
    init(_ result: RunResult) { self = result.programFaults.isEmpty ? ExitCode(result.verdict.kind) : .programFault }
}
