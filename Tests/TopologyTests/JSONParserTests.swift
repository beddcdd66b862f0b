import Testing

@testable import Topology

struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONNode { try JSONParser.parse(Array(text.utf8), file: "f") }

    private func failure(_ bytes: [UInt8]) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try JSONParser.parse(bytes, file: "f")
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (#"{"b": [1, 2.5, -3e2], "a": {"x": null}}"#, #"{"a":{"x":null},"b":[1,2.5,-300]}"#),
        (#" [true , false,"é\u00e9\ud83d\ude00\n\/" ] "#, "[true,false,\"éé😀\\n/\"]"),
        ("9007199254740993", "9007199254740993"), ("-0", "0"), ("\"\\u007f\"", #""\u007f""#), ("[]", "[]"),
        ("{}", "{}"),
    ])
    func validTextIsRead(text: String, canonical: String) throws {
        #expect(try parse(text).text == canonical)
        #expect(try parse(canonical).text == canonical)
        #expect(try parse(parse(text).prettyText).text == canonical)
    }

    @Test(arguments: [
        ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("[1 2]", 1, 4), ("{a: 1}", 1, 2), ("01", 1, 1),
        ("1.", 1, 1), ("1e", 1, 1), ("-", 1, 1), ("+1", 1, 1), (".5", 1, 1), ("1e999", 1, 1), ("NaN", 1, 1),
        ("tru", 1, 1),
        ("1 2", 1, 3), ("\"a", 1, 3), ("\"\t\"", 1, 2), ("\"\\x\"", 1, 2), ("\"\\u12g4\"", 1, 2), ("\"\\ud800\"", 1, 2),
        ("\"\\ud800\\u0041\"", 1, 2), ("\"\\udc00\"", 1, 2), ("{\n  \"é\": 1,\n  \"é\": 2}", 3, 3), ("// x", 1, 1),
        ("['a']", 1, 2), ("{\"é\": x}", 1, 7), ("{\"é€😀\": x}", 1, 9), ("[1,\r\n  x]", 2, 3), ("{,}", 1, 2),
        ("[,1]", 1, 2), ("]", 1, 1),
        ("{\"a\":1}}", 1, 8),
    ])
    func invalidTextIsRefusedWhereItIsWrong(text: String, line: Int, column: Int) throws {
        let error = try #require(failure(Array(text.utf8)))
        #expect(error.place == SourcePlace(file: "f", line: line, column: column), "\(error)")
        #expect(!error.remedy.isEmpty)
    }

    @Test func invalidBytesAreRefused() {
        #expect(failure([0x22, 0xFF, 0x22])?.place.column == 1)
        #expect(failure([0x22, 0xC0, 0xAF, 0x22]) != nil, "an overlong form")
        #expect(failure([0xEF, 0xBB, 0xBF, 0x31])?.cause.contains("byte order mark") == true)
        #expect(failure([0x00]) != nil)
    }

    @Test func nestingIsLimited() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(failure(Array(deep.utf8))?.cause.contains("nested") == true)
        let allowed = String(repeating: "[", count: 63) + "1" + String(repeating: "]", count: 63)
        #expect(try parse(allowed).found == "an array of 1")
        let mixed = String(repeating: "{\"a\":[", count: 40)
        #expect(failure(Array(mixed.utf8))?.pathText.hasPrefix("a.0.a.0") == true)
    }

    @Test func everythingKnowsItsPlace() throws {
        let tree = try parse("{\n  \"a\": [10,\n    {\"b\": \"ü\", \"c\": 3}]\n}")
        #expect(tree.member("a")?.place == SourcePlace(file: "f", line: 2, column: 3))
        #expect(tree.place(of: ["a", "0"]) == SourcePlace(file: "f", line: 2, column: 9))
        #expect(tree.place(of: ["a", "1", "c"]) == SourcePlace(file: "f", line: 3, column: 21))
        #expect(tree.place(of: ["a", "1", "nosuch"]) == SourcePlace(file: "f", line: 3, column: 5))
    }

    @Test func overlaysMergeObjectsAndReplaceTheRest() throws {
        let base = try parse(#"{"a": {"b": 1, "c": [1, 2]}, "d": 1}"#)
        let overlay = try parse(#"{"a": {"c": [3], "e": null}, "d": {"f": 1}}"#)
        #expect(base.merged(with: overlay).text == #"{"a":{"b":1,"c":[3],"e":null},"d":{"f":1}}"#)
    }
}
