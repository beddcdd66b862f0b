import Topology

extension ExplorationFile {
    /// A shard's file, read and checked in itself.
    package struct Contents: Sendable {
        package let path: String
        package let header: Header
        package let runs: [ExploredRun]
    }

    /// Reads a file.
    ///
    /// - Throws: `ConfigurationErrors` for the first line that is none of this format, or when the end is missing.
    package static func read(_ text: some StringProtocol, path: String) throws(ConfigurationErrors) -> Contents {
        var reader = Reader(path: path)
        do throws(ConfigurationError) {
            for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                try reader.take(Array(line))
            }
            return try reader.contents()
        } catch {
            throw ConfigurationErrors([error])
        }
    }

    /// Puts shards together.
    ///
    /// - Throws: `ConfigurationErrors` when they are not parts of one exploration, or not all of it, or parts twice.
    package static func merge(_ files: [Contents]) throws(ConfigurationErrors) -> (Header, [ExploredRun]) {
        guard let first = files.first else { preconditionFailure("there is nothing to merge") }
        var errors: [ConfigurationError] = []
        func fail(_ file: Contents, _ key: String, _ cause: String, _ remedy: String) {
            errors.append(
                ConfigurationError(
                    place: SourcePlace(file: file.path, line: 1, column: 1), path: [key], cause: cause, remedy: remedy,
                    kind: .meaning))
        }
        for file in files.dropFirst() {
            for (key, isSame) in file.header.likeness(to: first.header) where !isSame {
                fail(file, key, "this is another exploration than \(first.path)", "merge shards of one command only")
            }
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        var owners: [Int: String] = [:]
        for file in files {
            if let other = owners.updateValue(file.path, forKey: file.header.shard.index) {
                fail(file, "shard", "shard \(file.header.shard) is in \(other) too", "name each shard once")
            }
        }
        let missing = (0..<first.header.shard.count).filter { owners[$0] == nil }
        if !missing.isEmpty {
            let list = missing.prefix(8).map(String.init).joined(separator: ", ") + (missing.count > 8 ? ", …" : "")
            fail(
                first, "shard", "of \(first.header.shard.count) shards these are missing: \(list)",
                "run them with --shard and name their files too")
        }
        for file in files {
            let planned = file.header.shard.seeds(of: file.header.seeds)
            if file.runs.count < planned.count {
                fail(
                    file, "runs", "it has only \(file.runs.count) of its \(planned.count) runs",
                    "run this shard again without --budget, or until its end")
            }
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return (first.header.whole, files.flatMap(\.runs).sorted { $0.seed < $1.seed })
    }
}

extension ExplorationFile.Header {
    fileprivate func likeness(to other: Self) -> [(key: String, isSame: Bool)] {
        [
            ("version", version == other.version), ("path", source.path == other.source.path),
            ("settings", source.settings == other.source.settings), ("faults", faults == other.faults),
            ("scenario", scenario == other.scenario), ("seeds", seeds == other.seeds),
            ("shard", shard.count == other.shard.count),
        ]
    }
}

/// Reads line by line.
private struct Reader {
    let path: String
    private var number = 0
    private var header: ExplorationFile.Header?
    private var planned: [UInt64] = []
    private var runs: [ExploredRun] = []
    private var hasEnded = false

    init(path: String) { self.path = path }

    mutating func take(_ bytes: [UInt8]) throws(ConfigurationError) {
        number += 1
        if bytes.isEmpty { return }
        if hasEnded { throw failure([], "there is something behind the end", "one file holds one shard") }
        let node = try parse(bytes)
        guard let header else {
            self.header = try readHeader(node)
            planned = self.header.map { $0.shard.seeds(of: $0.seeds) } ?? []
            return
        }
        if node["seed"] == nil {
            let count = try integer(node, "runs")
            guard count == runs.count else {
                throw failure(["runs"], "it says \(count) runs, and there are \(runs.count)", "run this shard again")
            }
            hasEnded = true
            return
        }
        let run = try readRun(node)
        guard runs.count < planned.count, run.seed == planned[runs.count] else {
            throw failure(
                ["seed"], "seed \(run.seed) is not the next one of shard \(header.shard)", "run this shard again")
        }
        runs.append(run)
    }

    func contents() throws(ConfigurationError) -> ExplorationFile.Contents {
        guard let header else {
            throw failure([], "the file is empty", "name a file that \"explore --out\" has written")
        }
        guard hasEnded else { throw failure([], "the end is missing: it was cut off", "run this shard again") }
        return ExplorationFile.Contents(path: path, header: header, runs: runs)
    }

    // MARK: - Lines

    private func readHeader(_ node: JSONNode) throws(ConfigurationError) -> ExplorationFile.Header {
        guard node["format"]?.string == ExplorationFile.format else {
            throw failure(
                ["format"], "this is no exploration's file", "name a file that \"explore --out\" has written")
        }
        let seeds = (node["seeds"]?.elements ?? []).compactMap { $0.string.flatMap { UInt64($0) } }
        let shard = (node["shard"]?.elements ?? []).compactMap(\.integer)
        guard seeds.count == 2, seeds[0] <= seeds[1] else { throw failure(["seeds"], "two seeds belong here") }
        guard shard.count == 2, shard[0] >= 0, shard[0] < shard[1] else {
            throw failure(["shard"], "a shard and how many there are belong here")
        }
        let choice = try string(node, "faults")
        guard let faults = FaultChoice(rawValue: choice) else {
            throw failure(["faults"], "unknown choice of faults")
        }
        let settings = (node["settings"]?.elements ?? []).compactMap(\.string)
        let version = try string(node, "version")
        let title = try string(node, "title")
        let path = try string(node, "path")
        let scenario = try string(node, "scenario")
        return ExplorationFile.Header(
            version: version, title: title, source: ScenarioSource(path: path, settings: settings), faults: faults,
            scenario: scenario, seeds: seeds[0]...seeds[1], shard: Shard(index: shard[0], count: shard[1]))
    }

    private func readRun(_ node: JSONNode) throws(ConfigurationError) -> ExploredRun {
        var faults: [ExploredFault] = []
        for fault in node["faults"]?.elements ?? [] {
            let words = fault.elements.compactMap(\.string)
            guard words.count == 2, let fate = ExploredFault.Fate(rawValue: words[1]) else {
                throw failure(["faults"], "a verb and a fate belong here")
            }
            faults.append(ExploredFault(verb: words[0], fate: fate))
        }
        var reached = SometimesSet()
        for name in node["reached"]?.elements ?? [] {
            guard let situation = name.string.flatMap({ Sometimes.byName[$0] }) else {
                throw failure(["reached"], "unknown situation")
            }
            reached.insert(situation)
        }
        var broken: [BrokenInvariant] = []
        for invariant in node["broken"]?.elements ?? [] { broken.append(try readBroken(invariant)) }
        let digestText = try string(node, "digest")
        guard let digest = UInt64(digestText, radix: 16) else {
            throw failure(["digest"], "16 hexadecimal digits belong here")
        }
        let seed = try unsigned(node, "seed")
        let events = try integer(node, "events")
        let requests = try integer(node, "requests")
        let behaviour = try unsigned(node, "behaviour")
        return ExploredRun(
            seed: seed, digest: TraceDigest(value: digest), events: UInt64(events), requests: requests,
            broken: broken, reached: reached, behaviour: behaviour, faults: faults,
            faultTexts: node.texts("faultTexts"), programFaults: node.texts("programFaults"))
    }

    // Each value in a statement of its own: the optimiser of Swift 6.3 fails on typed throws between arguments.
    private func readBroken(_ node: JSONNode) throws(ConfigurationError) -> BrokenInvariant {
        var violations: [Violation] = []
        for violation in node["violations"]?.elements ?? [] { violations.append(try readViolation(violation)) }
        let id = try string(node, "id")
        let title = try string(node, "title")
        let detail = try string(node, "detail")
        return BrokenInvariant(id: id, title: title, detail: detail, violations: violations)
    }

    private func readViolation(_ node: JSONNode) throws(ConfigurationError) -> Violation {
        let word = try string(node, "kind")
        guard let kind = ViolationKind(rawValue: word) else {
            throw failure(["broken", "kind"], "unknown kind of violation")
        }
        let text = try string(node, "text")
        let at = node["at"]?.integer.map { Instant(nanoseconds: Int64($0)) }
        return Violation(
            kind, text, at: at, products: node.integers("products"), requests: node.integers("requests"),
            nodes: node.texts("nodes"))
    }

    // MARK: - Values

    private func parse(_ bytes: [UInt8]) throws(ConfigurationError) -> JSONNode {
        do throws(ConfigurationError) {
            return try JSONParser.parse(bytes, file: path)
        } catch {
            var error = error
            error.place = SourcePlace(file: path, line: number, column: error.place.column)
            throw error
        }
    }

    private func failure(
        _ keys: [String], _ cause: String, _ remedy: String = "run this shard again"
    ) -> ConfigurationError {
        ConfigurationError(
            place: SourcePlace(file: path, line: max(1, number), column: 1), path: keys, cause: cause, remedy: remedy,
            kind: .meaning)
    }

    private func string(_ node: JSONNode, _ key: String) throws(ConfigurationError) -> String {
        guard let text = node[key]?.string else { throw failure([key], "a text belongs here") }
        return text
    }

    private func integer(_ node: JSONNode, _ key: String) throws(ConfigurationError) -> Int {
        guard let number = node[key]?.integer, number >= 0 else { throw failure([key], "a count belongs here") }
        return number
    }

    private func unsigned(_ node: JSONNode, _ key: String) throws(ConfigurationError) -> UInt64 {
        guard let number = node[key]?.string.flatMap({ UInt64($0) }) else {
            throw failure([key], "a whole number belongs here")
        }
        return number
    }
}

extension JSONNode {
    fileprivate func texts(_ key: String) -> [String] { (self[key]?.elements ?? []).compactMap(\.string) }

    fileprivate func integers(_ key: String) -> [Int] { (self[key]?.elements ?? []).compactMap(\.integer) }

    fileprivate var integer: Int? { if case .integer(let number) = value { number } else { nil } }
}
