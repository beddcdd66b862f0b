import Testing
import Topology

@testable import SimNodes

@Suite struct NginxVectorTests {
    @Test func allRecordingsAreThere() {
        #expect(NginxVector.names.count == 36)
    }

    /// The recordings look at no moment where the phase of the clock's second matters, so every phase must agree.
    @Test(arguments: NginxVector.names) func replay(_ name: String) throws {
        let vector = try NginxVector.load(name)
        for start in [0, 1, 350, 999, 86_400_500] as [Int64] {
            replay(vector, from: Instant(nanoseconds: start * 1_000_000))
        }
    }

    private func replay(_ vector: NginxVector, from start: Instant) {
        var harness = NginxHarness(vector, startingAt: start)
        for (index, step) in vector.steps.enumerated() {
            let place: Comment = "\(vector.name) from \(start.milliseconds) ms, step \(index)"
            if let request = step.request {
                expect(harness.send(request), step, place)
            } else if let request = step.start {
                harness.start(request)
            } else if let id = step.release {
                harness.release(id)
            } else if let id = step.finish {
                expect(harness.finish(id), step, place)
            } else if let id = step.abort {
                expect(harness.abort(id), step, place)
            } else if let server = step.server, let state = step.becomes {
                harness.set(server, to: state)
            } else if let pause = step.sleepMs {
                harness.sleep(pause)
            } else {
                Issue.record("unknown step: \(place)")
            }
        }
        #expect(harness.upstream.openRequests == 0, "\(vector.name)")
    }

    private func expect(_ outcome: NginxHarness.Outcome?, _ step: NginxVector.Step, _ place: Comment) {
        guard let outcome else {
            Issue.record("the request has not ended: \(place)")
            return
        }
        #expect(outcome.tried == step.tried, place)
        #expect(outcome.status == step.status, place)
        #expect(outcome.isTruncated == (step.body == "truncated"), place)
        let elapsed = outcome.elapsed.milliseconds
        if let range = step.elapsedMs {
            #expect(elapsed >= range.min && elapsed <= range.max, place)
        } else if step.request != nil {
            #expect(elapsed == 0, place)
        }
    }
}
