import SimNodes
import Topology

/// Which layer carries what, and what it costs.
struct AblationReport {
    static let format = "stampede.ablation/1"
    /// How a cell without a fault is called.
    static let noFault = "none"

    let path: String
    let title: String
    let ablation: Ablation
    let effort: Ablation.Effort
    /// Where the stories were written.
    let folder: String?
    let style: Style

    var code: ExitCode {
        if ablation.cells.contains(where: { $0.programFault != nil }) { return .programFault }
        return ablation.cells.isEmpty ? .inconclusive : .holds
    }

    /// As files and JSON name a cell.
    static func name(of cell: Ablation.Cell) -> String { "\(cell.layers.code)-\(cell.family ?? noFault)" }

    var text: String {
        let sections = [heading, conclusions, combinations] + brokenTables + [stories, faults]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    // MARK: - What it comes to

    private var heading: [String] {
        let families = Set(ablation.cells.map { $0.family ?? Self.noFault }).count
        let runs = ablation.cells.reduce(0) { $0 + $1.runs }
        return [
            style.paint(.heading, title.isEmpty ? path : "\(title) (\(path))"),
            "layers: " + ablation.layers.map { "\($0.letter) \($0.rawValue)" }.joined(separator: ", "),
            "\(Format.plural(ablation.combinations.count, "combination")) under "
                + "\(Format.plural(families, "family", "families")) of faults, \(Format.plural(runs, "run"))",
        ]
    }

    /// What keeps each invariant, in a sentence.
    private var conclusions: [String] {
        ablation.brokenInvariants.flatMap { id, title in
            "\(id) \(title): \(conclusion(id))".wrapped(to: TextReport.width, indent: "  ")
        }
    }

    private func conclusion(_ id: String) -> String {
        let all = ablation.combinations.first.map { ablation.runs(of: $0, breaking: id) } ?? 0
        let withAll = "with all layers it breaks in \(Format.plural(all, "run"))"
        let smallest = ablation.smallestKeeping(id)
        if smallest.isEmpty { return "no combination keeps it; \(withAll)" }
        if smallest == [PurchaseLayers([])] {
            let needed = ablation.layersNeeded(toBreak: id).map(\.rawValue)
            return needed.isEmpty
                ? "no layer is there for it; \(withAll)"
                : "it is the promise of \(needed.joined(separator: " and ")), and breaks only there; \(withAll)"
        }
        let sets = smallest.map { $0.members.map(\.rawValue).joined(separator: " + ") }
        let idle = ablation.layers.filter { layer in !smallest.contains { $0.contains(layer) } }.map(\.rawValue)
        let decoration = idle.isEmpty ? "" : "; decoration for it: \(idle.joined(separator: ", "))"
        return "kept in every run by \(sets.joined(separator: ", or by "))\(decoration)"
    }

    /// A row a combination: its speed, and how many runs broke each invariant.
    private var combinations: [String] {
        let ids = ablation.brokenInvariants.map(\.id)
        var table = Table(
            [("layers", .left), ("sales/s", .right), ("sold", .right), ("runs", .right)] + ids.map { ($0, .right) })
        for layers in ablation.combinations {
            let cells = ablation.cells.filter { $0.layers == layers }
            guard !cells.isEmpty else { continue }
            let speed = ablation.speeds.first { $0.layers == layers }
            table.add(
                [
                    layers.code, speed.map { Format.significant($0.salesPerSecond) } ?? Format.nothing,
                    speed.map { Format.percent($0.successShare) } ?? Format.nothing,
                    Format.count(cells.reduce(0) { $0 + $1.runs }),
                ] + ids.map { count(ablation.runs(of: layers, breaking: $0)) })
        }
        return table.lines(style: style)
    }

    /// For each invariant whose fate depends on the layers: families by combinations.
    private var brokenTables: [[String]] {
        ablation.brokenInvariants.compactMap { id, _ in
            let counts = Set(ablation.combinations.map { ablation.runs(of: $0, breaking: id) })
            guard counts.count > 1 else { return nil }
            var table = Table([("\(id) broken", .left)] + ablation.combinations.map { ($0.code, .right) })
            for family in families {
                let row = ablation.combinations.map { layers in
                    ablation.cells.first { $0.layers == layers && $0.family == family }?.runs(breaking: id)
                }
                guard row.contains(where: { ($0 ?? 0) > 0 }) else { continue }
                table.add([family ?? Self.noFault] + row.map { $0.map(count) ?? Format.nothing })
            }
            return table.lines(style: style)
        }
    }

    private var families: [String?] {
        var families: [String?] = []
        for cell in ablation.cells where !families.contains(cell.family) { families.append(cell.family) }
        return families
    }

    /// Zeros are what one hopes for: they must not hide the others.
    private func count(_ number: Int) -> String { number == 0 ? "." : Format.count(number) }

    /// The shortest story of each cell, in a line.
    private var stories: [String] {
        let told = ablation.cells.filter { $0.story != nil }
        guard !told.isEmpty else { return [] }
        var table = Table([("shortest story", .left), ("requests", .right), ("faults", .right), ("", .left)])
        for cell in told {
            guard let story = cell.story else { continue }
            table.add([
                Self.name(of: cell), "\(story.requestCount)", "\(story.scenario.faults.count)",
                "\(story.invariant) \(story.finding)",
            ])
        }
        guard let folder, let cell = told.first else { return table.lines(style: style) }
        let file = ShellWord.quoted("\(folder)/\(Self.name(of: cell)).json")
        return table.lines(style: style) + ["swift run -c release \(Program.name) replay \(file)"]
    }

    private var faults: [String] {
        var lines = ablation.cells.compactMap { cell in
            cell.programFault.map { "FAULT OF THE PROGRAM in \(Self.name(of: cell)), \($0)" }
        }
        if !ablation.idleFamilies.isEmpty {
            lines.append("nobody to strike for: \(ablation.idleFamilies.joined(separator: ", "))")
        }
        return lines
    }

    // MARK: - JSON

    func json(_ code: ExitCode) -> JSONNode {
        JSONReport.object([
            ("format", .string(Self.format)), ("program", .string("\(Program.name) \(Program.version)")),
            ("exitCode", .integer(Int(code.rawValue))), ("scenario", .string(path)),
            ("layers", .array(ablation.layers.map { JSONNode(.string($0.rawValue)) })),
            ("speeds", .array(ablation.speeds.map(speed))), ("cells", .array(ablation.cells.map(cell))),
        ])
    }

    private func speed(_ speed: Ablation.Speed) -> JSONNode {
        JSONReport.object([
            ("layers", .string(speed.layers.code)), ("salesPerSecond", .finite(speed.salesPerSecond)),
            ("successShare", .finite(speed.successShare)),
        ])
    }

    private func cell(_ cell: Ablation.Cell) -> JSONNode {
        JSONReport.object([
            ("layers", .string(cell.layers.code)), ("faults", .string(cell.family ?? Self.noFault)),
            ("runs", .integer(cell.runs)),
            (
                "broken",
                .array(
                    cell.breakages.map {
                        JSONReport.object([
                            ("invariant", .string($0.id)), ("runs", .integer($0.runs)),
                            ("firstSeed", JSONReport.seed($0.firstSeed)),
                        ])
                    })
            ),
            (
                "story",
                cell.story.map { story in
                    JSONReport.object([
                        ("invariant", .string(story.invariant)), ("finding", .string(story.finding)),
                        ("requests", .integer(story.requestCount)), ("faults", .integer(story.scenario.faults.count)),
                    ]).value
                } ?? .null
            ),
        ])
    }
}
