import Foundation
import Testing

/// A JSON value of a recorded scenario.
indirect enum RecordedValue: Hashable, Sendable, Decodable {
    case null
    case integer(Int64)
    case text(String)
    case array([RecordedValue])
    case object([String: RecordedValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let truth = try? container.decode(Bool.self) {
            self = .integer(truth ? 1 : 0)
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let array = try? container.decode([RecordedValue].self) {
            self = .array(array)
        } else {
            self = .object(try container.decode([String: RecordedValue].self))
        }
    }

    subscript(key: String) -> RecordedValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var array: [RecordedValue]? { if case .array(let array) = self { array } else { nil } }
}

/// A scenario recorded from real servers.
struct RedisVector: Sendable, CustomTestStringConvertible {
    let name: String
    let nodes: [String: RecordedValue]
    let steps: [RecordedValue]

    var testDescription: String { name }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/redis")

    static let all: [RedisVector] = {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.map { file in
            let whole = try! JSONDecoder().decode(RecordedValue.self, from: Data(contentsOf: file))
            guard case .object(let nodes)? = whole["nodes"], let steps = whole["steps"]?.array else {
                fatalError("\(file.lastPathComponent) is no scenario")
            }
            return RedisVector(name: whole["name"]?.text ?? "", nodes: nodes, steps: steps)
        }
    }()
}
