import Topology

/// What broke first in a run, and what followed from it, resource by resource.
package struct Cascade: Sendable {
    /// How something begins to hurt.
    package enum Symptom: Hashable, Sendable {
        /// The scenario's own doing.
        case fault(String)
        /// Something else stops working.
        case breakage(String)
        /// The first one is turned away.
        case rejection
        /// The first one gives up waiting.
        case timeout
        /// From here on, whoever comes waits longer than this.
        case queue(TimeSpan)
    }

    /// What limits a resource.
    package struct Reason: Hashable, Sendable {
        /// How many are served at once; where each customer needs one server in particular, by that one.
        package let capacity: Int
        /// For how long each of its servers is taken by one customer, the mean in seconds.
        package let each: Double
        /// The resource further in that its holders wait for longest; nil where they wait for nothing else.
        package let waitsFor: String?
        /// How long a customer here waits for that one, the mean in seconds.
        package let waiting: Double
        /// Where each customer needs one server in particular: the busiest, of which all this is told.
        package let busiest: BusiestServer?

        package init(
            capacity: Int, each: Double, waitsFor: String?, waiting: Double, busiest: BusiestServer? = nil
        ) {
            (self.capacity, self.each, self.waitsFor, self.waiting) = (capacity, each, waitsFor, waiting)
            self.busiest = busiest
        }

        /// The most customers a second.
        package var ceiling: Double { each > 0 ? Double(capacity) / each : .infinity }
    }

    /// One moment of the story.
    package struct Step: Sendable {
        /// Since the opening.
        package let at: Instant
        /// Resources of one kind that are hit alike, or the node of a fault.
        package internal(set) var subjects: [String]
        package let symptom: Symptom
        /// Why; nil for faults.
        package let reason: Reason?

        fileprivate var kind: Substring { subjects[0].resourceKind }
    }

    /// In the order of time.
    package let steps: [Step]

    package init(steps: [Step]) { self.steps = steps }

    /// - Parameter limit: a queue counts as too long when the wait in it alone is longer than this.
    package init(_ run: RunResult, limit: TimeSpan) {
        let names = Set(run.resources.map(\.name))
        // Milestones of resources are their onsets, which come below.
        var found = run.milestones.filter { $0.kind != .reaction && !names.contains($0.node) }.map { milestone in
            Step(
                at: milestone.at, subjects: [milestone.node],
                symptom: milestone.kind == .fault ? .fault(milestone.text) : .breakage(milestone.text), reason: nil)
        }
        for resource in run.resources {
            guard let (at, symptom) = resource.onset.first(limit) else { continue }
            found.append(
                Step(
                    at: at, subjects: [resource.name], symptom: symptom,
                    reason: Self.reason(for: resource, in: run)))
        }
        // Sorting is not stable by promise, so the place in the list decides among equals.
        let sorted = found.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        steps = Self.merged(sorted.map(\.element))
    }

    /// Twins that are hit one after the other tell one story: two application servers' cores.
    private static func merged(_ steps: [Step]) -> [Step] {
        var merged: [Step] = []
        for step in steps {
            let twin = merged.firstIndex { other in
                guard other.symptom == step.symptom, !other.subjects.contains(step.subjects[0]) else { return false }
                switch step.symptom {
                case .fault: return false
                case .breakage: return true
                case .rejection, .timeout, .queue: return other.kind == step.kind
                }
            }
            if let twin { merged[twin].subjects += step.subjects } else { merged.append(step) }
        }
        return merged
    }

    // MARK: - Why

    /// How long each customer is served, and what it waits for meanwhile; nil where nobody was served.
    private static func reason(for resource: ResourceResult, in run: RunResult) -> Reason? {
        guard resource.capacity > 0, resource.waits.count > 0 else { return nil }
        let customers = Double(resource.waits.count)
        let each = resource.utilisation * Double(resource.capacity) * run.duration.seconds / customers
        let inside = run.scenario.topology.resources(inside: resource.name)
        let longest = run.resources.filter { inside.contains($0.name) && $0.meanQueue > 0 }
            .max { ($0.meanQueue, $1.name) < ($1.meanQueue, $0.name) }
        // By Little's law the mean queue over time is all waiting together.
        let waiting = (longest?.meanQueue ?? 0) * run.duration.seconds / customers
        return Reason(
            capacity: resource.busiest == nil ? resource.capacity : 1, each: resource.busiest?.each ?? each,
            waitsFor: longest?.name, waiting: waiting, busiest: resource.busiest)
    }
}

extension ResourceOnset {
    /// What hurt first.
    fileprivate func first(_ limit: TimeSpan) -> (Instant, Cascade.Symptom)? {
        let queue = beyond.first { $0.limit == limit }.map { ($0.since, Cascade.Symptom.queue(limit)) }
        let all = [rejection.map { ($0, Cascade.Symptom.rejection) }, timeout.map { ($0, .timeout) }, queue]
        return all.compactMap { $0 }.min { $0.0 < $1.0 }
    }
}

extension SystemTopology {
    /// The resources that those who hold this one may have to wait for meanwhile.
    func resources(inside name: String) -> Set<String> {
        let node = String(name.dropLast(name.resourceKind.count + 1))
        func database(_ nodes: [String]) -> [String] {
            nodes.flatMap { node in ["rowLocks", "flush", "storage", "cpu"].map { "\(node).\($0)" } }
        }
        let caches = redis.map { ["\($0.master).command"] } ?? []
        let primaries = database(mysql.map { [$0.primary] } ?? [])
        let replicas = database(mysql?.replicas ?? [])
        let pools = application.servers.flatMap { ["\($0).primaryPool", "\($0).replicaPool", "\($0).cpu"] }
        switch name.resourceKind {
        case "primaryPool": return Set(primaries)
        case "replicaPool": return Set(replicas)
        case "connections": return Set(database([node]))
        case "productLock":
            let isOutside = purchase.lock.takenAt == .beforeTransaction
            return Set(primaries + (isOutside ? pools.filter { $0.hasSuffix(".primaryPool") } : []))
        case "rowLocks": return Set(["flush", "storage", "cpu"].map { "\(node).\($0)" })
        case "thread": return Set(pools.filter { $0.hasPrefix("\(node).") } + caches + primaries + replicas)
        default: return []
        }
    }
}

extension String {
    /// The part behind the last dot: `cpu` of `app1.cpu`.
    package var resourceKind: Substring { self[(lastIndex(of: ".").map { index(after: $0) } ?? startIndex)...] }
}
