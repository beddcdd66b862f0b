#if canImport(Glibc)
    import Glibc
#endif

/// How many freed blocks of memory each thread keeps for itself.
///
/// glibc keeps seven of a size. A run frees hundreds before it needs them again, and what goes back to the common store is
/// merged and split again: 3 to 6 % of the time of an exploration. The number can be set only when a program starts.
enum BlockCache {
    private static let variable = "GLIBC_TUNABLES"
    private static let tunable = "glibc.malloc.tcache_count"
    /// More than a run has of one size; what is never freed isn't kept.
    private static let blocks = 2_000

    /// Starts the program again, in the same process, with a larger cache; returns where that is done or can't be.
    static func enlarge() {
        #if canImport(Glibc)
            let present = getenv(variable).map { String(cString: $0) }
            guard let tunables = tunables(beside: present), setenv(variable, tunables, 1) == 0 else { return }
            execv("/proc/self/exe", CommandLine.unsafeArgv)
        #endif
    }

    /// The tunables to start with, beside those that the user has set; nil when they say a number already.
    static func tunables(beside present: String?) -> String? {
        let own = "\(tunable)=\(blocks)"
        guard let present, !present.isEmpty else { return own }
        return present.contains(tunable) ? nil : "\(present):\(own)"
    }
}
