import Topology

/// Faults of replicas that leave their connections open.
extension Director {
    func stallReplication(_ fault: ReplicationStallFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.replicationStall, at: place) else { return }
        let held = heldMessages(at: target)
        let before = held()
        let what = fault.part == .receive ? "receives" : "applies"
        ledger.apply(entry, node: target.name, "\(what) nothing for \(fault.for.seconds) s") { held() > before }
        targets.mysql(target)?.stall(fault.part, for: fault.for)
        targets.redis(target)?.stallReceiver(for: fault.for)
        spawn(after: fault.for) { director in director.end(entry, node: target.name, "\(what) again") }
    }

    func lagApplier(_ fault: ApplyLagFault, _ entry: Int, at place: NodeProcess?) {
        guard let target = resolve(fault.applyLag, at: place), let node = targets.mysql(target) else { return }
        let database = Unowned(node)
        let before = node.heldUp
        ledger.apply(entry, node: target.name, "needs longer for each transaction of its source") {
            database.value.heldUp > before
        }
        node.addLag(Sampler(fault.by), fault: entry)
        schedule(endAfter: fault.for) { director in
            database.value.removeLag(fault: entry)
            director.end(entry, node: target.name, "applies as fast as before")
        }
    }

    private func heldMessages(at target: NodeProcess) -> () -> Int {
        let redis = targets.redis(target).map { Unowned($0) }
        let mysql = targets.mysql(target).map { Unowned($0) }
        return { (redis?.value.heldMessages ?? 0) + (mysql?.value.heldUp ?? 0) }
    }
}
