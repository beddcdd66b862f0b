import Topology

/// Whose behaviour a recording shows.
public enum RecordedServer: String, CaseIterable, Sendable {
    case redis, innodb, nginx, postgresql, rabbitmq

    /// From the text under `server`, such as `mariadb 10.11.19 innodb`.
    init?(version: String) {
        let words = version.lowercased().split(separator: " ")
        guard let server = Self.allCases.first(where: { words.contains($0.rawValue[...]) }) else { return nil }
        self = server
    }

    /// Whether the model has such a node.
    public var isCovered: Bool { replayable != nil }

    /// How its recordings are replayed; nil: there is no such node yet.
    var replayable: (any ReplayableRecording.Type)? {
        switch self {
        case .redis: RedisRecording.self
        case .innodb: InnoDBRecording.self
        case .nginx: NginxRecording.self
        case .postgresql, .rabbitmq: nil
        }
    }
}

/// The first thing in which the model differs from a recording.
public struct Disagreement: Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1; nil: what is left after the last step.
    public var step: Int?
    /// What the real server did.
    public var expected: String
    /// What the model did.
    public var actual: String

    package init(step: Int?, expected: String, actual: String) {
        self.step = step
        self.expected = expected
        self.actual = actual
    }

    /// `step 3: expected …, got …`.
    public var description: String {
        "\(step.map { "step \($0)" } ?? "at the end"): expected \(expected), got \(actual)"
    }
}

/// What replaying a recording showed.
public enum ReplayOutcome: Hashable, Sendable {
    case agrees
    case disagrees(Disagreement)
    /// With the reason.
    case notCovered(String)
}

/// Which server's behaviour a replay asks for, where MySQL and MariaDB differ.
public enum ReplayFlavor: String, CaseIterable, Sendable {
    /// That of the server that was recorded.
    case recorded
    /// MySQL 8; what differs is marked in the recording.
    case mysql8
}

/// A recording that the nodes of a scenario can replay in virtual time.
package protocol ReplayableRecording: Sendable {
    /// Reads the file whole: everything that is wrong with it is thrown together.
    init(reading document: RecordedNode) throws(ConfigurationErrors)

    /// Why the model can't be held against it, such as a script that is none of the known ones; nil: it can.
    var obstacle: String? { get }

    /// Performs every step; nil when the model does what the real server did.
    func replay(as flavor: ReplayFlavor) -> Disagreement?
}

/// A scenario performed step by step on a real server, with what came back.
public struct Recording: Sendable {
    /// The `name` in the file.
    public let name: String
    /// Whose behaviour it shows.
    public let server: RecordedServer
    /// The server's version as recorded.
    public let version: String
    private let content: (any ReplayableRecording)?

    /// Reads a recording.
    ///
    /// - Throws: every error of the text, with its place.
    package init(_ bytes: [UInt8], file: String) throws(ConfigurationErrors) {
        let document = try ConfigurationErrors.single { () throws(ConfigurationError) in
            RecordedNode(try JSONParser.parse(bytes, file: file))
        }
        (name, version) = try ConfigurationErrors.single { () throws(ConfigurationError) in
            (try document.text("name"), try document.text("server"))
        }
        guard let server = RecordedServer(version: version) else {
            let known = RecordedServer.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationErrors([
                document["server"]!.error("\"\(version)\" names no known server", "let it name one of \(known)")
            ])
        }
        self.server = server
        content = try server.replayable?.init(reading: document)
    }

    /// Replays it against the nodes that scenarios use.
    public func replay(as flavor: ReplayFlavor = .recorded) -> ReplayOutcome {
        guard let content else { return .notCovered("there is no \(server.rawValue) node yet") }
        if let obstacle = content.obstacle { return .notCovered(obstacle) }
        return content.replay(as: flavor).map(ReplayOutcome.disagrees) ?? .agrees
    }
}
