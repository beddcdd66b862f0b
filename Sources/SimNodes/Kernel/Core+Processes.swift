extension Core {
    /// Registers a process and returns its number.
    mutating func addProcess() -> UInt32 {
        gates.append(0)
        lives.append(Life())
        return UInt32(gates.count - 1)
    }

    /// Ends a process's life: nothing that it had suspended runs again.
    mutating func crash(_ number: UInt32) {
        let index = Int(number)
        gates[index] = Self.closedGate
        dead.append(contentsOf: lives[index].deferred)
        lives[index] = Life(incarnation: lives[index].incarnation + 1, isDown: true)
    }

    /// Begins the next life of a process that is down.
    mutating func start(_ number: UInt32) {
        lives[Int(number)].isDown = false
        gates[Int(number)] = lives[Int(number)].incarnation
    }

    /// Stops a running process in its tracks: what becomes due waits.
    mutating func pause(_ number: UInt32) {
        gates[Int(number)] = Self.closedGate
        lives[Int(number)].pausedSince = now
    }

    /// Lets a paused process go on with everything that became due in the meantime, in its order.
    mutating func resume(_ number: UInt32) {
        let index = Int(number)
        guard let since = lives[index].pausedSince else { return }
        lives[index].frozen += now - since
        lives[index].pausedSince = nil
        gates[index] = lives[index].incarnation
        let deferred = lives[index].deferred
        lives[index].deferred = []
        for job in deferred { insert(job: job, time: now, owner: number, incarnation: gates[index]) }
    }

    /// Takes every suspended job out of the kernel, for the end of the universe.
    mutating func takeAllJobs() -> [UInt] {
        var jobs = dead
        dead = []
        while !ready.isEmpty { jobs.append(ready.removeFirst()) }
        events.removeAll { if $0.owner < Event.stop { jobs.append($0.payload) } }
        jobs += waiters.takeAllJobs()
        for index in lives.indices {
            jobs += lives[index].deferred
            lives[index].deferred = []
        }
        return jobs
    }
}
