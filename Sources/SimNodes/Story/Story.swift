import Topology

/// What the parts of a system said to each other in one run; kept only where somebody is going to read it.
///
/// On whose behalf something is said travels in a task-local value, as in libraries for distributed tracing: a task that
/// is started for a request inherits it, so flows, pools and clients need not hand it on.
public final class Story: @unchecked Sendable {
    /// One thing that was said, or that happened.
    public struct Line: Hashable, Sendable {
        /// Why one would read it.
        public enum Weight: Hashable, Comparable, Sendable {
            /// Looks at something, or prepares.
            case detail
            /// Changes something, tells a user something, or goes wrong.
            case essential
        }

        /// Virtual time since the sale opened; negative before.
        public fileprivate(set) var at: TimeSpan
        /// The node that speaks, or to which something happens.
        public let from: String
        /// The node that is spoken to; nil: it only happened.
        public let to: String?
        public let text: String
        public let weight: Weight
        /// The request on whose behalf it was said.
        public let request: Int?
        /// The line that this one answers, as an index.
        public let answers: Int?
    }

    /// The number of the request that a task works for.
    @TaskLocal static var request: Int?

    /// In the order in which they happened.
    public private(set) var lines: [Line] = []
    private var opening = Instant.zero

    /// An empty story.
    public init() {}

    /// The sale opens: from now on, and for what was told before, time counts from this moment.
    func open(at moment: Instant) {
        for index in lines.indices { lines[index].at = lines[index].at - (moment - opening) }
        opening = moment
    }

    /// Something happens to the system as a whole, whichever request happened to bring it about.
    func note(_ text: String, at moment: Instant, node: String) {
        Self.$request.withValue(nil) { _ = say(text, at: moment, from: node, to: nil) }
    }

    /// One node says something to another; returns what an answer has to name.
    @discardableResult
    func say(
        _ text: String, at moment: Instant, from: String, to: String?, weight: Line.Weight = .essential,
        answering index: Int? = nil
    ) -> Int {
        lines.append(
            Line(
                at: moment - opening, from: from, to: to, text: text, weight: weight, request: Self.request,
                answers: index))
        return lines.count - 1
    }
}

extension Story.Line: CustomStringConvertible {
    /// `1.002345  app1 → redis-master  GET product:0:stock  [request 3]`.
    public var description: String {
        let nodes = to.map { "\(from) \(answers == nil ? "→" : "⇢") \($0)" } ?? from
        return "\(at.storyText)  \(nodes)  \(text)\(request.map { "  [request \($0)]" } ?? "")"
    }
}

extension TimeSpan {
    /// Seconds with microseconds, as a log has them.
    var storyText: String {
        let micros = abs(nanoseconds / 1_000)
        let fraction = String(micros % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        return "\(nanoseconds < 0 ? "-" : "")\(micros / 1_000_000).\(zeros)\(fraction)"
    }
}

extension World {
    /// Tells the story, if one is kept, what one node asks another and what comes of it.
    ///
    /// - Parameters:
    ///   - question: what is asked, and how much it matters.
    ///   - answer: what the reply says.
    nonisolated(nonsending) func tell<Reply>(
        from: String, to: String, _ question: @autoclosure () -> (text: String, weight: Story.Line.Weight),
        answer: (Reply) -> String, _ ask: nonisolated(nonsending) () async throws -> Reply
    ) async throws -> Reply {
        guard let story else { return try await ask() }
        let (text, weight) = question()
        let index = story.say(text, at: now, from: from, to: to, weight: weight)
        do {
            let reply = try await ask()
            story.say(answer(reply), at: now, from: to, to: from, weight: weight, answering: index)
            return reply
        } catch {
            if !(error is Halted), !universe.hasEnded {
                story.say("\(error)", at: now, from: from, to: nil, answering: index)
            }
            throw error
        }
    }
}
