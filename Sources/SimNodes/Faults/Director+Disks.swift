import Topology

/// Faults of disks.
extension Director {
    func stallDisk(_ fault: DiskStallFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.diskStall, at: place) else { return }
        noteStoreFailure(of: target, by: entry)
        let stations = stations(of: target, .disk)
        let redis = targets.redis(target).map { Unowned($0) }
        let failures = redis?.value.diskFailures ?? 0
        let strikes = Strikes(on: stations)
        ledger.apply(entry, node: target.name, "disk hangs for \(fault.for.seconds) s") {
            strikes.haveHit || redis.map { $0.value.diskFailures > failures } ?? false
        }
        for station in stations { station.stall(for: fault.for) }
        redis?.value.stallDisk(for: fault.for)
        spawn(after: fault.for) { director in
            redis?.value.endDiskStall()
            director.end(entry, node: target.name, "disk works again")
        }
    }

    func fillDisk(_ fault: DiskFullFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.diskFull, at: place) else { return }
        noteStoreFailure(of: target, by: entry)
        let redis = targets.redis(target).map { Unowned($0) }
        let mysql = targets.mysql(target).map { Unowned($0) }
        let before = (redis?.value.diskFailures ?? 0) + (mysql?.value.heldUp ?? 0)
        ledger.apply(entry, node: target.name, "disk is full") {
            (redis?.value.diskFailures ?? 0) + (mysql?.value.heldUp ?? 0) > before
        }
        redis?.value.fillDisk()
        mysql?.value.fillDisk()
        schedule(endAfter: fault.for) { director in
            redis?.value.makeRoom()
            mysql?.value.makeRoom()
            director.end(entry, node: target.name, "disk has room again")
        }
    }

    func stations(of target: NodeProcess, _ hardware: ServiceStation.Hardware) -> [ServiceStation] {
        (world.stations[target.name] ?? []).filter { !$0.hardware.isDisjoint(with: hardware) }
    }

    /// Whether faults have made customers of some stations slower, or held them up, since this was made.
    struct Strikes {
        private let stations: [ServiceStation]
        private let before: Int

        init(on stations: [ServiceStation]) {
            self.stations = stations
            before = Self.count(stations)
        }

        var haveHit: Bool { Self.count(stations) > before }

        private static func count(_ stations: [ServiceStation]) -> Int {
            stations.reduce(0) { $0 + $1.struckCustomers }
        }
    }
}
