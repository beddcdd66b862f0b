import Topology

/// Everything that is wrong with configuration files, for people and for editors that jump to places.
enum ConfigurationReport {
    static func text(_ errors: [ConfigurationError], style: Style) -> String {
        var lines: [String] = []
        for error in errors {
            lines.append("\(error.place): \(style.paint(.bad, "error")): \(error.pathText): \(error.cause)")
            lines.append("    \(error.remedy)")
        }
        lines.append("\(Format.plural(errors.count, "error")); nothing was run")
        return lines.joined(separator: "\n") + "\n"
    }
}
