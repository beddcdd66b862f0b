import Topology

/// Reads a finished run off its world.
struct ResultCollector {
    private let system: System
    let world: World
    /// When the last user left.
    private let saleEnd: Instant
    private let resources: [ResourceResult]
    private let custom: [CustomInvariant]
    /// Meters that contradict themselves.
    private let brokenLaws: [String]

    /// To be made when the last user has left: what the resources do after that is not the sale's business.
    init(_ system: System, invariants: [CustomInvariant]) {
        self.system = system
        custom = invariants
        world = system.world
        saleEnd = world.now
        resources = Self.resources(of: world)
        brokenLaws = world.meters.flatMap { [saleEnd] in $0.brokenLaws(until: saleEnd) }
    }

    func collect() -> RunResult {
        let checks = world.history.checks
        let evidence = checks == nil ? Evidence() : system.evidence()
        let findings = checks?.findings(evidence) ?? []
        let flows = flows()
        // Hits and misses are the views' own; under "all" they would only stand there a second time.
        let everything = FlowResult(
            name: "all", outcomes: FlowTally.result("all", of: world.history.requests).outcomes, cached: [])
        let faults = system.ledger.results(opening: world.opening)
        let lost = LostOrderCheck.lost(evidence)
        let failovers = failovers(lostOrders: lost.count)
        let recovery = recovery()
        let metrics = metrics(flows + [everything], failovers, evidence, findings, lost, recovery)
        let expectations = Judgement.evaluate(world.scenario.expect, metrics)
        let milestones = milestones()
        let invariants =
            findings.map { $0.result(opening: world.opening) }
            + (custom.isEmpty ? [] : ownInvariants(RunHistory(evidence)))
        return RunResult(
            scenario: world.scenario, seed: world.universe.seed, digest: world.universe.digest,
            events: world.universe.executedEvents, simulated: world.now - world.opening, duration: duration,
            verdict: Judgement.verdict(
                invariants: invariants, expectations: expectations, faults: faults,
                requests: world.history.requests.count, cause: Judgement.cause(milestones, resources),
                recovery: recovery),
            milestones: milestones, flows: flows.count > 1 ? flows + [everything] : flows, resources: resources,
            cache: cache, failovers: failovers,
            faults: faults, series: series(), invariants: invariants, expectations: expectations, metrics: metrics,
            afterWarmUp: AfterWarmUp(world.scenario, world.history.requests, opening: world.opening),
            programFaults: world.universe.failures + brokenLaws, recovery: recovery)
    }

    private func ownInvariants(_ history: RunHistory) -> [InvariantResult] {
        custom.enumerated().map { $0.element.conclude(history, place: $0.offset + 1) }
    }

    /// A moment as reports show it: since the opening.
    private func sinceOpening(_ moment: Instant) -> Instant { Instant.zero + (moment - world.opening) }

    private var duration: TimeSpan {
        let last = world.history.requests.lazy.compactMap(\.answered).max() ?? saleEnd
        return last - world.opening
    }

    // MARK: - Requests

    private func flows() -> [FlowResult] {
        let requests = world.history.requests
        let byFlow = Flow.allCases.map { flow in
            FlowTally.result(flow.rawValue, of: requests.lazy.filter { $0.flow == flow })
        }
        return byFlow.filter { $0.count > 0 }
    }

    private var cache: CacheResult {
        let views = world.history.requests.lazy.compactMap(\.wasCacheHit)
        let hits = views.count { $0 }
        return CacheResult(hits: hits, misses: views.count - hits)
    }

    private func recovery() -> RecoveryResult? {
        guard var disturbances = system.ledger.passedDisturbances else { return nil }
        if let peak = world.scenario.workload.peak(opening: world.opening) { disturbances.append(peak) }
        return RecoverySearch(requests: world.history.requests, attempts: world.history.attempts)
            .result(disturbances, opening: world.opening)
    }

    private func series() -> OutcomeSeries {
        let columns = 60
        let width = max(TimeSpan.milliseconds(1), duration / columns + TimeSpan(nanoseconds: 1))
        var successes = [Int](repeating: 0, count: columns)
        var failures = successes
        var wanted = successes
        var attempts = successes
        func column(_ moment: Instant) -> Int {
            min(columns - 1, Int((moment - world.opening).nanoseconds / width.nanoseconds))
        }
        for attempt in world.history.attempts where attempt.began >= world.opening {
            attempts[column(attempt.began)] += 1
            if attempt.previous < 0 { wanted[column(attempt.began)] += 1 }
        }
        for request in world.history.requests {
            guard let answered = request.answered, let outcome = request.outcome else { continue }
            if outcome.isRegular { successes[column(answered)] += 1 } else { failures[column(answered)] += 1 }
        }
        let used = min(columns, Int(duration.nanoseconds / width.nanoseconds) + 1)
        return OutcomeSeries(
            width: width, successes: Array(successes.prefix(used)), failures: Array(failures.prefix(used)),
            wanted: Array(wanted.prefix(used)), attempts: Array(attempts.prefix(used)))
    }

    // MARK: - Resources

    private static func resources(of world: World) -> [ResourceResult] {
        world.settleMeters()
        let end = world.now
        let span = end - world.opening
        return world.meters.map { meter in
            ResourceResult(
                name: meter.name, capacity: meter.capacity, utilisation: meter.utilisation(over: span),
                meanQueue: meter.queue.mean(until: end),
                maximumQueue: meter.queue.maximum, maximumInUse: meter.maximumInUse, waits: meter.waits,
                rejections: meter.rejections, timeouts: meter.timeouts, refusesByDesign: meter.refusesByDesign,
                busiest: world.productLocks?.meter === meter ? world.productLocks?.busiest(over: span) : nil,
                onset: ResourceOnset(meter, opening: world.opening))
        }
    }

    // MARK: - Failovers

    private func failovers(lostOrders: Int) -> [FailoverResult] {
        Failovers.Store.allCases.compactMap { store in
            let record = world.failovers[store]
            guard let fault = record.faultAt else { return nil }
            return FailoverResult(
                store: store.rawValue, faultAt: sinceOpening(fault), detected: record.detectedAt.map { $0 - fault },
                promoted: record.promotedAt.map { $0 - fault },
                writesResumed: record.writesResumedAt.map { $0 - fault },
                readsResumed: record.readsResumedAt.map { $0 - fault },
                requestsAffected: world.history.requestsAffected(
                    from: fault, until: record.writesResumedAt ?? .distantFuture),
                lostOrders: store == .mysql ? lostOrders : nil)
        }
    }

    // MARK: - The story

    private func milestones() -> [Milestone] {
        var all = world.timeline.milestones.filter { $0.at >= world.opening }
        for meter in world.meters {
            if let first = meter.firstTimeout {
                all.append(Milestone(at: first, kind: .breakage, node: meter.name, text: "first wait timed out"))
            }
            if let first = meter.firstRejection {
                all.append(Milestone(at: first, kind: .breakage, node: meter.name, text: "first one turned away"))
            }
        }
        // Sorting is not stable by promise, so the place in the list decides among equals.
        return all.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map { entry in
            let milestone = entry.element
            return Milestone(
                at: sinceOpening(milestone.at), kind: milestone.kind, node: milestone.node, text: milestone.text)
        }
    }

    // MARK: - Metrics

    private func metrics(
        _ flows: [FlowResult], _ failovers: [FailoverResult], _ evidence: Evidence, _ findings: [Finding],
        _ lost: [RequestRecord], _ recovery: RecoveryResult?
    ) -> [String: Double] {
        var table = MetricTable()
        table.add(flows, duration: duration)
        table.add(resources)
        table.addGroups(
            { world.topology.nodes(named: $0) }, resources: resources, groups: NodeGroup.allCases.map(\.rawValue))
        for failover in failovers { table.add(failover) }
        let requests = world.history.requests
        table["oversold"] = Double(OversellCheck.oversoldUnits(evidence))
        table["soldUnits"] = Double(evidence.orders.reduce(0) { $0 + $1.quantity })
        table["lostOrders"] = Double(lost.count)
        table["lostUnits"] = Double(lost.reduce(0) { $0 + $1.quantity })
        table["duplicateOrders"] = Double(evidence.orders.count - Set(evidence.orders.map(\.trace)).count)
        table["staleLockEntries"] = Double(evidence.immortalLocks.count)
        table["unanswered"] = Double(requests.count { $0.outcome == nil })
        table["drift"] = Double(findings.first { $0.id == "I4" }?.violations ?? 0)
        table["staleReads"] = Double(world.history.staleReads)
        table.add(world.history.staleness, "staleness")
        table["invariants.violated"] = Double(findings.count { $0.violations > 0 })
        for finding in findings where finding.status == .holds || finding.status == .broken {
            table["invariants.\(finding.id)"] = Double(finding.violations)
        }
        table["cache.hitRate"] = cache.hitRate
        table["workload.requests"] = Double(requests.count)
        table["workload.views"] = Double(requests.count { $0.flow == .view })
        table["workload.purchases"] = Double(requests.count { $0.flow == .purchase })
        table["workload.cacheHits"] = Double(cache.hits)
        table["workload.replicaReads"] = Double(cache.misses)
        let attempts = world.history.attempts
        if !attempts.isEmpty {
            table["retries.share"] = Double(attempts.count { $0.previous >= 0 }) / Double(attempts.count)
        }
        if let recovery {
            table["recovery.share"] = recovery.after.servedShare / recovery.before.servedShare
            table["recovery.time"] = recovery.recoveredAfter?.seconds
        }
        addEvents(to: &table)
        addLoads(to: &table)
        return table.values
    }

    private func addEvents(to table: inout MetricTable) {
        guard let subscribers = world.scenario.workload.subscribers else { return }
        let history = world.history
        table["events.published"] = Double(history.publishedEvents)
        table["events.delivered"] = Double(history.deliveredEvents)
        table["events.lost"] = Double(history.publishedEvents * subscribers.count - history.deliveredEvents)
    }

    private func addLoads(to table: inout MetricTable) {
        if let balancer = system.balancer {
            for status in MetricCatalogue.loggedStatuses {
                table["answers.\(balancer.process.name).\(status)"] = Double(balancer.answers(status: status))
            }
        }
        let loads = system.applications.map { ($0.process.name, $0.servedRequests) }
        let total = loads.reduce(0) { $0 + $1.1 }
        for (name, count) in loads {
            table["load.\(name).requests"] = Double(count)
            if total > 0 { table["load.\(name).share"] = Double(count) / Double(total) }
        }
    }
}
