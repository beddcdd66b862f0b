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
            let loss = fault.disk == .lost ? ", without its files" : ""
            return "crash \(fault.crash.summary)\(fault.how == .host ? " with its machine" : "")\(back)\(loss)"
        case .restart(let fault):
            return "restart \(fault.restart)\(fault.disk == .lost ? " without its files" : "")"
        case .rollingRestart(let fault): return "restart \(fault.rollingRestart.joined(separator: "+")) one by one"
        case .pause(let fault): return "pause \(fault.pause.summary) for \(fault.for.seconds) s"
        case .slow(let fault):
            let what = fault.resource.map { "the \($0.rawValue) of " } ?? ""
            return "slow \(what)\(fault.slow.summary) by \(fault.factor)"
        case .clockJump(let fault):
            return "set the clock of \(fault.clockJump.summary) \(fault.by.seconds) s \(fault.direction.rawValue)"
        case .clockDrift(let fault):
            return "have the clock of \(fault.clockDrift.summary) gain \(fault.rate) s a second"
        case .delay(let fault): return "delay \(fault.delay.summary)"
        case .loss(let fault): return "lose \(inPercent(fault.probability)) % between \(fault.loss.summary)"
        case .reorder(let fault):
            return "hold back \(inPercent(fault.probability)) % between \(fault.reorder.summary)"
        case .duplicate(let fault):
            return "deliver \(inPercent(fault.probability)) % twice between \(fault.duplicate.summary)"
        case .reset(let fault): return "reset \(inPercent(fault.share)) % of the connections of \(fault.reset.summary)"
        case .partition(let fault): return "partition \(fault.partition.summary)"
        case .isolate(let fault): return "isolate \(fault.isolate.joined(separator: "+"))"
        case .diskStall(let fault): return "stall the disk of \(fault.diskStall.summary) for \(fault.for.seconds) s"
        case .diskFull(let fault): return "fill the disk of \(fault.diskFull.summary)"
        case .replicationStall(let fault):
            return "stall \(fault.replicationStall.summary) (\(fault.part.rawValue)) for \(fault.for.seconds) s"
        case .applyLag(let fault): return "have \(fault.applyLag.summary) apply late"
        case .flushAll(let fault): return "empty \(fault.flushAll.summary)"
        case .maxMemory(let fault):
            return "limit \(fault.maxMemory.summary) to \(fault.limit.bytes) bytes (\(fault.policy.rawValue))"
        case .foreignClient(let fault):
            let rows = fault.rows.isEmpty ? "" : " and \(fault.rows.count) rows"
            return "take \(fault.connections) connections\(rows) of \(fault.foreignClient.summary)"
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
