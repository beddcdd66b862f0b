import Topology

/// The few lines of a story that matter, for people: as text, and as a Mermaid sequence diagram.
public struct StoryExcerpt: Sendable {
    /// A question with its answer, or something that happened.
    struct Step: Hashable, Sendable {
        var line: Story.Line
        /// The answer, if nothing happened to the system before it came.
        var answer: String?
        /// Whether this is an answer that came later, or the lack of one.
        var isAnswer: Bool
        /// Whether nobody answered.
        var isUnanswered: Bool
        /// How often the steps from `cycle` before on were repeated after this one, which is the last of them.
        var repetitions = 0
        var cycle = 0
    }

    let steps: [Step]
    /// How many more there were.
    let omitted: Int

    /// Picks what matters.
    ///
    /// - Parameters:
    ///   - requests: on whose behalf it was said; nil: of all of them.
    ///   - limit: how many steps to keep; the first and the last ones tell how it began and how it ended.
    public init(_ story: [Story.Line], requests: Set<Int>? = nil, limit: Int = 40) {
        let answered = Set(story.indices.filter { story[$0].to != nil }.compactMap { story[$0].answers })
        /// Who was asked something, by which request, and never answered.
        var silent: Set<Partner> = []
        let chosen = story.indices.filter { index in
            let line = story[index]
            guard line.at >= .zero else { return false }
            if let request = line.request, let requests, !requests.contains(request) { return false }
            if line.isQuestion, !answered.contains(index) {
                silent.insert(Partner(node: line.to ?? "", request: line.request))
            }
            if line.weight == .essential { return true }
            // A detail that failed is none any more, nor is what a server did for somebody who never heard of it.
            guard line.to == nil else { return false }
            return line.answers != nil || silent.contains(Partner(node: line.from, request: line.request))
        }
        var steps: [Step] = []
        /// The step that a question became.
        var places: [Int: Int] = [:]
        var lastEvent = -1
        for index in chosen {
            let line = story[index]
            if let question = line.answers, let place = places[question], line.to != nil, question > lastEvent {
                steps[place].answer = line.text
                continue
            }
            if line.to == nil { lastEvent = index }
            places[index] = steps.count
            steps.append(
                Step(
                    line: line, isAnswer: line.to != nil && line.answers != nil,
                    isUnanswered: line.isQuestion && !answered.contains(index)))
        }
        steps = Self.withoutRepetitions(steps)
        omitted = max(0, steps.count - limit)
        if omitted > 0 {
            steps = Array(steps.prefix(limit / 4) + steps.suffix(limit - limit / 4))
        }
        self.steps = steps
    }

    /// Steps that say the same again and again (a user who retries, say) are kept once.
    private static func withoutRepetitions(_ steps: [Step]) -> [Step] {
        var kept: [Step] = []
        var rest = steps[...]
        while let step = rest.popFirst() {
            kept.append(step)
            for cycle in 1...min(6, kept.count) {
                let pattern = kept.suffix(cycle)
                guard pattern.allSatisfy({ $0.repetitions == 0 }) else { continue }
                var times = 0
                while zip(pattern, rest.dropFirst(times * cycle)).allSatisfy({ $0.saysTheSame(as: $1) }),
                    rest.count >= (times + 1) * cycle
                {
                    times += 1
                }
                // Saying that one line came once more is no shorter than the line.
                guard times * cycle > 1 else { continue }
                rest = rest.dropFirst(times * cycle)
                kept[kept.count - 1].repetitions = times
                kept[kept.count - 1].cycle = cycle
                break
            }
        }
        return kept
    }

    private struct Partner: Hashable {
        let node: String
        let request: Int?
    }

    /// One step a line: moment, who to whom, what, and what came back.
    public var text: String {
        var lines: [String] = []
        // Who wants what is worth a column where several want something.
        let isCrowded = Set(steps.compactMap(\.line.request)).count > 1
        let nodes = steps.map { isCrowded ? $0.requestColumn + $0.nodes : $0.nodes }
        let width = nodes.map(\.count).max() ?? 0
        for (index, step) in steps.enumerated() {
            if omitted > 0, index == steps.count / 4 { lines.append("             … \(omitted) more …") }
            let padding = String(repeating: " ", count: width - nodes[index].count)
            let moment = step.line.at.storyText
            let stamp = String(repeating: " ", count: max(0, 11 - moment.count)) + moment
            lines.append("\(stamp)  \(nodes[index])\(padding)  \(step.words)")
            if let note = step.repetitionNote { lines.append("             … \(note) …") }
        }
        return lines.joined(separator: "\n")
    }

    /// The same as a diagram that Markdown viewers draw.
    public var mermaid: String {
        var lines = ["sequenceDiagram"]
        var participants: [String] = []
        for step in steps {
            for name in [step.line.from, step.line.to].compactMap({ $0 }) where !participants.contains(name) {
                participants.append(name)
            }
        }
        for name in participants { lines.append("    participant \(Self.alias(name)) as \(name)") }
        for step in steps {
            defer {
                if let note = step.repetitionNote {
                    lines.append("    Note over \(Self.alias(step.line.from)): \(Self.escaped(note))")
                }
            }
            let from = Self.alias(step.line.from)
            let text = Self.escaped(step.line.text)
            guard let to = step.line.to.map(Self.alias) else {
                lines.append("    Note over \(from): \(text)")
                continue
            }
            if step.isAnswer {
                lines.append("    \(from)-->>\(to): \(text)")
            } else if step.isUnanswered {
                lines.append("    \(from)-x\(to): \(text)")
            } else {
                lines.append("    \(from)->>\(to): \(text)")
                if let answer = step.answer { lines.append("    \(to)-->>\(from): \(Self.escaped(answer))") }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Mermaid takes letters and digits for a name; what is shown is the alias' text.
    private static func alias(_ name: String) -> String {
        String(name.filter { $0.isLetter || $0.isNumber })
    }

    /// A semicolon ends a statement, and a number sign begins an entity.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case ";": escaped += ","
            case "#": escaped += "no. "
            case "\n": escaped += " "
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

extension StoryExcerpt.Step {
    fileprivate var requestColumn: String {
        let text = line.request.map { "[\($0)]" } ?? ""
        return text + String(repeating: " ", count: max(1, 6 - text.count))
    }

    /// An answer that came later is shown from the one that asked, as its question was.
    fileprivate var nodes: String {
        guard let to = line.to else { return line.from }
        return isAnswer ? "\(to) ⇠ \(line.from)" : "\(line.from) → \(to)"
    }

    /// Whether two steps differ in nothing but their time.
    fileprivate func saysTheSame(as other: Self) -> Bool {
        line.from == other.line.from && line.to == other.line.to && line.text == other.line.text
            && answer == other.answer && isAnswer == other.isAnswer && isUnanswered == other.isUnanswered
    }

    fileprivate var repetitionNote: String? {
        guard repetitions > 0 else { return nil }
        let what = cycle == 1 ? "the same" : "these \(cycle) lines"
        return "\(what) \(repetitions == 1 ? "once" : "\(repetitions) times") more"
    }

    fileprivate var words: String {
        if let answer { return "\(line.text)  ⇒ \(answer)" }
        return isUnanswered ? "\(line.text)  ⇒ no answer" : line.text
    }
}

extension Story.Line {
    /// Whether an answer is due.
    fileprivate var isQuestion: Bool { to != nil && answers == nil }
}
