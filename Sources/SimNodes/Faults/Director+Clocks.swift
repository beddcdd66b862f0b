import Topology

/// Faults of wall clocks. An effect has been seen when somebody has read the clock while it was wrong.
extension Director {
    func jump(_ fault: ClockJumpFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.clockJump, at: place) else { return }
        noteReads(of: target, entry, "clock jumps \(fault.by.seconds) s \(fault.direction.rawValue)")
        target.stepClock(by: fault.step)
        schedule(endAfter: fault.for) { director in
            target.stepClock(by: -fault.step)
            director.end(entry, node: target.name, "clock is put right")
        }
    }

    func drift(_ fault: ClockDriftFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.clockDrift, at: place) else { return }
        noteReads(of: target, entry, "clock gains \(fault.rate) s a second")
        target.changeClockSpeed(by: 1 + fault.rate)
        schedule(endAfter: fault.for) { director in
            target.changeClockSpeed(by: 1 / (1 + fault.rate))
            director.end(entry, node: target.name, "clock runs as it should, and stays off")
        }
    }

    private func noteReads(of target: NodeProcess, _ entry: Int, _ text: String) {
        let before = target.wrongClockReads
        ledger.apply(entry, node: target.name, text) { target.wrongClockReads > before }
    }
}
