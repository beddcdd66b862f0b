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
            guard target.incarnation == incarnation else { return director.ledger.end(entry) }
            target.resume()
            director.end(entry, node: target.name, "goes on after its pause")
        }
    }

    func slow(_ fault: SlowFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.slow, at: place) else { return }
        let factor = fault.factor
        let what = fault.resource.map { "\($0.rawValue) " } ?? ""
        let stations = stations(of: target, fault.resource.hardware)
        let strikes = Strikes(on: stations)
        var links: [Link] = []
        switch fault.resource {
        case nil: target.slowdown *= factor
        case .cpu, .disk: for station in stations { station.slowdown *= factor }
        case .network: links = slowNetwork(of: target, by: factor, entry)
        }
        let struck = UncheckedLinks(links)
        let before = links.reduce(0) { $0 + $1.affected }
        ledger.apply(entry, node: target.name, "\(what)slower by a factor of \(factor)") {
            strikes.haveHit || struck.all.reduce(0) { $0 + $1.affected } > before
        }
        schedule(endAfter: fault.for) { director in
            switch fault.resource {
            case nil: target.slowdown /= factor
            case .cpu, .disk:
                for station in director.stations(of: target, fault.resource.hardware) { station.slowdown /= factor }
            case .network: for link in struck.all { link.remove(fault: entry) }
            }
            director.end(entry, node: target.name, "\(what)as fast as before")
        }
    }
}

extension SlowResource? {
    /// Which stations it is that are slow.
    fileprivate var hardware: ServiceStation.Hardware {
        switch self {
        case nil: [.cpu, .disk]
        case .cpu: .cpu
        case .disk: .disk
        case .network: []
        }
    }
}
