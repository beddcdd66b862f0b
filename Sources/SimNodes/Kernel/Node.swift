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
        let process = process
        let core = process.core
        if core.pointee.phase == .unwinding { return }
        assumeIsolated { node in
            core.pointee.request = .start
            core.pointee.requestTime = core.pointee.now &+ max(0, delay.nanoseconds)
            core.pointee.requestOwner = process.number
            core.pointee.requestIncarnation = process.life
            Task {
                // Using the node makes the closure isolated to it, so the task starts on its executor.
                _ = node
                // At the end of the universe, a task that has not begun must not begin.
                if process.core.pointee.phase == .unwinding { return }
                do {
                    try await body(node)
                } catch is Halted {
                    // The end of the universe, not a fault.
                } catch {
                    process.universe.fail("a task of \(process.name) ended with \(error)")
                }
                process.core.pointee.finished &+= 1
            }
        }
    }
}

/// What a helper of a node has the node do in a task of its own.
///
/// The isolation is a parameter, since one that is only inherited gets lost in a stored closure.
package typealias ProcessWork = @Sendable (isolated any Actor) async throws -> Void
