import Glibc

/// Stops the program when a run has left its universe: the result could no longer be trusted, nor repeated.
enum Trap {
    /// A job arrived from a thread that isn't the universe's.
    static func foreignEnqueue() -> Never {
        fail(
            "a job was enqueued from a foreign thread: something in this universe suspended by other means. \(suspects)"
        )
    }

    /// A job ran, and neither ended nor went back to the kernel.
    static func escape() -> Never {
        fail("a task suspended by other means than the kernel's and left its universe. \(suspects)")
    }

    private static let suspects = """
        Look for: Task.sleep, Task.yield, Task.detached, async let, task groups, AsyncStream, withCheckedContinuation,
        `await task.value`, a plain `Task {}` whose closure does not use the actor it was made in, a `@concurrent`
        function, or an actor whose unownedExecutor is not its process's. Inside a universe, wait with
        `process.sleep`, `process.wait` and `Network.call`, and start tasks with `spawn`.
        """

    /// An event lies before what has already run.
    static func past(_ time: Int64, cursor: Int64) -> Never {
        fail("an event was scheduled for \(time) ns, before \(cursor) ns: a delay beyond the end of the clock?")
    }

    /// A waiter was waited on twice.
    static func usedTicket() -> Never {
        fail("a task waited on a waiter that had done its service: each is good for one `process.wait`.")
    }

    /// Code that belongs to a universe ran on a thread that isn't its own.
    static func foreignThread() -> Never {
        fail("a universe was touched from a thread that did not create it: make and run each universe on one thread.")
    }

    /// A hop to the wire without a request, or a task start on the wire.
    static func strayHop() -> Never {
        fail(
            "a job reached the kernel's wire without saying until when it sleeps: only the kernel may call Wire.cross.")
    }

    /// A fault of the program, exit code 107.
    static func fail(_ message: String) -> Never {
        let text = "stampede: not deterministic: \(message)\n"
        _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        // Not `exit`: handlers of a process whose threads ran where they must not have no business running.
        _exit(107)
    }
}
