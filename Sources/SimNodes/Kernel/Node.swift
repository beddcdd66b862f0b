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
}

/// What a helper of a node has the node do in a task of its own.
///
/// The isolation is a parameter, since one that is only inherited gets lost in a stored closure.
package typealias ProcessWork = @Sendable (isolated any Actor) async throws -> Void
