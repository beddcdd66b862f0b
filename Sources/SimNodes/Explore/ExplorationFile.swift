import Topology

/// The results of a shard as JSON Lines: what was explored, a line a run, and how many there are.
package enum ExplorationFile {
    /// What was explored, and which part of it by this shard.
    package struct Header: Sendable, Hashable {
        /// Of the program; runs of different versions don't belong together.
        package var version: String
        package var title: String
        package var source: ScenarioSource
        package var faults: FaultChoice
        /// Hash of the scenario with all that was set, so that two files of one name are told apart.
        package var scenario: String
        /// All seeds, those of the other shards included.
        package var seeds: ClosedRange<UInt64>
        package var shard: Shard

        package init(version: String, explorer: Explorer, seeds: ClosedRange<UInt64>, shard: Shard) {
            self.version = version
            title = explorer.scenario.title
            source = explorer.source ?? ScenarioSource(path: "", settings: [])
            faults = explorer.faults
            var hash = TraceDigest()
            hash.mix(explorer.scenario.json.text)
            scenario = hash.description
            self.seeds = seeds
            self.shard = shard
        }

        init(
            version: String, title: String, source: ScenarioSource, faults: FaultChoice, scenario: String,
            seeds: ClosedRange<UInt64>, shard: Shard
        ) {
            (self.version, self.title, self.source, self.faults) = (version, title, source, faults)
            (self.scenario, self.seeds, self.shard) = (scenario, seeds, shard)
        }

        /// The same for every shard of one exploration.
        package var whole: Header {
            var header = self
            header.shard = Shard.whole
            return header
        }

        /// What was explored; with the scenario itself where its file still says what it said.
        package var origin: ExplorationOrigin {
            ExplorationOrigin(title: title, source: source, faults: faults, explorer: explorer)
        }

        private var explorer: Explorer? {
            guard let read = try? ScenarioLoader.load(path: source.path, overrides: source.settings) else { return nil }
            let explorer = Explorer(read, faults: faults, source: source)
            let header = Header(version: version, explorer: explorer, seeds: seeds, shard: shard)
            return header.scenario == scenario ? explorer : nil
        }
    }

    static let format = "stampede exploration 1"

    // MARK: - Writing

    package static func line(_ header: Header) -> String {
        let node: JSONNode = [
            "format": "\(format)", "version": "\(header.version)", "title": "\(header.title)",
            "path": "\(header.source.path)", "settings": header.source.settings.json,
            "faults": "\(header.faults.rawValue)", "scenario": "\(header.scenario)",
            "seeds": ["\(header.seeds.lowerBound)", "\(header.seeds.upperBound)"],
            "shard": [header.shard.index.json, header.shard.count.json],
        ]
        return node.text
    }

    package static func line(_ run: ExploredRun) -> String {
        var members: [JSONMember] = [
            JSONMember(key: "seed", value: "\(run.seed)"), JSONMember(key: "digest", value: "\(run.digest)"),
            JSONMember(key: "events", value: Int(run.events).json),
            JSONMember(key: "requests", value: run.requests.json),
            JSONMember(key: "behaviour", value: "\(run.behaviour)"),
            JSONMember(key: "reached", value: run.reached.members.map(\.name).json),
            JSONMember(key: "faults", value: run.faults.map { [$0.verb, $0.fate.rawValue] }.json),
        ]
        func add(_ key: String, _ nodes: [JSONNode]) {
            if !nodes.isEmpty { members.append(JSONMember(key: key, value: JSONNode(.array(nodes)))) }
        }
        add("faultTexts", run.faultTexts.map(\.json))
        add("broken", run.broken.map(node))
        add("programFaults", run.programFaults.map(\.json))
        return JSONNode(.object(members)).text
    }

    /// The last line, without which a file is known to be cut off.
    package static func endLine(runs: Int) -> String {
        let node: JSONNode = ["runs": runs.json]
        return node.text
    }

    private static func node(_ broken: BrokenInvariant) -> JSONNode {
        [
            "id": "\(broken.id)", "title": "\(broken.title)", "detail": "\(broken.detail)",
            "violations": JSONNode(.array(broken.violations.map(node))),
        ]
    }

    private static func node(_ violation: Violation) -> JSONNode {
        [
            "kind": "\(violation.kind.rawValue)", "text": "\(violation.text)",
            "at": violation.at.map { Int($0.nanoseconds).json } ?? JSONNode(.null),
            "products": violation.products.json, "requests": violation.requests.json, "nodes": violation.nodes.json,
        ]
    }
}

/// Which part of the seeds a process runs: every `count`-th, beginning with the one at `index`.
package struct Shard: Sendable, Hashable, CustomStringConvertible {
    /// Counted from 0.
    package let index: Int
    package let count: Int

    package init(index: Int, count: Int) {
        precondition(0..<count ~= index, "a shard is one of those there are")
        (self.index, self.count) = (index, count)
    }

    /// All seeds.
    package static let whole = Shard(index: 0, count: 1)

    /// Its part of the seeds.
    package func seeds(of all: ClosedRange<UInt64>) -> [UInt64] {
        let (offset, overflow) = all.lowerBound.addingReportingOverflow(UInt64(index))
        guard !overflow, offset <= all.upperBound else { return [] }
        return Array(stride(from: offset, through: all.upperBound, by: count))
    }

    package var description: String { "\(index)/\(count)" }
}
