#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the package asks the file system. Without Foundation, which would have to be linked in with Swift's runtime.
package enum FileSystem {
    /// What stands at a path.
    package enum Kind: Sendable { case file, folder }

    /// What stands at a path, behind links; nil when nothing does.
    package static func kind(of path: String) -> Kind? {
        var status = stat()
        guard isPath(path), stat(path, &status) == 0 else { return nil }
        return isFolder(status) ? .folder : .file
    }

    /// All that a file, or a pipe, holds; nil when it can't be read.
    package static func bytes(of path: String) -> [UInt8]? {
        guard isPath(path) else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count == 0 { return bytes }
            if count > 0 { bytes += piece[..<count] } else if errno != EINTR { return nil }
        }
    }

    /// Makes a folder and those that it stands in; what keeps it from doing so shows when something is written there.
    package static func makeFolder(_ path: String) {
        guard isPath(path), kind(of: path) == nil else { return }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { makeFolder(String(path[..<slash])) }
        mkdir(path, 0o777)
    }

    /// The files below a folder, relative to it and in no particular order; links to folders are not followed.
    package static func files(below folder: String) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { return [] }
            return isFolder(status) ? files(below: path).map { "\(name)/\($0)" } : [name]
        }
    }

    private static func names(in folder: String) -> [String] {
        guard isPath(folder), let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

    /// The system ends a path at its first zero.
    private static func isPath(_ path: String) -> Bool { !path.isEmpty && !path.utf8.contains(0) }
}
