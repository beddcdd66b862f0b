import SimNodes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Turns ctrl-C into something that can be asked about.
enum Interruption {
    /// Has `action` called, on a thread of its own, when somebody interrupts the program.
    ///
    /// The signal is blocked in the threads that are started afterwards, so that one thread alone takes it: a handler
    /// could do next to nothing safely.
    static func observe(_ action: @escaping @Sendable () -> Void) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        _ = WorkerThread.start {
            var signals = waited
            var signal: Int32 = 0
            guard sigwait(&signals, &signal) == 0 else { return }
            action()
            // Who asks a second time doesn't want the report either.
            if sigwait(&signals, &signal) == 0 { _exit(ExitCode.interrupted.rawValue) }
        }
    }

    /// Ends the process although threads are still running, which `exit` would wait for or trip over.
    static func leave(_ code: ExitCode) -> Never { _exit(code.rawValue) }
}

/// Gives a crash of the program the exit code of a fault of the program.
enum FaultSignals {
    static func install() {
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] { systemSignal(signal) }
    }

    private static func systemSignal(_ number: Int32) {
        _ = signal(number) { _ in
            // Only functions that are safe in a handler.
            let text: StaticString = "SimRunner: this is a fault of the program, not of the design under test.\n"
            _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
            _exit(107)
        }
    }
}
