/// Zeller's minimising delta debugging (ddmin), by complements: leaves a list from which no single element can go.
///
/// Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002.
enum DeltaDebugging {
    /// Takes out of a list whatever isn't needed.
    ///
    /// - Parameters:
    ///   - least: how many elements must stay.
    ///   - isStillFailing: whether the shorter list shows the failure as well; asked only about shorter lists.
    static func minimise<Element>(
        _ list: [Element], least: Int = 0, isStillFailing: ([Element]) -> Bool
    ) -> [Element] {
        var current = list
        var parts = 1
        while current.count > least {
            var isReduced = false
            let length = (current.count + parts - 1) / parts
            var start = 0
            while start < current.count, current.count > least {
                let end = min(start + length, current.count)
                let rest = Array(current[..<start] + current[end...])
                if rest.count >= least, isStillFailing(rest) {
                    // The next part has moved to where this one was.
                    current = rest
                    isReduced = true
                } else {
                    start = end
                }
            }
            if length == 1 {
                if !isReduced { break }
            } else if !isReduced || current.count < 2 * length {
                parts *= 2
            }
            parts = min(parts, max(1, current.count))
        }
        return current
    }
}
