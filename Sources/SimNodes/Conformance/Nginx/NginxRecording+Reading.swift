import Topology

extension NginxRecording {
    package init(reading document: RecordedNode) throws(ConfigurationErrors) {
        let settings = try ConfigurationErrors.single { () throws(ConfigurationError) in
            try Self.settings(document.value("upstream"))
        }
        self.settings = settings
        let steps = try ConfigurationErrors.single { () throws(ConfigurationError) in try document.value("steps") }
        let names = settings.servers.map(\.name)
        self.steps = try steps.map { step throws(ConfigurationError) in
            try Self.step(step, servers: names, ignoresAborts: settings.ignoreClientAbort)
        }
    }

    // MARK: - Upstream

    private static func settings(_ upstream: RecordedNode) throws(ConfigurationError) -> LoadBalancerSettings {
        var settings = LoadBalancerSettings()
        settings.serviceTime = .constant(.zero)
        settings.policy = try policy(upstream.value("policy"))
        for server in try upstream.elements("servers") { settings.servers.append(try self.server(server)) }
        settings.nextUpstream = []
        for word in try upstream.elements("next_upstream") { settings.nextUpstream.insert(try condition(word)) }
        if try upstream.flag("non_idempotent") { settings.nextUpstream.insert(.nonIdempotent) }
        settings.tries = Int(try upstream.integer("next_upstream_tries"))
        settings.nextUpstreamTimeout = try upstream.milliseconds("next_upstream_timeout_ms")
        settings.connectTimeout = try upstream.milliseconds("connect_timeout_ms")
        settings.readTimeout = try upstream.milliseconds("read_timeout_ms")
        settings.ignoreClientAbort = try upstream.flagIfPresent("ignore_client_abort")
        settings.keepalive = Int(try upstream["keepalive"]?.integer() ?? 0)
        return settings
    }

    private static func policy(_ node: RecordedNode) throws(ConfigurationError) -> BalancingPolicy {
        switch try node.text() {
        case "round_robin": return .roundRobin
        case "least_conn": return .leastConnections
        default: throw node.error("there is no such policy", "write \"round_robin\" or \"least_conn\"")
        }
    }

    private static func server(_ node: RecordedNode) throws(ConfigurationError) -> UpstreamServer {
        var server = UpstreamServer(name: try node.text("name"), weight: Int(try node.integer("weight")))
        server.maxFails = Int(try node.integer("max_fails"))
        let failTimeout = try node.milliseconds("fail_timeout_ms")
        guard failTimeout.nanoseconds % 1_000_000_000 == 0 else {
            throw try node.value("fail_timeout_ms").error("nginx counts whole seconds", "write a multiple of 1000")
        }
        server.failTimeout = failTimeout
        server.backup = try node.flag("backup")
        server.maxConnections = Int(try node.integer("max_conns"))
        server.down = try node.flag("down")
        return server
    }

    /// `http_500` is `http500` here.
    private static func condition(_ node: RecordedNode) throws(ConfigurationError) -> NextUpstreamCondition {
        let words = try node.text().split(separator: "_")
        let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let name = (words.prefix(1).map(String.init) + rest).joined()
        guard let condition = NextUpstreamCondition(rawValue: name) else {
            throw node.error("proxy_next_upstream has no such condition", "write \"error\", \"http_503\" or the like")
        }
        return condition
    }

    // MARK: - Steps

    private static func step(
        _ step: RecordedNode, servers: [String], ignoresAborts: Bool
    ) throws(ConfigurationError) -> Step {
        if let request = step["request"] {
            return .request(try ask(request), try outcome(step, servers), elapsed: try elapsed(step))
        }
        if let request = step["start"] { return .start(try ask(request)) }
        if let id = step["release"] { return .release(try id.text()) }
        if let id = step["finish"] { return .finish(try id.text(), try outcome(step, servers)) }
        if let id = step["abort"] {
            return .abort(try id.text(), ignoresAborts ? nil : try outcome(step, servers))
        }
        if let server = step["server"] {
            return .change(server: try name(server, servers), try state(step.value("becomes")))
        }
        if step.has("sleep_ms") { return .sleep(try step.milliseconds("sleep_ms")) }
        throw step.error("this is no step", "give it one of request, start, release, finish, abort, server, sleep_ms")
    }

    private static func ask(_ request: RecordedNode) throws(ConfigurationError) -> Ask {
        let method = try request.text("method")
        guard ["GET", "PUT", "DELETE", "OPTIONS", "POST", "PATCH", "LOCK"].contains(method) else {
            throw try request.value("method").error("\"\(method)\" is not replayed", "write \"GET\" or \"POST\"")
        }
        return Ask(id: try request.text("id"), flow: NginxUpstream.isIdempotent(method: method) ? .view : .purchase)
    }

    private static func outcome(_ step: RecordedNode, _ servers: [String]) throws(ConfigurationError) -> Outcome {
        var tried: [String] = []
        for server in try step.elements("tried") { tried.append(try name(server, servers)) }
        var outcome = Outcome(tried: tried, status: Int(try step.integer("status")))
        if let body = step["body"] {
            guard try body.text() == "truncated" else {
                throw body.error("a body is whole or truncated", "write \"truncated\", or remove it")
            }
            outcome.isTruncated = true
        }
        return outcome
    }

    private static func elapsed(_ step: RecordedNode) throws(ConfigurationError) -> ClosedRange<TimeSpan>? {
        guard let elapsed = step["elapsed_ms"] else { return nil }
        let (least, most) = (try elapsed.milliseconds("min"), try elapsed.milliseconds("max"))
        guard least <= most else { throw elapsed.error("min is more than max", "swap them") }
        return least...most
    }

    private static func name(_ node: RecordedNode, _ servers: [String]) throws(ConfigurationError) -> String {
        let name = try node.text()
        guard servers.contains(name) else {
            throw node.error("there is no server \"\(name)\"", Suggestion.remedy(for: name, among: servers))
        }
        return name
    }

    private static func state(_ node: RecordedNode) throws(ConfigurationError) -> RecordedBackend.State {
        let word = try node.text()
        guard let state = RecordedBackend.State(word: word) else {
            throw node.error(
                "a server can't become \"\(word)\"", "write a state of the format, or a status of 200 to 599")
        }
        return state
    }
}
