/// Reads scenarios: files, overlays and command-line settings, to one checked value.
public enum ScenarioLoader {
    /// Larger files are refused; a trace of a million arrivals stays below.
    static let largestFile = 128 << 20

    /// Reads a scenario file and what it names.
    ///
    /// - Parameters:
    ///   - path: the scenario file; the files it names are relative to its folder.
    ///   - overrides: `path=value` settings, as `--set` takes them; later ones win.
    /// - Throws: `ConfigurationErrors`, all that could be found at once.
    public static func load(path: String, overrides: [String] = []) throws(ConfigurationErrors) -> Scenario {
        let start = SourcePlace(file: path, line: 1, column: 1)
        let bytes = try one { () throws(ConfigurationError) in try read(path, named: [], at: start) }
        return try load(bytes: bytes, file: path, overrides: overrides)
    }

    /// Reads a scenario from a text; the files it names are relative to the folder of `file`.
    ///
    /// - Parameter file: stands in the places of errors.
    /// - Throws: `ConfigurationErrors`, all that could be found at once.
    public static func load(
        text: String, file: String = "scenario.json", overrides: [String] = []
    ) throws(ConfigurationErrors) -> Scenario {
        try load(bytes: Array(text.utf8), file: file, overrides: overrides)
    }

    /// Reads a scenario from bytes.
    package static func load(
        bytes: [UInt8], file: String, overrides: [String] = []
    ) throws(ConfigurationErrors) -> Scenario {
        try scenario(from: try resolve(bytes: bytes, file: file, overrides: overrides))
    }

    /// A scenario with further settings, as `--set` would make it.
    ///
    /// - Throws: `ConfigurationErrors`, all that could be found at once.
    package static func load(
        _ scenario: Scenario, overrides: [String]
    ) throws(ConfigurationErrors) -> Scenario {
        try self.scenario(from: try resolve(scenario.json, overrides: overrides))
    }

    /// Checks a topology file by itself.
    ///
    /// - Throws: `ConfigurationErrors`, all that could be found at once.
    public static func loadTopology(path: String) throws(ConfigurationErrors) -> SystemTopology {
        let start = SourcePlace(file: path, line: 1, column: 1)
        let bytes = try one { () throws(ConfigurationError) in try read(path, named: [], at: start) }
        return try topology(from: try one { () throws(ConfigurationError) in try JSONParser.parse(bytes, file: path) })
    }

    /// Decodes and checks a topology's tree.
    package static func topology(from tree: JSONNode) throws(ConfigurationErrors) -> SystemTopology {
        var decoder = ConfigurationDecoder()
        guard let topology = SystemTopology.decode(tree, in: &decoder), decoder.errors.isEmpty else {
            throw ConfigurationErrors(decoder.errors)
        }
        var review = ScenarioReview(tree: tree)
        review.check(topology, at: [])
        guard review.errors.isEmpty else { throw ConfigurationErrors(review.errors) }
        return topology
    }

    /// The whole scenario as one tree: files read in, overlays and settings applied.
    package static func resolve(
        bytes: [UInt8], file: String, overrides: [String]
    ) throws(ConfigurationErrors) -> JSONNode {
        try resolve(
            try one { () throws(ConfigurationError) in try JSONParser.parse(bytes, file: file) }, overrides: overrides)
    }

    /// The whole scenario as one tree: files read in, overlays and settings applied.
    static func resolve(_ source: JSONNode, overrides: [String]) throws(ConfigurationErrors) -> JSONNode {
        var tree = source
        guard case .object = tree.value else {
            var decoder = ConfigurationDecoder()
            decoder.mismatch(tree, Scenario.self)
            throw ConfigurationErrors(decoder.errors)
        }
        let settings = overrides.map(Setting.init)
        var errors: [ConfigurationError] = []
        // Scenario settings come first: one of them may name another topology file.
        for setting in settings where !setting.isForTopology { setting.apply(to: &tree, &errors) }
        do throws(ConfigurationError) {
            try includeTopology(in: &tree)
        } catch {
            errors.append(error)
        }
        for setting in settings where setting.isForTopology { setting.apply(to: &tree, &errors) }
        do throws(ConfigurationError) {
            try includeTrace(in: &tree)
        } catch {
            errors.append(error)
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return tree
    }

    /// Decodes and checks a resolved tree.
    package static func scenario(from tree: JSONNode) throws(ConfigurationErrors) -> Scenario {
        var decoder = ConfigurationDecoder()
        let scenario = Scenario.decode(tree, in: &decoder)
        var review = ScenarioReview(tree: tree)
        review.checkScenario()
        let errors = decoder.errors + review.errors
        guard let scenario, errors.isEmpty else { throw ConfigurationErrors(errors) }
        return scenario
    }

    /// Replaces the name of a topology file by its content, and lays `override` over it.
    private static func includeTopology(in tree: inout JSONNode) throws(ConfigurationError) {
        if let name = tree["topology"], let text = name.string {
            let path = sibling(text, of: name.place.line > 0 ? name.place.file : tree.place.file)
            let content = try JSONParser.parse(try read(path, named: ["topology"], at: name.place), file: path)
            _ = tree.set(["topology"], to: content)
        }
        guard let overlay = tree["override"], case .object = overlay.value else { return }
        if let topology = tree["topology"], case .object = topology.value {
            _ = tree.set(["topology"], to: topology.merged(with: overlay))
        }
    }

    /// Replaces the name of a trace file by the arrivals in it.
    private static func includeTrace(in tree: inout JSONNode) throws(ConfigurationError) {
        let path = ["workload", "arrive", "trace"]
        guard let name = tree["workload"]?["arrive"]?["trace"], let text = name.string else { return }
        let file = sibling(text, of: name.place.line > 0 ? name.place.file : tree.place.file)
        _ = tree.set(path[...], to: try TraceFile.parse(try read(file, named: path, at: name.place), file: file))
    }

    /// The tree of a file that somebody names.
    static func parse(path: String) throws(ConfigurationErrors) -> JSONNode {
        try one { () throws(ConfigurationError) in
            let bytes = try read(path, named: [], at: SourcePlace(file: path, line: 1, column: 1))
            return try JSONParser.parse(bytes, file: path)
        }
    }

    /// The tree of a file that another file names at a place, relative to its folder.
    static func parse(
        sibling text: String, named jsonPath: [String], at place: SourcePlace
    ) throws(ConfigurationErrors) -> JSONNode {
        let path = sibling(text, of: place.file)
        return try one { () throws(ConfigurationError) in
            try JSONParser.parse(try read(path, named: jsonPath, at: place), file: path)
        }
    }

    /// A path relative to the folder of another file.
    private static func sibling(_ path: String, of file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    private static func read(
        _ path: String, named jsonPath: [String], at place: SourcePlace
    ) throws(ConfigurationError) -> [UInt8] {
        func failure(_ cause: String, _ remedy: String) -> ConfigurationError {
            ConfigurationError(place: place, path: jsonPath, cause: cause, remedy: remedy, kind: .syntax)
        }
        guard let kind = FileSystem.kind(of: path) else {
            throw failure("there is no file \(path.json.text)", "write a path relative to the scenario's folder")
        }
        guard kind == .file else { throw failure("\(path.json.text) is a folder", "name a file in it") }
        guard let bytes = FileSystem.bytes(of: path) else {
            throw failure("the file \(path.json.text) can't be read", "check its permissions")
        }
        guard bytes.count <= largestFile else {
            throw failure("the file \(path.json.text) has \(bytes.count) bytes", "use at most \(largestFile)")
        }
        return bytes
    }

    private static func one<Result>(
        _ body: () throws(ConfigurationError) -> Result
    ) throws(ConfigurationErrors) -> Result {
        do throws(ConfigurationError) {
            return try body()
        } catch {
            throw ConfigurationErrors([error])
        }
    }
}
