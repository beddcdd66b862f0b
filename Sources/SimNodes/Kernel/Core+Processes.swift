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
        while !lives[index].deferred.isEmpty { dead.append(lives[index].deferred.removeFirst()) }
        endPause(index)
        lives[index].isDown = true
        lives[index].isDraining = false
    }

    /// Begins the next life of a process that is down.
    mutating func start(_ number: UInt32) {
        lives[Int(number)] = Life(incarnation: lives[Int(number)].incarnation + 1)
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
        guard lives[index].pausedSince != nil else { return }
        endPause(index)
        // The gate stays closed until all that waited has run: what is due at this very moment comes after it.
        if !lives[index].isDraining { scheduleDrain(of: number) }
    }

    private mutating func endPause(_ index: Int) {
        guard let since = lives[index].pausedSince else { return }
        lives[index].frozen += now - since
        lives[index].pauses.append((since, now))
        lives[index].pausedSince = nil
    }

    private mutating func scheduleDrain(of number: UInt32) {
        lives[Int(number)].isDraining = true
        events.insert(
            Event(
                time: now, payload: UInt(number), owner: Event.drain, incarnation: lives[Int(number)].incarnation))
    }

    /// The next job of those that became due during a pause; opens the gate after the last one.
    mutating func drain(_ number: UInt32, incarnation: UInt32) -> UInt? {
        let index = Int(number)
        guard lives[index].incarnation == incarnation, !lives[index].isDown else { return nil }
        lives[index].isDraining = false
        if lives[index].pausedSince != nil { return nil }
        guard !lives[index].deferred.isEmpty else {
            gates[index] = incarnation
            return nil
        }
        let job = lives[index].deferred.removeFirst()
        scheduleDrain(of: number)
        return job
    }

    /// How many tasks of living incarnations wait for somebody to wake them.
    var suspendedTasks: Int {
        waiters.count { owner, incarnation in
            lives[Int(owner)].incarnation == incarnation && !lives[Int(owner)].isDown
        }
    }

    /// Takes every suspended job and every errand out of the kernel, for the end of the universe.
    mutating func takeAllJobs() -> [UInt] {
        var jobs = dead
        dead = []
        while !ready.isEmpty { jobs.append(ready.removeFirst()) }
        events.removeAll { if $0.owner < Event.marks { jobs.append($0.payload) } }
        jobs += waiters.takeAllJobs()
        jobs += idle.map(\.job)
        idle = []
        for index in lives.indices {
            while !lives[index].deferred.isEmpty { jobs.append(lives[index].deferred.removeFirst()) }
        }
        return jobs
    }
}
