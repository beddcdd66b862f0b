import Topology

/// What commands ask the file system.
enum TextFile {
    static func bytes(_ path: String) -> [UInt8]? { FileSystem.bytes(of: path) }

    static func exists(_ path: String) -> Bool { FileSystem.kind(of: path) == .file }

    /// The file itself, or every JSON file below the folder in the order of names.
    static func jsonFiles(below path: String) -> [String] {
        if exists(path) { return [path] }
        return FileSystem.files(below: path).filter { $0.hasSuffix(".json") }.sorted()
            .map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
    }

    /// Reads every file that the operands of a command name, before anything is done with one of them.
    ///
    /// - Parameter kind: what such a file holds, for the error of an operand that names none.
    static func readAll<Content>(
        _ operands: [String], kind: String, _ read: (String) throws(ConfigurationErrors) -> Content
    ) throws(ConfigurationErrors) -> [(path: String, content: Content)] {
        var result: [(path: String, content: Content)] = []
        var errors: [ConfigurationError] = []
        for operand in operands {
            let paths = jsonFiles(below: operand)
            if paths.isEmpty { errors += nothing(kind, at: operand).all }
            for path in paths {
                do throws(ConfigurationErrors) { result.append((path, try read(path))) } catch { errors += error.all }
            }
        }
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        return result
    }

    /// The error of a path that leads to no file of a kind.
    static func nothing(_ kind: String, at path: String) -> ConfigurationErrors {
        ConfigurationErrors([
            ConfigurationError(
                place: SourcePlace(file: path, line: 0, column: 0), path: [], cause: "there is no \(kind)",
                remedy: "give a .json file, or a folder that contains some", kind: .syntax)
        ])
    }
}
