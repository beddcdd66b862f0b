#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a file line by line; it gets its name when it is complete.
final class LineFile {
    private let target: AtomicFile
    private let partialPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []

    /// Bytes that are collected before they are written.
    private static let bufferSize = 1 << 16

    init(_ target: AtomicFile) throws(AtomicFile.Failure) {
        self.target = target
        partialPath = "\(target.path).partial"
        descriptor = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(target.path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func add(_ line: String) throws(AtomicFile.Failure) {
        buffer.append(contentsOf: line.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Gives the file its name.
    func finish() throws(AtomicFile.Failure) {
        try flush()
        guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw Self.failure(target.path) }
        descriptor = -1
        guard rename(partialPath, target.path) == 0 else { throw Self.failure(target.path) }
    }

    private func flush() throws(AtomicFile.Failure) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.failure(target.path) }
            rest = rest.dropFirst(written)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String) -> AtomicFile.Failure {
        AtomicFile.Failure(message: "\(path) can't be written: \(String(cString: strerror(errno)).lowercased())")
    }
}

/// The system's function, which a method of the same name would hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
