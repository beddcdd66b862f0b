/// One thing that is wrong in a configuration: where, what, why, and what to do about it.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which of the reader's three stages found it.
    package enum Kind: Hashable, Sendable {
        /// The text is no JSON, or a file can't be read.
        case syntax
        /// The JSON Schema forbids it too.
        case shape
        /// The shape is right, but what it says is impossible or contradicts something else.
        case meaning
    }

    /// Where it was written.
    public var place: SourcePlace
    /// The steps from the root to the value, array indices as numbers.
    public var path: [String]
    /// What was expected and what was found.
    public var cause: String
    /// What to write instead.
    public var remedy: String
    /// Which stage found it.
    package var kind: Kind

    /// An error at a place.
    package init(place: SourcePlace, path: [String], cause: String, remedy: String, kind: Kind) {
        self.place = place
        self.path = path
        self.cause = cause
        self.remedy = remedy
        self.kind = kind
    }

    /// The path as `--set` takes it; `$` for the whole text.
    public var pathText: String {
        path.isEmpty ? "$" : path.map { $0.isEmpty ? "\"\"" : $0 }.joined(separator: ".")
    }

    /// `file:line:column: path: cause; remedy`.
    public var description: String { "\(place): \(pathText): \(cause); \(remedy)" }
}

/// Everything that is wrong in a configuration, in the order of reading.
public struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one.
    public var all: [ConfigurationError]

    /// Wraps what a reader collected.
    public init(_ all: [ConfigurationError]) { self.all = all }

    /// One error a line.
    public var description: String { all.map(\.description).joined(separator: "\n") }
}
