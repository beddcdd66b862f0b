import Topology

/// Pause (a stop-the-world collection, a frozen virtual machine) and slowness of a process.
extension Director {
    func pause(_ fault: PauseFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.pause, at: place), target.isRunning else { return }
        noteStoreFailure(of: target, by: entry)
        let incarnation = target.incarnation
        target.pause()
        ledger.apply(entry, node: target.name, "paused for \(fault.for.seconds) s") { true }
        spawn(after: fault.for) { director in
            guard target.incarnation == incarnation else { return }
            target.resume()
            director.end(entry, node: target.name, "goes on after its pause")
        }
    }

    func slow(_ fault: SlowFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.slow, at: place) else { return }
        target.slowdown *= fault.factor
        ledger.apply(entry, node: target.name, "slower by a factor of \(fault.factor)") { fault.factor != 1 }
        guard let span = fault.for else { return }
        spawn(after: span) { director in
            target.slowdown /= fault.factor
            director.end(entry, node: target.name, "as fast as before")
        }
    }
}
