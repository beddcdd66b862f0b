import Foundation
import Testing
import Topology

@testable import SimNodes

/// Every way out of a universe stops the program, whether or not the job would have come back in time to be noticed.
@Suite struct KernelEscapeTests {
    private static func run(_ body: @escaping @Sendable (isolated Peer) async throws -> Void) {
        let universe = Universe(seed: 1)
        let peer = Peer("peer", universe)
        peer.spawn(body)
        universe.run()
        // Nothing was noticed: the test must not pass by accident.
        exit(1)
    }

    @Test func sleepingInRealTime() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { _ in try await Task.sleep(nanoseconds: 1_000_000) }
        }
    }

    @Test func yielding() async {
        await #expect(processExitsWith: .exitCode(107)) { Self.run { _ in await Task.yield() } }
    }

    @Test func awaitingADetachedTask() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { _ in
                let task = Task.detached { () async -> Void in try? await Task.sleep(nanoseconds: 20_000_000) }
                await task.value
            }
        }
    }

    @Test func asyncLet() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { peer in
                async let done = peer.work(.seconds(1))
                _ = try await done
            }
        }
    }

    @Test func taskGroups() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { peer in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<3 { group.addTask { try await peer.work(.seconds(1)) } }
                    for try await _ in group {}
                }
            }
        }
    }

    @Test func continuationsResumedElsewhere() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { _ in
                await withUnsafeContinuation { continuation in
                    Thread {
                        Thread.sleep(forTimeInterval: 0.02)
                        continuation.resume()
                    }.start()
                }
            }
        }
    }

    @Test func continuationsResumedLaterInTheUniverse() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { peer in
                await withUnsafeContinuation { continuation in
                    peer.spawn(after: .seconds(1)) { _ in continuation.resume() }
                }
            }
        }
    }

    @Test func streamsOfTheLibrary() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { peer in
                let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
                peer.spawn(after: .seconds(1)) { _ in continuation.yield(1) }
                for await _ in stream { return }
            }
        }
    }

    @Test func actorsWithAnExecutorOfTheirOwn() async {
        actor Stranger {
            private var calls = 0
            func call() { calls += 1 }
        }
        await #expect(processExitsWith: .exitCode(107)) {
            let stranger = Stranger()
            Self.run { _ in await stranger.call() }
        }
    }

    @Test func awaitingAnotherTask() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { peer in
                let task = Task {
                    _ = peer
                    return try await peer.work(.seconds(1))
                }
                _ = try await task.value
            }
        }
    }

    @Test func aThreadThatDidNotMakeTheUniverse() async {
        await #expect(processExitsWith: .exitCode(107)) {
            let universe = Universe(seed: 1)
            let done = DispatchSemaphore(value: 0)
            Thread {
                universe.run()
                done.signal()
            }.start()
            done.wait()
        }
    }

    @Test func aTaskStartedFromAnotherThread() async {
        await #expect(processExitsWith: .exitCode(107)) {
            let universe = Universe(seed: 1)
            let peer = Peer("peer", universe)
            let done = DispatchSemaphore(value: 0)
            Thread {
                peer.spawn { $0.count() }
                done.signal()
            }.start()
            done.wait()
        }
    }

    @Test func endingTheUniverseFromAnotherThread() async {
        await #expect(processExitsWith: .exitCode(107)) {
            let universe = Universe(seed: 1)
            let done = DispatchSemaphore(value: 0)
            Thread {
                universe.end()
                done.signal()
            }.start()
            done.wait()
        }
    }

    @Test func aWaiterThatHasDoneItsService() async {
        await #expect(processExitsWith: .exitCode(107)) {
            Self.run { peer in
                let waiter = peer.process.makeWaiter()
                peer.universe.wake(waiter)
                _ = try await peer.process.wait(waiter)
                _ = try await peer.process.wait(waiter)
            }
        }
    }

    /// What the kernel knows of is no escape: nested calls, waits, ends of tasks, the end of a process.
    @Test func allThatTheKernelKnowsIsNoEscape() {
        let universe = Universe(seed: 1)
        let (peer, other) = (Peer("peer", universe), Peer("other", universe))
        peer.spawn { peer in
            _ = try await other.work(.seconds(1))
            let waiter = peer.process.makeWaiter()
            #expect(try await peer.process.wait(waiter, timeout: .seconds(1)) == .timedOut)
            Task {
                _ = peer
                _ = try await peer.work(.seconds(1))
                peer.log("plain task")
            }
            peer.spawn { peer in
                peer.process.crash()
                try await peer.process.vanish()
            }
        }
        universe.run()
        #expect(universe.failures.isEmpty)
        universe.end()
    }
}
