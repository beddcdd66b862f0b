import Topology

/// An actor that lives in a universe, in a process of its own.
public protocol Node: Actor {
    nonisolated var process: NodeProcess { get }
}

extension Node {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { process.executorReference }

    public nonisolated var universe: Universe { process.universe }

    /// Virtual time.
    public nonisolated var now: Instant { process.universe.now }

    /// Starts a task of this node, now or after a delay; it ends with the incarnation that it was started in.
    public nonisolated func spawn(
        after delay: TimeSpan = .zero, _ body: @escaping @Sendable (isolated Self) async throws -> Void
    ) {
        send(after: delay) { $0.hand(body) }
    }

    /// The same for an errand.
    nonisolated func spawn(after delay: TimeSpan, _ errand: Errand) { send(after: delay) { $0.hand(errand) } }

    /// Sends off a worker that is handed its work here: one at rest, or a new one.
    @inline(__always)
    private nonisolated func send(after delay: TimeSpan, _ hand: (NodeWorker<Self>) -> Void) {
        let process = process
        let core = process.core
        if core.pointee.phase == .unwinding { return }
        let time = core.pointee.now &+ max(0, delay.nanoseconds)
        guard let worker = process.idleWorker(of: self) else {
            let worker = NodeWorker(self)
            hand(worker)
            return start(worker, at: time)
        }
        hand(worker)
        core.pointee.insert(job: worker.job, time: time, owner: process.number, incarnation: process.life)
    }

    /// Makes the task of a new worker, which has been handed its first work.
    @inline(never)
    private nonisolated func start(_ worker: NodeWorker<Self>, at time: Int64) {
        let process = process
        let core = process.core
        assumeIsolated { node in
            core.pointee.request = .start
            core.pointee.requestTime = time
            core.pointee.requestOwner = process.number
            core.pointee.requestIncarnation = process.life
            Task {
                // Using the node makes the closure isolated to it, so the task starts on its executor.
                _ = node
                // At the end of the universe, a task that has not begun must not begin.
                if process.core.pointee.phase == .unwinding { return }
                repeat {
                    do {
                        guard try await worker.takeUp(at: node) else { return }
                    } catch is Halted {
                        // The end of the universe, not a fault.
                    } catch {
                        process.universe.fail("a task of \(process.name) ended with \(error)")
                    }
                } while await process.rest(worker)
                process.core.pointee.finished &+= 1
            }
        }
    }
}

/// What a helper of a node has the node do in a task of its own.
///
/// The isolation is a parameter, since one that is only inherited gets lost in a stored closure.
package typealias ProcessWork = @Sendable (isolated any Actor) async throws -> Void
