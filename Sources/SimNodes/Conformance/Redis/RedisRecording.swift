import Topology

/// A scenario recorded step by step from redis-servers.
package struct RedisRecording: ReplayableRecording {
    let nodes: [RecordedRedisNode]
    let steps: [RecordedRedisStep]
    /// What the servers' wall clocks show when the steps begin, since 1970: ids of entries and moments of expiry derive
    /// from it.
    let date: TimeSpan
    package let obstacle: String?

    package init(reading document: RecordedNode) throws(ConfigurationErrors) {
        var errors: [ConfigurationError] = []
        var nodes: [RecordedRedisNode] = []
        do throws(ConfigurationError) {
            for (name, node) in try document.value("nodes").members() {
                do throws(ConfigurationErrors) {
                    nodes.append(try RecordedRedisNode(name: name, reading: node))
                } catch {
                    errors += error.all
                }
            }
        } catch {
            errors.append(error)
        }
        var steps: [RecordedRedisStep] = []
        do throws(ConfigurationErrors) {
            let list = try ConfigurationErrors.single { () throws(ConfigurationError) in try document.value("steps") }
            let names = nodes.map(\.name)
            steps = try list.map { (step) throws(ConfigurationError) in
                try RecordedRedisStep(reading: step, nodes: names)
            }
        } catch {
            errors += error.all
        }
        var seconds: Int64 = 1_800_000_000
        do throws(ConfigurationError) {
            seconds = try document["unix_time"]?.integer() ?? seconds
        } catch {
            errors.append(error)
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        self.nodes = nodes
        self.steps = steps
        date = .seconds(seconds)
        obstacle = Self.unknownScript(in: steps)
    }

    package func replay(as flavor: ReplayFlavor) -> Disagreement? { RedisReplay(self).replay() }

    /// Says which script nobody wrote in Swift, if there is one.
    private static func unknownScript(in steps: [RecordedRedisStep]) -> String? {
        for step in steps {
            guard case .command(_, let words, _) = step, words.count > 1 else { continue }
            let text: String
            switch (words[0].uppercased(), words[1].uppercased(), words.count) {
            case ("EVAL", _, 3...): text = words[1]
            case ("SCRIPT", "LOAD", 3): text = words[2]
            default: continue
            }
            if (try? RedisScriptLibrary.standard.script(text)) == nil {
                return "needs Lua: \"\(text.prefix { $0 != "\n" })\" is none of the scripts that the model knows"
            }
        }
        return nil
    }
}

/// A server of a recording, as it is when the steps begin.
struct RecordedRedisNode: Sendable {
    let name: String
    /// The name of its master; nil for a master.
    let master: String?
    let configuration: RedisConfiguration

    init(name: String, reading node: RecordedNode) throws(ConfigurationErrors) {
        self.name = name
        master = try ConfigurationErrors.single { () throws(ConfigurationError) in try node["of"]?.text() }
        // What every recorded server runs with beside the defaults.
        var configuration = RedisConfiguration()
        configuration.savePoints = []
        configuration.disklessSyncDelay = .zero
        var errors: [ConfigurationError] = []
        do throws(ConfigurationError) {
            for (option, value) in try node["options"]?.members() ?? [] {
                do throws(RedisError) {
                    try configuration.set(option, to: value.node.string ?? "")
                } catch {
                    errors.append(value.error(error.message, "give an option that CONFIG SET of the model takes"))
                }
            }
        } catch {
            errors.append(error)
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        self.configuration = configuration
    }
}
