import Foundation
import Topology

@testable import SimNodes

/// One recorded scenario of Tests/Fixtures/nginx.
struct NginxVector: Decodable {
    struct Upstream: Decodable {
        var policy: String
        var servers: [Server]
        var nextUpstream: [String]
        var nonIdempotent: Bool
        var nextUpstreamTries: Int
        var nextUpstreamTimeoutMs: Int64
        var connectTimeoutMs: Int64
        var readTimeoutMs: Int64
    }

    struct Server: Decodable {
        var name: String
        var weight: Int
        var maxFails: Int
        var failTimeoutMs: Int64
        var backup: Bool
        var maxConns: Int
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
        var sleepMs: Int64?
        var tried: [String]?
        var status: Int?
        var body: String?
        var elapsedMs: Range?
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
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(NginxVector.self, from: data)
    }

    func makeUpstream() -> NginxUpstream {
        var conditions = upstream.nextUpstream.reduce(into: NginxUpstream.NextUpstream.off) { set, word in
            if let condition = NginxUpstream.NextUpstream(word: word) { set.insert(condition) }
        }
        if upstream.nonIdempotent { conditions.insert(.nonIdempotent) }
        return NginxUpstream(
            servers: upstream.servers.map {
                NginxUpstream.Server(
                    name: $0.name, weight: $0.weight, maxFails: $0.maxFails,
                    failTimeout: .milliseconds($0.failTimeoutMs), isBackup: $0.backup,
                    maxConnections: $0.maxConns, isDown: $0.down)
            },
            settings: NginxUpstream.Settings(
                policy: upstream.policy == "least_conn" ? .leastConnections : .roundRobin,
                nextUpstream: conditions, nextUpstreamTries: upstream.nextUpstreamTries,
                nextUpstreamTimeout: .milliseconds(upstream.nextUpstreamTimeoutMs)))
    }
}
