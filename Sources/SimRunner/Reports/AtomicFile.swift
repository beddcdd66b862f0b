import Topology

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a file wholly or not at all.
struct AtomicFile {
    let path: String

    /// Why a file can't be written, for people.
    struct Failure: Error, Equatable {
        let message: String
    }

    /// Beside the target, so that renaming stays within one file system.
    private var temporaryPath: String { "\(path).\(getpid()).partial" }

    private var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Says early what would make the writing fail in the end, without leaving anything.
    func check() throws(Failure) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw Failure(message: "a file needs a name") }
        if FileSystem.kind(of: path) == .folder {
            throw Failure(message: "\(path) is a folder")
        }
        guard FileSystem.kind(of: folder) == .folder else {
            throw Failure(message: "there is no folder \(folder)")
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw Failure(message: "the folder \(folder) can't be written to")
        }
    }

    /// Replaces the file by `text`; when that fails, what was there stays and nothing else is left.
    func write(_ text: String) throws(Failure) {
        try check()
        let temporary = temporaryPath
        try Self.create(temporary, text, path)
        guard rename(temporary, path) == 0 else {
            let failure = Failure(message: "\(path) can't be written: \(Self.reason())")
            unlink(temporary)
            throw failure
        }
    }

    /// Makes a file that must not be there yet.
    func writeNew(_ text: String) throws(Failure) {
        guard FileSystem.kind(of: path) == nil else {
            throw Failure(message: "\(path) is there already; it is left as it is")
        }
        try check()
        try Self.create(path, text, path)
    }

    private static func create(_ path: String, _ text: String, _ shown: String) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure(message: "\(shown) can't be written: \(reason())") }
        var bytes = Array(text.utf8)[...]
        var isWritten = true
        while isWritten, !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { isWritten = false }
        }
        // Before the rename: a crash of the machine must not leave an empty file under the final name.
        if isWritten, fsync(descriptor) != 0 { isWritten = false }
        let failure = Failure(message: "\(shown) can't be written: \(reason())")
        close(descriptor)
        if !isWritten {
            unlink(path)
            throw failure
        }
    }

    private static func reason() -> String { String(cString: strerror(errno)).lowercased() }
}

/// `AtomicFile.write` hides the system's function.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
