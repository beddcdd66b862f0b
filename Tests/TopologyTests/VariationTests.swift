import Testing

@testable import Topology

@Suite struct VariationTests {
    @Test(arguments: [
        ("a.b=100,200..600", ["100", "200", "300", "400", "500", "600"]),
        ("workload.users=1000..12000", ["1000", "3750", "6500", "9250", "12000"]),
        ("n=1..3", ["1", "2", "3"]),
        ("n=1..2:2", ["1", "2"]),
        ("n=1000..12000:7", ["1000", "2830", "4670", "6500", "8330", "10170", "12000"]),
        ("n=100..600+150", ["100", "250", "400", "550"]),
        ("n=100..1600x2", ["100", "200", "400", "800", "1600"]),
        ("n=10..100x1.5", ["10", "15", "23", "35", "53", "80"]),
        ("n=-2..2", ["-2", "-1", "0", "1", "2"]),
        ("t=5ms..20ms:4", ["5ms", "10ms", "15ms", "20ms"]),
        ("t=5ms..20ms:7", ["5ms", "7500us", "10ms", "12500us", "15ms", "17500us", "20ms"]),
        ("t=500ms..2s:4", ["500ms", "1s", "1500ms", "2s"]),
        ("t=1us..1msx10", ["1us", "10us", "100us", "1ms"]),
        ("t=1s..3s+500ms", ["1s", "1500ms", "2s", "2500ms", "3s"]),
        ("r=100/s..500/s+200/s", ["100/s", "300/s", "500/s"]),
        ("r=1/s..2/s:3", ["1/s", "1.5/s", "2/s"]),
        ("x=0.5..1.5", ["0.5", "0.75", "1", "1.25", "1.5"]),
        ("x=0..0.3+0.1", ["0", "0.1", "0.2", "0.3"]),
        ("m=1mb..4mb:4", ["1mb", "2mb", "3mb", "4mb"]),
        ("e=delete,compareAndDelete", ["delete", "compareAndDelete"]),
        ("e=null, true ,3", ["null", "true", "3"]),
        (#"p={"zipf":1.0},{"hot":0.5}"#, [#"{"zipf":1.0}"#, #"{"hot":0.5}"#]),
        (#"p=["a","b,c"],[]"#, [#"["a","b,c"]"#, "[]"]),
        (#"p="1..3""#, [#""1..3""#]),
        ("topology=../a.json,../b.json", ["../a.json", "../b.json"]),
        ("n=3,1..3,2", ["3", "1", "2"]),
        ("a=b=c", ["b=c"]),
    ])
    func valuesComeInOrderOnce(argument: String, values: [String]) throws {
        #expect(try Variation(argument).values == values)
    }

    /// What is wrong is named, and what to write instead.
    @Test(arguments: [
        ("workload.users", "no \"=\"", "mysql.maxConnections"),
        ("=1..3", "no path", "mysql.maxConnections"),
        ("workload users=3", "a space", "remove it"),
        ("n=", "no value", "100..400"),
        ("n=1,,2", "beside a comma", "100..400"),
        ("n=1,", "beside a comma", "100..400"),
        ("n=100..", "lacks an end", "100..600"),
        ("n=..600", "lacks an end", "100..600"),
        ("n=600..100", "does not grow", "100..600"),
        ("n=5..5", "does not grow", "write 5"),
        ("n=5ms..20", "different units", "5ms..20ms"),
        ("n=5..20ms", "different units", "5ms..20ms"),
        ("n=5/s..20/min", "different units", "with a unit"),
        ("n=5ms..20mb", "different units", "with a unit"),
        ("n=1..x", "no factor", "1.01"),
        ("n=1..x2", "lacks an end", "100..600"),
        ("n=1..many", "no number", "digits"),
        ("n=1...3", "no number", "digits"),
        ("n=1..2..3", "no number", "digits"),
        ("n=1..5lightyears", "no amount", "unit"),
        ("n=100..600/100", "no amount", "unit"),
        ("n=1..9:1", "no number of values", "2 to 1000"),
        ("n=1..9:many", "no number of values", "2 to 1000"),
        ("n=1..9:5000", "no number of values", "2 to 1000"),
        ("n=1..9+0", "no step", "positive"),
        ("n=1..9+0.5", "no step", "as fine as"),
        ("n=1ms..9ms+1", "no step", "in the unit"),
        ("n=1..9+", "no number", "digits"),
        ("n=1..900000+1", "too many values", "larger step"),
        ("n=1..9x1", "no factor", "1.01"),
        ("n=1..9xtwo", "no factor", "1.01"),
        ("n=0..9x2", "from zero or below", "above zero"),
        ("n=1..99999999999999999999", "too many digits", "at most"),
        ("n=1..500:600,1001..1900:600", "these are 1100 values", "at most 1000"),
        (#"p={"zipf":1.0"#, "within a JSON value", "close"),
        (#"p="open"#, "within a JSON value", "close"),
    ])
    func whatIsWrongIsNamedWithItsRemedy(argument: String, cause: String, remedy: String) {
        let error = #expect(throws: TextError.self) { try Variation(argument) }
        #expect(error?.cause.contains(cause) == true, "\(error.map { "\($0)" } ?? "")")
        #expect(error?.remedy.contains(remedy) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func aGridHasAllCombinationsAndTheLastPathChangesFastest() throws {
        let grid = Variation.grid([try Variation("a=1,2"), try Variation("b=x,y,z")])
        #expect(
            grid == [
                ["a=1", "b=x"], ["a=1", "b=y"], ["a=1", "b=z"], ["a=2", "b=x"], ["a=2", "b=y"], ["a=2", "b=z"],
            ])
    }
}
