import Testing
import Topology

@Test func spansAddExactly() {
    #expect(TimeSpan.milliseconds(1) + .microseconds(500) == .microseconds(1_500))
    #expect(Instant.zero + .seconds(2) - .milliseconds(1) == Instant(nanoseconds: 1_999_000_000))
}
