import Foundation
import Topology

@testable import SimNodes

/// One recorded scenario of Tests/Fixtures/nginx.
struct NginxVector: Decodable {
    struct Upstream: Decodable {
        var policy: String
        var servers: [Server]
        var next_upstream: [String]
        var non_idempotent: Bool
        var next_upstream_tries: Int
        var next_upstream_timeout_ms: Int64
        var connect_timeout_ms: Int64
        var read_timeout_ms: Int64
    }

    struct Server: Decodable {
        var name: String
        var weight: Int
        var max_fails: Int
        var fail_timeout_ms: Int64
        var backup: Bool
        var max_conns: Int
        var down: Bool
    }

    struct ClientRequest: Decodable {
        var id: String
        var method: String
    }

    struct Range: Decodable {
        var min: Double
        var max: Double
    }

    struct Step: Decodable {
        var request: ClientRequest?
        var start: ClientRequest?
        var release: String?
        var finish: String?
        var abort: String?
        var server: String?
        var becomes: String?
        var sleep_ms: Int64?
        var tried: [String]?
        var status: Int?
        var body: String?
        var elapsed_ms: Range?
    }

    var name: String
    var upstream: Upstream
    var steps: [Step]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/nginx")

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

    static func load(_ name: String) throws -> NginxVector {
        let data = try Data(contentsOf: folder.appending(path: name + ".json"))
        return try JSONDecoder().decode(NginxVector.self, from: data)
    }

    func makeUpstream() -> NginxUpstream {
        var conditions = upstream.next_upstream.reduce(into: NginxUpstream.NextUpstream.off) { set, word in
            if let condition = NginxUpstream.NextUpstream(word: word) { set.insert(condition) }
        }
        if upstream.non_idempotent { conditions.insert(.nonIdempotent) }
        return NginxUpstream(
            servers: upstream.servers.map {
                NginxUpstream.Server(
                    name: $0.name, weight: $0.weight, maxFails: $0.max_fails,
                    failTimeout: .milliseconds($0.fail_timeout_ms), isBackup: $0.backup,
                    maxConnections: $0.max_conns, isDown: $0.down)
            },
            settings: NginxUpstream.Settings(
                policy: upstream.policy == "least_conn" ? .leastConnections : .roundRobin,
                nextUpstream: conditions, nextUpstreamTries: upstream.next_upstream_tries,
                nextUpstreamTimeout: .milliseconds(upstream.next_upstream_timeout_ms)))
    }
}
