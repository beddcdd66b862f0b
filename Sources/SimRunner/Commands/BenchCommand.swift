import SimNodes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `bench`: how fast the kernel is, on the workload that other engines run too.
enum BenchCommand: Command {
    static let syntax = CommandSyntax(
        name: "bench", summary: "Measures the speed and the memory of the simulation kernel.",
        operands: "closed-loop", operandCount: 1...1,
        options: [
            CommandOption("--clients", "N", "Clients at once (default 6000)."),
            CommandOption("--iterations", "I", "Iterations of each client (default 50)."),
        ],
        notes:
            "Prints one line with the events (delays that ended) a second of real time, and the peak of resident memory."
    )

    static func run(_ arguments: Arguments, console: Console) throws(UsageError) -> Int32 {
        let name = arguments.operands[0]
        guard name == "closed-loop" else {
            let remedy = Suggestions.remedy(for: name, among: ["closed-loop"])
            throw UsageError("there is no benchmark \"\(name)\"; \(remedy)")
        }
        let clients = try arguments.integer("--clients", in: 1...10_000_000) ?? 6000
        let iterations = try arguments.integer("--iterations", in: 1...1_000_000) ?? 50
        let before = peakBytes
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = ClosedLoop.run(clients: clients, iterations: iterations)
        let wall = start.duration(to: clock.now).inSeconds
        let perClient = (peakBytes - before) / clients
        console.out(
            "closed_loop clients \(clients) iterations \(iterations) "
                + "virtual_s \(Format.fixed(outcome.virtualTime.seconds, decimals: 3)) events \(outcome.events) "
                + "wall_s \(Format.fixed(wall, decimals: 3)) digest \(outcome.digest) "
                + "peak_rss_mib \(peakBytes >> 20) bytes/client \(perClient) "
                + "events/s \(Int(Double(outcome.events) / max(wall, 1e-9)))\n")
        return ExitCode.holds.rawValue
    }

    /// The most memory that the process has had resident so far.
    private static var peakBytes: Int {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        #else
            getrusage(RUSAGE_SELF, &usage)
        #endif
        #if canImport(Darwin)
            return Int(usage.ru_maxrss)
        #else
            return Int(usage.ru_maxrss) << 10
        #endif
    }
}
