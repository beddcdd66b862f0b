#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a command writes; tests put something else in its place.
struct Console {
    /// Writes to the standard output.
    let out: (String) -> Void
    /// Writes to the standard error output.
    let err: (String) -> Void
    /// Colour on the standard output.
    var style = Style.plain
    /// Whether somebody watches the standard error output, so that progress is worth showing.
    var showsProgress = false

    static var standard: Console {
        Console(
            out: { write($0, to: STDOUT_FILENO) }, err: { write($0, to: STDERR_FILENO) },
            style: isatty(STDOUT_FILENO) == 1 && wantsColour ? .coloured : .plain,
            showsProgress: isatty(STDERR_FILENO) == 1)
    }

    /// As no-color.org and the terminal itself ask for.
    private static var wantsColour: Bool {
        let terminal = getenv("TERM").map { String(cString: $0) }
        return getenv("NO_COLOR") == nil && terminal != nil && terminal != "dumb"
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            // Nobody reads any more: there is nobody to tell either.
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}

/// `Console.write` hides the system's function.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
