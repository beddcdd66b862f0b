import SimNodes
import Topology

extension TextReport {
    /// At most so many lines tell the story.
    static let storyLines = 10

    /// Milestones of one kind that happened more than once, or on more than one node.
    struct Episode {
        let first: Milestone
        var nodes: [String]
        var count: Int
        var last: Instant
    }

    /// What broke first, when, and what followed.
    var storySection: [String] {
        let episodes = Self.episodes(result.milestones)
        guard !episodes.isEmpty else { return ["Nothing notable happened."] }
        let breakage = episodes.first { $0.first.kind != .reaction }
        var lines = [
            breakage.map { "What broke first: \($0.first.node) at \(Format.moment($0.first.at)): \($0.first.text)" }
                ?? "Nothing broke."
        ]
        lines = lines.flatMap { $0.wrapped(to: Self.width, indent: "  ") }
        let chosen = Self.chosen(episodes)
        let rows = chosen.map { episode -> [String] in
            var repeats = episode.count > 1 ? " (×\(Format.count(episode.count)))" : ""
            if episode.last - episode.first.at > .milliseconds(100) {
                repeats = " (×\(Format.count(episode.count)), last at \(Format.moment(episode.last)))"
            }
            return [
                "  " + Format.moment(episode.first.at), word(episode.first.kind),
                Self.names(episode.nodes), episode.first.text + repeats,
            ]
        }
        let heads = Table.aligned(rows.map { Array($0.dropLast()) + ["|"] }, [.right])
        for (head, row) in zip(heads, rows) {
            let start = String(head.dropLast())
            let indent = String(repeating: " ", count: start.displayWidth)
            let texts = row[3].wrapped(to: Self.width - start.displayWidth, indent: "")
            for (index, text) in texts.enumerated() { lines.append((index == 0 ? start : indent) + text) }
        }
        if episodes.count > chosen.count {
            lines.append(
                "  … and \(Format.plural(episodes.count - chosen.count, "kind")) of event more; --json has all")
        }
        return lines
    }

    private func word(_ kind: Milestone.Kind) -> String {
        switch kind {
        case .fault: style.paint(.doubtful, "fault")
        case .breakage: style.paint(.bad, "breaks")
        case .reaction: "then"
        }
    }

    /// Milestones whose texts differ in figures alone are one kind, wherever they happened.
    static func episodes(_ milestones: [Milestone]) -> [Episode] {
        var episodes: [Episode] = []
        var places: [String: Int] = [:]
        for milestone in milestones {
            let key = milestone.kind.rawValue + "/" + withoutFigures(milestone.text)
            if let place = places[key] {
                episodes[place].count += 1
                episodes[place].last = milestone.at
                if !episodes[place].nodes.contains(milestone.node) { episodes[place].nodes.append(milestone.node) }
            } else {
                places[key] = episodes.count
                episodes.append(Episode(first: milestone, nodes: [milestone.node], count: 1, last: milestone.at))
            }
        }
        return episodes
    }

    /// Faults, the first breakage and how it ended always, then the earliest; in order of time.
    static func chosen(_ episodes: [Episode]) -> [Episode] {
        guard episodes.count > storyLines else { return episodes }
        var places = Set(episodes.indices.filter { episodes[$0].first.kind == .fault }.prefix(storyLines - 3))
        if let first = episodes.firstIndex(where: { $0.first.kind == .breakage }) { places.insert(first) }
        places.insert(episodes.count - 1)
        for index in episodes.indices where places.count < storyLines { places.insert(index) }
        return places.sorted().map { episodes[$0] }
    }

    private static func withoutFigures(_ text: String) -> String {
        var key = ""
        var isFigure = false
        for character in text {
            // A figure with its point or comma is one, whatever its length.
            let continues = isFigure && (character == "." || character == ",")
            if character.isASCII && character.isNumber {
                if !isFigure { key += "#" }
                isFigure = true
            } else if !continues {
                isFigure = false
                key.append(character)
            }
        }
        return key
    }

    private static func names(_ nodes: [String]) -> String {
        nodes.count <= 2 ? nodes.joined(separator: ", ") : "\(nodes[0]) and \(nodes.count - 1) more"
    }
}
