#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What commands ask the file system.
enum TextFile {
    static func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }

    static func exists(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
    }

    /// The file itself, or every JSON file below the folder in the order of names.
    static func jsonFiles(below path: String) -> [String] {
        if exists(path) { return [path] }
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted()
            .map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
    }
}
