/// Reads a trace of arrivals from CSV: a line of names, then one arrival a line.
enum TraceFile {
    private static let columns = TraceArrival.fields.map(\.key)

    /// The arrivals as the JSON array that a scenario could hold itself, each value at its place in the file.
    static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> JSONNode {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let first = lines.first else { return JSONNode(.array([])) }
        let names = try cells(of: first, line: 1, file: file)
        for name in names where !columns.contains(name.text) {
            throw error(
                "unknown column \"\(name.text)\"", Suggestion.remedy(for: name.text, among: columns), at: name.place)
        }
        if Set(names.map(\.text)).count < names.count {
            throw error("a column stands there twice", "remove one of them", at: names[0].place)
        }
        var arrivals: [JSONNode] = []
        for (index, line) in lines.enumerated().dropFirst() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) {
            let cells = try cells(of: line, line: index + 1, file: file)
            guard cells.count == names.count else {
                throw error(
                    "\(cells.count) cells for \(names.count) columns", "write one cell for each column",
                    at: cells[0].place)
            }
            let members = zip(names, cells).filter { !$1.text.isEmpty }.map { name, cell in
                let value = Int(cell.text).map(JSONValue.integer) ?? .string(cell.text)
                return JSONMember(key: name.text, place: cell.place, value: JSONNode(value, at: cell.place))
            }
            arrivals.append(JSONNode(.object(members), at: cells[0].place))
        }
        return JSONNode(.array(arrivals), at: SourcePlace(file: file, line: 1, column: 1))
    }

    private static func cells(
        of line: ArraySlice<UInt8>, line number: Int, file: String
    ) throws(ConfigurationError) -> [(text: String, place: SourcePlace)] {
        var cells: [(text: String, place: SourcePlace)] = []
        var column = 1
        for part in line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let place = SourcePlace(file: file, line: number, column: column)
            let trimmed = part.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 || $0 == 0x0D }.reversed()
            guard let text = String(validating: Array(trimmed), as: UTF8.self) else {
                throw error("the cell is not valid UTF-8", "save the file as UTF-8", at: place)
            }
            cells.append((text, place))
            column += part.count + 1
        }
        return cells
    }

    private static func error(_ cause: String, _ remedy: String, at place: SourcePlace) -> ConfigurationError {
        ConfigurationError(
            place: place, path: ["workload", "arrive", "trace"], cause: cause, remedy: remedy, kind: .syntax)
    }
}
