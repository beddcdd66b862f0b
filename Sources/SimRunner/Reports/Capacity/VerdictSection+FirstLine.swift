import SimNodes
import Topology

/// What the first line of the report says.
extension VerdictSection {
    /// The first line, without the word and the remedy: the cause, the damage, and what it breaks.
    var sentence: String {
        guard verdict.kind == .breaks, verdict.programFaults.isEmpty else { return verdict.reason }
        return [cause.map(words), damage, verdict.reason, bottleneck].compactMap { $0 }.joined(separator: "; ")
    }

    /// What is to blame. A fault that comes before everything else is; where latency is the problem, that at which the
    /// slow ones spend most of their time, for what saturates first may cost them next to nothing; else the first to turn
    /// somebody away, or to let somebody wait in vain; else what hurts first.
    private var cause: Cascade.Step? {
        guard let first = cascade.steps.first else { return nil }
        if case .fault = first.symptom { return first }
        if let place = slowest, let step = cascade.steps.first(where: { $0.isOne(of: place.resources) }) { return step }
        return cascade.steps.first { step in
            switch step.symptom {
            case .rejection, .timeout, .breakage: true
            case .queue, .fault: false
            }
        } ?? first
    }

    private func words(_ cause: Cascade.Step) -> String {
        let at = Format.moment(cause.at)
        let who = cause.subjects.joined(separator: " and ")
        // Of one that people queue at, how long they do is said already.
        func why(_ symptom: String) -> String {
            let ceiling = cause.reason.map { Self.words($0) }
            let share = share(of: cause)
            let all = [symptom, ceiling, share].compactMap { $0 }.filter { !$0.isEmpty }
            return all.isEmpty ? "" : " (\(all.joined(separator: "; ")))"
        }
        switch cause.symptom {
        case .fault(let text), .breakage(let text): return "\(who) at \(at): \(text)"
        case .rejection: return "\(who) turns the first one away at \(at)\(why(""))\(earlier(than: cause))"
        case .timeout: return "\(who) lets the first one wait in vain at \(at)\(why(""))\(earlier(than: cause))"
        case .queue(let limit):
            let verb = cause.subjects.count > 1 ? "saturate" : "saturates"
            let reason = why("\(Format.duration(limit)) of queue")
            return "\(who) \(verb) at \(at)\(reason)\(earlier(than: cause))"
        }
    }

    /// How much of the slow ones' time passes there.
    private func share(of cause: Cascade.Step) -> String? {
        guard let place = slowest, cause.isOne(of: place.resources) else { return nil }
        return "\(Format.duration(place.mean)) of \(Format.duration(place.latency)) at p95 pass there"
    }

    /// What saturated before, although it costs less.
    private func earlier(than cause: Cascade.Step) -> String {
        guard let first = cascade.steps.first, first.subjects != cause.subjects, first.at < cause.at else { return "" }
        return ", after \(first.subjects.joined(separator: " and ")) at \(Format.moment(first.at))"
    }

    /// Where most time passes of those who are too slow, when that is not what is to blame.
    private var bottleneck: String? {
        if case .fault? = cascade.steps.first?.symptom { return nil }
        guard let place = slowest, cause?.isOne(of: place.resources) != true else { return nil }
        return
            "most of the time passes \(place.name) (\(Format.duration(place.mean)) of \(Format.duration(place.latency)) at p95)"
    }

    /// Where those who are too slow spend most of their time; nil where latency is not the problem.
    private var slowest: (name: String, resources: [String], mean: TimeSpan, latency: TimeSpan)? {
        let slow = replications.expectations.first {
            $0.decision == .breaks && unit($0.expectation.metric) == .duration
        }
        guard let slow else { return nil }
        let flow = String(slow.expectation.metric.prefix { $0 != "." })
        return AnatomyTable(anatomy, replications.scenario.topology).slowest(of: flow)
    }

    /// Requests of the shown run that the system did not serve.
    private var damage: String? {
        guard let shown else { return nil }
        let words: [(Outcome, String)] = [
            (.timedOut, "time out"), (.rejected, "are turned away"), (.failed, "fail"), (.unknown, "end in doubt"),
            (.lockNotAcquired, "find their product locked"),
        ]
        let parts = words.compactMap { outcome, word -> String? in
            let count = shown.count(of: outcome)
            return count > 0 ? "\(Format.count(count)) \(word)" : nil
        }
        return parts.isEmpty ? nil : "of \(Format.count(shown.requests)) requests \(parts.joined(separator: ", "))"
    }
}

extension Cascade.Step {
    fileprivate func isOne(of resources: [String]) -> Bool { subjects.contains(where: resources.contains) }
}

extension RunResult {
    /// Requests of all flows that ended so.
    fileprivate func count(of outcome: Outcome) -> Int {
        single.reduce(0) { sum, flow in
            sum + flow.outcomes.filter { $0.name == outcome.name }.reduce(0) { $0 + $1.count }
        }
    }
}
