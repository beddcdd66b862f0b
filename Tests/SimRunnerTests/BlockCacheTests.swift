import Testing

@testable import SimRunner

struct BlockCacheTests {
    @Test func leavesAloneWhatTheUserHasSet() {
        let own = "glibc.malloc.tcache_count=2000"
        #expect(BlockCache.tunables(beside: nil) == own)
        #expect(BlockCache.tunables(beside: "") == own)
        #expect(BlockCache.tunables(beside: "glibc.malloc.arena_max=1") == "glibc.malloc.arena_max=1:\(own)")
        // Also what the program has set itself, so that it starts only once more.
        #expect(BlockCache.tunables(beside: own) == nil)
        #expect(BlockCache.tunables(beside: "glibc.malloc.tcache_count=0") == nil)
    }
}
