/// A Lua script: its text, and what it does, written in Swift.
///
/// The body runs alone and with a frozen clock, like any script of the real server; what it wrote before an error stays.
package final class RedisScript: Sendable {
    /// Calls commands with ``RedisServer/call(_:line:)``; throws what Lua would raise.
    package typealias Body =
        @Sendable (_ server: inout RedisServer, _ keys: [String], _ arguments: [String]) throws(RedisError) ->
        RedisReply

    /// The Lua text; servers tell scripts apart by it.
    package let text: String
    /// The SHA-1 of the text, which EVALSHA names.
    package let digest: String
    let body: Body

    /// A script of that text and behaviour.
    package init(_ text: String, body: @escaping Body) {
        self.text = text
        digest = SHA1.hexDigest(of: text)
        self.body = body
    }

    /// `KEYS[n]` or `ARGV[n]`, counted from 1; refused as Redis refuses a call with a nil argument.
    static func word(_ words: [String], _ number: Int) throws(RedisError) -> String {
        guard number <= words.count else {
            throw RedisError("ERR Lua redis lib command arguments must be strings or integers")
        }
        return words[number - 1]
    }

    /// `tonumber(…)` of a string; nil is Lua's nil.
    static func number(_ text: String?) -> Double? {
        guard let text, let start = text.firstIndex(where: { !$0.isWhitespace }) else { return nil }
        let end = text.lastIndex { !$0.isWhitespace } ?? start
        return Double(text[start...end])
    }

    /// What comparing two numbers raises when one of them is none.
    static func compared(
        _ left: Double?, _ right: Double?, line: Int, _ server: inout RedisServer
    ) throws(RedisError) -> (left: Double, right: Double) {
        if let left, let right { return (left, right) }
        let what =
            left == nil && right == nil
            ? "two nil values" : left == nil ? "nil with number" : "number with nil"
        server.scriptLine = line
        throw RedisError("ERR user_script:\(line): attempt to compare \(what)")
    }

    /// A number as `redis.call` hands it on (`%.17g`).
    static func word(_ number: Double) -> String {
        if let integer = Int64(exactly: number), abs(number) < 1e17 { return String(integer) }
        return "\(number)"
    }
}

extension RedisReply {
    /// The string a script gets from a bulk reply; nil is Lua's false.
    package var text: String? {
        switch self {
        case .bulk(let text), .status(let text): text
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// The number a script gets from an integer reply.
    package var number: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }
}

/// The scripts that a server can run, found by their text.
package struct RedisScriptLibrary: Sendable {
    private var scripts: [String: RedisScript] = [:]

    /// The scripts of the reference design and of well-known clients.
    package static let standard = RedisScriptLibrary(RedisScript.standard)

    /// A library of these scripts.
    package init(_ scripts: [RedisScript]) {
        for script in scripts { self.scripts[script.text] = script }
    }

    /// The library with more scripts in it.
    package func adding(_ more: [RedisScript]) -> RedisScriptLibrary {
        var library = self
        for script in more { library.scripts[script.text] = script }
        return library
    }

    /// The script of that text; one nobody wrote a body for is refused as if it did not compile.
    package func script(_ text: String) throws(RedisError) -> RedisScript {
        guard let script = scripts[text] else {
            throw RedisError("ERR Error compiling script (new function): user_script:1: unknown script text")
        }
        return script
    }
}
