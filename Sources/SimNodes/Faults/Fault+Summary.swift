import Topology

extension Fault {
    /// One line: what is done to whom, and when.
    package var summary: String { "\(action.summary) \(trigger.summary)" }
}

extension FaultTrigger {
    fileprivate var summary: String {
        switch self {
        case .at(let moment): return "at \(moment.seconds) s"
        case .on(let event):
            let node = event.node.map { " on \($0)" } ?? ""
            let delay = event.after > .zero ? ", \(event.after.seconds) s later" : ""
            return "on \(event.site.rawValue) number \(event.nth)\(node)\(delay)"
        }
    }
}

extension FaultAction {
    fileprivate var summary: String {
        switch self {
        case .crash(let fault):
            let back = fault.restartAfter.map { " (back after \($0.seconds) s)" } ?? ""
            return "crash \(fault.crash.summary)\(fault.how == .host ? " with its machine" : "")\(back)"
        case .restart(let fault): return "restart \(fault.restart)"
        case .pause(let fault): return "pause \(fault.pause.summary) for \(fault.for.seconds) s"
        case .slow(let fault): return "slow \(fault.slow.summary) by \(fault.factor)"
        case .delay(let fault): return "delay \(fault.delay.summary)"
        case .loss(let fault): return "lose \(fault.probability * 100) % between \(fault.loss.summary)"
        case .partition(let fault): return "partition \(fault.partition.summary)"
        }
    }
}

extension FaultNode {
    fileprivate var summary: String {
        switch self {
        case .named(let name): name
        case .itself: "the node that is there"
        }
    }
}

extension FaultSides {
    fileprivate var summary: String { "\(a.joined(separator: "+")) and \(b.joined(separator: "+"))" }
}
