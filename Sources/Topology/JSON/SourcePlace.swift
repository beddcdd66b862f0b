/// Where a piece of configuration was written: a file with line and column, or a command-line setting.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    /// The file's path as it was given, or the whole `--set path=value`.
    public var file: String
    /// Counted from 1; 0 where the source has no lines.
    public var line: Int
    /// Counted from 1 in characters (Unicode scalars), as editors do.
    public var column: Int

    /// Makes a place in a file.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The place of values that were made by code.
    public static let code = SourcePlace(file: "(code)", line: 0, column: 0)

    /// The place of everything that a `--set` argument says.
    package static func setting(_ argument: String) -> SourcePlace {
        SourcePlace(file: "--set \(argument)", line: 0, column: 0)
    }

    /// `file:line:column`, or the source's name alone where it has no lines.
    public var description: String { line > 0 ? "\(file):\(line):\(column)" : file }
}
