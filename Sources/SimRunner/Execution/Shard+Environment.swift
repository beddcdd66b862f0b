import SimNodes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Shard {
    /// What a batch system tells a process about its place among others.
    struct Environment: Sendable {
        let value: @Sendable (String) -> String?

        static let ofProcess = Environment { name in getenv(name).map { String(cString: $0) } }

        /// The shard; nil where no batch system says anything.
        func shard() throws(UsageError) -> Shard? {
            if value("SLURM_ARRAY_TASK_ID") != nil { return try ofSlurm() }
            if value("JOB_COMPLETION_INDEX") != nil { return try ofKubernetes() }
            return nil
        }

        /// Job arrays: `--array=0-7`, `--array=1-8`, `--array=1-15:2`.
        private func ofSlurm() throws(UsageError) -> Shard {
            let id = try number("SLURM_ARRAY_TASK_ID")
            let count = try number("SLURM_ARRAY_TASK_COUNT")
            let first = try value("SLURM_ARRAY_TASK_MIN") == nil ? 0 : number("SLURM_ARRAY_TASK_MIN")
            let step = try value("SLURM_ARRAY_TASK_STEP") == nil ? 1 : max(1, number("SLURM_ARRAY_TASK_STEP"))
            guard id >= first, (id - first) % step == 0, (id - first) / step < count else {
                throw UsageError(
                    "task \(id) is not one of \(count) from \(first) in steps of \(step) (SLURM_ARRAY_TASK_…); "
                        + "say which shard it is with --shard I/N")
            }
            return Shard(index: (id - first) / step, count: count)
        }

        /// Indexed jobs; Kubernetes sets the index alone.
        private func ofKubernetes() throws(UsageError) -> Shard {
            guard value("JOB_COMPLETIONS") != nil else {
                throw UsageError(
                    "JOB_COMPLETION_INDEX is set, JOB_COMPLETIONS isn't; "
                        + "set it to the job's completions, or say --shard I/N (0/1: all seeds)")
            }
            let index = try number("JOB_COMPLETION_INDEX")
            let count = try number("JOB_COMPLETIONS")
            guard index < count else {
                throw UsageError("JOB_COMPLETION_INDEX \(index) is not below JOB_COMPLETIONS \(count)")
            }
            return Shard(index: index, count: count)
        }

        private func number(_ name: String) throws(UsageError) -> Int {
            guard let text = value(name), let number = Int(text), number >= 0 else {
                throw UsageError("\(name) should be a whole number, not \"\(value(name) ?? "")\"; or say --shard I/N")
            }
            return number
        }
    }

    /// Reads `I/N`.
    init(argument: String) throws(UsageError) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1], count > 0, index >= 0, index < count else {
            throw UsageError("--shard expects I/N with I from 0 to N - 1, not \"\(argument)\"")
        }
        self.init(index: index, count: count)
    }
}
