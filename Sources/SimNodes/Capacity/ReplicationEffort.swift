/// How many runs a measured figure may cost, and how sure it shall be.
///
/// It counts runs and events, never real time: the same question gets the same answer on every machine.
package struct ReplicationEffort: Hashable, Sendable {
    /// Half the length of a 95 % interval, as a share of the mean, below which a figure counts as known.
    package var precision = 0.03
    /// A variance needs some runs before it is believed.
    package var fewest = 4
    /// However uncertain figures still are then, no more runs are made.
    package var most = 20
    /// Expensive scenarios get fewer runs: about as many as this many events allow, never less than `fewest`.
    package var mostEvents: UInt64 = 8_000_000

    package init() {}

    /// How many runs there may be of a scenario whose runs have so many events.
    package func limit(eventsPerRun: UInt64) -> Int {
        let affordable = eventsPerRun == 0 ? most : Int(clamping: mostEvents / eventsPerRun)
        return max(min(fewest, most), min(most, affordable))
    }

    /// After how many runs to look again: half as many more each time.
    package func next(after count: Int) -> Int { count < fewest ? fewest : count + max(1, count / 2) }
}
