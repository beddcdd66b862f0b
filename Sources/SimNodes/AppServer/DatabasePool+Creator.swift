import Topology

/// The pool's own tasks: one creator, the housekeeper, and the filling of a pool that is to be warm.
extension DatabasePool {
    /// One attempt of the creator; only the latest one counts.
    func openConnection() {
        attemptNumber += 1
        let number = attemptNumber
        spawn { [self] _ in
            do {
                let session = try await driver.open(target, timeout: connectTimeout)
                opened(session, attempt: number)
            } catch {
                guard let cause = ConnectionPoolTimeout.Cause(error) else { throw error }
                if number == attemptNumber { advance { $0.openFailed(cause, actions: &$1) } }
            }
        }
    }

    private func opened(_ session: Driver.Session, attempt: Int) {
        guard attempt == attemptNumber else { return driver.close(session) }
        if let connection = machine.opened(random: random.uniform(), now: now, actions: &actions) {
            setSession(session, of: connection)
        } else {
            driver.close(session)
        }
        perform()
    }

    /// Opens all connections at the same time; what fails is left to the housekeeper.
    func prefill() {
        for _ in 0..<machine.settings.maximumPoolSize { spawn { [self] _ in try await preload() } }
    }

    private nonisolated(nonsending) func preload() async throws {
        let number = targetNumber
        do {
            let session = try await driver.open(target, timeout: connectTimeout)
            guard number == targetNumber,
                let connection = machine.preload(random: random.uniform(), now: now, actions: &actions)
            else { return driver.close(session) }
            setSession(session, of: connection)
            perform()
        } catch {
            if ConnectionPoolTimeout.Cause(error) == nil { throw error }
        }
    }

    /// HikariCP's housekeeper: from time to time it fills the pool and closes what was idle too long.
    nonisolated(nonsending) func keepHouse() async throws {
        while true {
            advance { [now] in $0.housekeep(now: now, actions: &$1) }
            try await process.sleep(ConnectionPoolSettings.housekeepingPeriod)
        }
    }
}
