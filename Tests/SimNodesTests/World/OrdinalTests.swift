import Testing
import Topology

@testable import SimNodes

@Suite struct OrdinalTests {
    @Test func casesAreNumberedInTheirOrder() {
        #expect(EventSite.allCases.map(\.ordinal) == Array(EventSite.allCases.indices))
        #expect(RandomFaultSite.allCases.map(\.ordinal) == Array(RandomFaultSite.allCases.indices))
    }
}
