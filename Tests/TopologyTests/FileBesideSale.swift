import Foundation

@testable import Topology

/// A file that names the reference scenario beside it, `sale.json`.
struct FileBesideSale {
    private let text: String

    init(_ text: String) { self.text = text }

    /// What is read from its path.
    func load<Value>(by read: (String) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "beside-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(ReferenceText.scenario().utf8).write(to: folder.appending(path: "sale.json"))
        let file = folder.appending(path: "it.json")
        try Data(text.utf8).write(to: file)
        return try read(file.path())
    }

    /// What is wrong with it, a line each.
    func errors<Value>(by read: (String) throws -> Value) -> [String] {
        do {
            _ = try load(by: read)
            return []
        } catch let errors as ConfigurationErrors {
            return errors.all.map { "\($0.place.line) \($0.pathText): \($0.cause); \($0.remedy)" }
        } catch {
            return ["\(error)"]
        }
    }
}
