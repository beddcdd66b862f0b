import Topology

/// The failover manager in time: polls the servers over the network, carries out what `MySQLFailoverManager` decides,
/// and tells clients where the primary is.
///
/// It can fail itself. What it remembers then is who the primary is; a recovery under way is lost, and a redirection
/// that was not made yet is not made later (a hook runs once).
package actor FailoverManagerNode: Node {
    package nonisolated let process: NodeProcess
    nonisolated let world: World
    package nonisolated let settings: FailoverSettings
    /// The servers, by their numbers in the machine.
    nonisolated let names: [String]
    var lookUp: MySQLNode.AddressBook = { _ in nil }
    /// Starts a process again that was switched off with its machine; the machine does that, whatever becomes of the
    /// manager.
    private(set) var boot: @Sendable (NodeProcess) -> Void = { _ in }
    var machine: MySQLFailoverManager
    private var actions: [MySQLFailoverManager.Action] = []
    /// Steps of a recovery, which are taken one after the other.
    private var steps = FIFO<MySQLFailoverManager.Action>()
    private var isTakingSteps = false
    private var analysis = MySQLFailoverManager.Analysis.healthy
    /// The loop that waits for the machine's next deadline, and until when.
    private var sleeper: (waiter: Waiter, deadline: Instant)?
    /// Where clients find the primary, and who wants to be told of a change: not in this process, but in DNS, a proxy or
    /// a configuration service.
    private var announced: String
    private var subscribers: [(client: NodeProcess, tell: (TimeSpan, String) -> Void)] = []

    package init(
        process: NodeProcess, world: World, settings: FailoverSettings, primary: String, replicas: [String]
    ) {
        self.process = process
        self.world = world
        self.settings = settings
        names = [primary] + replicas
        announced = primary
        machine = Self.makeMachine(settings, servers: names.count, primary: 0, start: process.universe.now)
        process.observe(self)
    }

    /// Tells the manager where the servers are, and who starts a machine that it has rebooted; it begins to poll.
    package nonisolated func start(
        addressBook: @escaping MySQLNode.AddressBook, boot: @escaping @Sendable (NodeProcess) -> Void = { _ in }
    ) {
        assumeIsolated { ($0.lookUp, $0.boot) = (addressBook, boot) }
        spawn { try await $0.watch() }
    }

    /// The primary as clients find it: the old one until `redirect.delay` after a promotion.
    package nonisolated func primaryAddress() -> String { assumeIsolated { $0.announced } }

    /// Has a client told when it is pointed to another primary.
    ///
    /// A client whose process is down at that moment is not told; it asks for `primaryAddress` when it starts.
    package nonisolated func subscribe<Client: Node>(
        _ client: Client, _ told: @escaping @Sendable (isolated Client, String) -> Void
    ) {
        assumeIsolated { node in
            node.subscribers.append(
                (
                    client: client.process,
                    tell: { [unowned client] delay, address in
                        guard !client.process.isDown else { return }
                        client.spawn(after: delay) { told($0, address) }
                    }
                ))
        }
    }

    private static func makeMachine(
        _ settings: FailoverSettings, servers: Int, primary: Int32, start: Instant
    ) -> MySQLFailoverManager {
        var machine = MySQLFailoverManager.Settings()
        machine.pollInterval = settings.pollInterval
        machine.recoveryPoll = settings.recoveryPoll
        machine.confirmations = settings.confirmations
        machine.requiresReplicaAgreement = settings.requireReplicaAgreement
        machine.recoveryBlock = settings.recoveryBlock
        switch settings.strayServers {
        case .leave: machine.strays = .leave
        case .rejoin: machine.strays = .rejoin
        case .rebuild: machine.strays = .rebuild
        }
        machine.durability = settings.durabilityPolicy == .semiSync ? .semiSync : .none
        machine.makesPrimaryWritable = settings.readOnlyPrimary == .makeWritable
        switch settings.waitForRelayLog {
        case .wait: machine.waitForRelayLog = .wait
        case .fail: machine.waitForRelayLog = .fail
        case .ignore: machine.waitForRelayLog = .ignore
        }
        switch settings.fence {
        case .none: machine.fence = .none
        case .superReadOnly: machine.fence = .superReadOnly
        case .stonith: machine.fence = .stonith
        case .reboot: machine.fence = .reboot
        }
        let others = (0..<Int32(servers)).filter { $0 != primary }
        return MySQLFailoverManager(settings: machine, primary: primary, replicas: others, start: start)
    }

    func name(_ id: Int32) -> String { names[Int(id)] }

    private func number(_ name: String) -> Int32? { names.firstIndex(of: name).map { Int32($0) } }

    func note(_ kind: Milestone.Kind, _ text: String) { world.timeline.note(kind, process.name, text) }

    // MARK: - Watching

    private func watch() async throws {
        while true {
            let deadline = machine.nextDeadline
            if deadline > now {
                let waiter = process.makeWaiter()
                sleeper = (waiter, deadline)
                _ = try await process.wait(waiter, timeout: deadline - now)
                sleeper = nil
            }
            machine.tick(now: now, into: &actions)
            noteAnalysis()
            perform()
        }
    }

    func poll(_ id: Int32) async throws {
        var answer = try await ask(id, timeout: settings.pollTimeout) { try await $0.status() }
        if world.hasBadLuck(.managerLostPoll, process) { answer = nil }
        if let answer {
            machine.answered(
                id, status: answer.replica, from: answer.source.flatMap(number), isReadOnly: answer.isReadOnly)
        } else {
            machine.failed(id)
            if id == machine.primary, !machine.isRecovering {
                world.timeline.noteOnce(
                    .reaction, process.name, key: "failed-poll/\(id)", "polls \(name(id)) in vain for the first time")
            }
        }
        // An answer may be due for its successor before the loop would look.
        if let sleeper, machine.nextDeadline < sleeper.deadline {
            self.sleeper = nil
            universe.wake(sleeper.waiter)
        }
    }

    private func noteAnalysis() {
        guard machine.analysis != analysis else { return }
        analysis = machine.analysis
        let primary = name(machine.primary)
        switch analysis {
        case .healthy:
            // After a promotion it is another one that is well.
            if machine.recoveryStarted == nil { note(.reaction, "\(primary) answers again") }
        case .unreachablePrimary:
            world.sometimes(.managerBlind)
            note(.reaction, "cannot reach \(primary), but its replicas still receive from it: no failover")
        case .deadPrimaryAndReplicas:
            note(.reaction, "reaches neither \(primary) nor any replica: no failover")
        case .deadPrimary:
            world.failovers.detected(.mysql, at: now)
            note(.reaction, "declares \(primary) dead")
        case .readOnlyPrimary: note(.reaction, "finds \(primary) read-only")
        }
    }

    // MARK: - Actions

    /// Polls run beside each other, the steps of a recovery one after the other.
    func perform() {
        for action in actions {
            if case .poll(let id) = action {
                spawn { try await $0.poll(id) }
            } else {
                steps.append(action)
            }
        }
        actions.removeAll(keepingCapacity: true)
        guard !isTakingSteps, !steps.isEmpty else { return }
        isTakingSteps = true
        spawn { node in
            while !node.steps.isEmpty {
                try await node.take(node.steps.removeFirst())
                node.perform()
            }
            node.isTakingSteps = false
        }
    }

    /// Tells the machine what came of a step.
    func report(_ change: (inout MySQLFailoverManager, inout [MySQLFailoverManager.Action]) -> Void) {
        change(&machine, &actions)
    }

    /// Points clients to the new primary, once the change has reached them.
    func redirect(to address: String) async throws {
        try await process.sleep(settings.redirect.delay)
        announced = address
        note(.reaction, "clients find \(address) as the primary now (\(settings.redirect.method.rawValue))")
        for subscriber in subscribers {
            world.network.send(from: process, to: subscriber.client) { subscriber.tell($0, address) }
        }
    }
}

extension FailoverManagerNode: ProcessObserver {
    package nonisolated func processCrashed(_ process: NodeProcess) {
        assumeIsolated { node in
            node.actions = []
            node.steps = FIFO()
            node.isTakingSteps = false
            node.sleeper = nil
            node.analysis = .healthy
        }
    }

    package nonisolated func processStarted(_ process: NodeProcess) {
        assumeIsolated { node in
            node.machine = Self.makeMachine(
                node.settings, servers: node.names.count, primary: node.machine.primary, start: node.now)
        }
        spawn { try await $0.watch() }
    }
}
