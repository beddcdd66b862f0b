import Foundation
import Testing
import Topology

@testable import SimNodes

/// Recordings of single commands with all their options and refusals, held against the machine.
@Suite struct RedisCommandRecordingTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/redis-commands")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent("\(name).json")))
    }

    private static func document(_ name: String) throws -> RecordedNode {
        RecordedNode(try JSONParser.parse(bytes(name), file: "\(name).json"))
    }

    /// A master of the recording and a replica of it.
    private func pump(_ recording: RedisRecording) throws -> RedisPump {
        let pump = RedisPump()
        let configuration = try #require(recording.nodes.first).configuration
        pump.nodes["m"] = RedisPump.Node(configuration: configuration)
        pump.nodes["r"] = RedisPump.Node(configuration: configuration, startsAsReplicaOf: "m")
        for name in ["m", "r"] { pump.start(name) }
        #expect(pump.awaitCaughtUp("r"))
        return pump
    }

    @Test func thereAreRecordings() { #expect(!Self.names.isEmpty) }

    /// Every reply is the recorded one, and a replica ends with the same data.
    @Test(arguments: names) func agrees(_ name: String) throws {
        let document = try Self.document(name)
        let recording = try RedisRecording(reading: document)
        let pump = try pump(recording)
        var walk = RecordedWalk(pump)
        for (index, step) in recording.steps.enumerated() {
            if let problem = walk.perform(step) { Issue.record("\(name).json, step \(index + 1): \(problem)") }
        }
        #expect(walk.unread.isEmpty, "\(name).json leaves \(walk.unread)")
        #expect(pump.awaitCaughtUp("r"))
        let master = pump.nodes["m"]!.server!
        let replica = pump.nodes["r"]!.server!
        #expect(replica.contents == master.contents)
        #expect(replica.replicationPosition == master.replicationPosition)
    }

    @Test(arguments: names) func agreesOverTheNetwork(_ name: String) throws {
        if case .disagrees(let difference) = try Recording(Self.bytes(name), file: "\(name).json").replay() {
            Issue.record("\(name).json, \(difference)")
        }
    }

    /// Parsing and writing a command are inverse.
    @Test(arguments: names) func wordsRoundTrip(_ name: String) throws {
        let document = try Self.document(name)
        for step in try RedisRecording(reading: document).steps {
            guard case .command(_, let words, _) = step, let command = try? RedisCommand(arguments: words) else {
                continue
            }
            let again = try RedisCommand(arguments: command.words)
            #expect(again.words == command.words, "\(words)")
            #expect(again.isWrite == (RedisCommand.traits(of: words[0].uppercased())?.flags.contains(.write) == true))
        }
    }
}

/// A recording on its way through a pump.
private struct RecordedWalk {
    private let pump: RedisPump
    private var clients: [String: RedisClientID] = [:]
    private var ids = RedisReplayIDs()

    init(_ pump: RedisPump) { self.pump = pump }

    /// What nobody has read.
    var unread: [String] {
        clients.keys.sorted().flatMap { name in
            let connection = pump.connections[clients[name]!]!
            return (connection.replies + connection.pushes).map { "\(name): \($0.recorded)" }
        }
    }

    /// Performs a step, and says what differs.
    mutating func perform(_ step: RecordedRedisStep) -> String? {
        switch step {
        case .command(let end, let words, let expected):
            let client = client(of: end)
            pump.advance(.milliseconds(1))
            pump.send(words.map { ids.resolve($0) }, from: client)
            let what = words.joined(separator: " ")
            if let expected { return next(client, expected).map { "\(what): \($0)" } }
            guard let early = pump.connections[client]?.replies.first else { return nil }
            return "\(what) answers \(early.recorded) instead of blocking"
        case .resumes(let end, let expected): return next(client(of: end), expected).map { "\(end): \($0)" }
        case .push(let end, let expected):
            let client = client(of: end)
            guard pump.connections[client]?.pushes.isEmpty == false,
                let message = pump.connections[client]?.pushes.removeFirst()
            else { return "no message for \(end)" }
            return ids.matches(message, expected) ? nil : "\(message.recorded) instead of \(expected)"
        case .sleep(let span):
            pump.advance(span)
            return nil
        default: return "this step needs more than one server"
        }
    }

    private mutating func client(of end: RecordedRedisStep.End) -> RedisClientID {
        if let client = clients[end.connection], pump.connections[client]?.isOpen == true { return client }
        let client = RedisClientID(clients.count + 1)
        clients[end.connection] = client
        pump.connect(client, to: end.node)
        return client
    }

    private mutating func next(_ client: RedisClientID, _ expected: RecordedRedisReply) -> String? {
        guard pump.connections[client]?.replies.isEmpty == false,
            let reply = pump.connections[client]?.replies.removeFirst()
        else { return "no reply instead of \(expected)" }
        return ids.matches(reply, expected) ? nil : "\(reply.recorded) instead of \(expected)"
    }
}
