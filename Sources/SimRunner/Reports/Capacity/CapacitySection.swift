import SimNodes
import Topology

/// One section of the capacity report: a question, what was measured to answer it, and how that reads.
///
/// Sections stand in `CapacityReport.sections` in the order in which they are read; each measures what it needs through
/// the study, which makes every run once.
protocol CapacitySection {
    /// What `--only` and the JSON report call it.
    static var name: String { get }
    /// Its headline, without a number.
    static var title: String { get }

    /// Measures; nil where the question makes no sense for the scenario.
    static func measure(_ study: CapacityStudy) throws(Laboratory.Interrupted) -> Self?

    /// The text below the headline, at most `TextReport.width` wide.
    func lines(style: Style) -> [String]
    var json: JSONNode { get }
    /// Changes that mend what breaks, the smallest first, as the verdict names them: "C = 470".
    var smallestChanges: [String] { get }
    /// What stays broken at the best that changes of sizes can do, where none mends it: for the first line.
    var nearestMiss: String? { get }
    /// What load the design carries as it is: for the first line.
    var carries: String? { get }
}

extension CapacitySection {
    var smallestChanges: [String] { [] }
    var nearestMiss: String? { nil }
    var carries: String? { nil }
}
