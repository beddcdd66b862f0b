extension UnsafeMutablePointer<Core> {
    /// Runs events in order until none is left, a stop is reached or one was asked for.
    func loop(on executor: UnownedSerialExecutor, _ crew: Crew) {
        pointee.isStopping = false
        while pointee.events.count > 0, !pointee.isStopping {
            let event = pointee.events.removeFirst()
            pointee.now = event.time
            if event.owner == Event.stop {
                if event.payload == pointee.limit { return }
                continue
            }
            dispatch(event, on: executor, crew)
            // To quiescence before the next event: how many jobs one event makes ready depends on the optimiser.
            while !pointee.ready.isEmpty {
                unsafeBitCast(pointee.ready.removeFirst(), to: UnownedJob.self).runSynchronously(on: executor)
            }
            // Waiting until the job comes back from another thread would trap too, but only if the run lasts so long.
            if _slowPath(pointee.executed > pointee.suspended &+ pointee.finished) { Trap.escape() }
        }
    }

    @inline(__always)
    private func dispatch(_ event: Event, on executor: UnownedSerialExecutor, _ crew: Crew) {
        if event.owner < Event.marks {
            run(job: event.payload, owner: event.owner, incarnation: event.incarnation, on: executor, crew)
        } else if event.owner == Event.wake {
            let index = UInt32(truncatingIfNeeded: event.payload >> 32)
            let generation = UInt32(truncatingIfNeeded: event.payload >> 8) & WaiterTable.generationMask
            guard pointee.waiters.isWaiting(Waiter(index: index, generation: generation)) else { return }
            pointee.cancelDeadline(of: index)
            resume(waiter: index, reason: UInt8(truncatingIfNeeded: event.payload), on: executor, crew)
        } else if event.owner == Event.drain {
            guard let job = pointee.drain(UInt32(event.payload), incarnation: event.incarnation) else { return }
            execute(job: job, owner: UInt32(event.payload), on: executor, crew)
        } else if let index = pointee.expire(list: UInt16(event.payload)) {
            resume(waiter: index, reason: WakeReason.timedOut.rawValue, on: executor, crew)
        }
    }

    @inline(__always)
    private func resume(waiter index: UInt32, reason: UInt8, on executor: UnownedSerialExecutor, _ crew: Crew) {
        let (job, owner, incarnation) = pointee.waiters.wake(index, reason: reason)
        // Woken before it suspended: the wait will not suspend at all.
        if job == 0 { return }
        run(job: job, owner: owner, incarnation: incarnation, on: executor, crew)
    }

    @inline(__always)
    private func run(
        job: UInt, owner: UInt32, incarnation: UInt32, on executor: UnownedSerialExecutor, _ crew: Crew
    ) {
        if _slowPath(pointee.gates[Int(owner)] != incarnation) {
            return pointee.holdBack(job: job, owner: owner, incarnation: incarnation)
        }
        execute(job: job, owner: owner, on: executor, crew)
    }

    @inline(__always)
    private func execute(job: UInt, owner: UInt32, on executor: UnownedSerialExecutor, _ crew: Crew) {
        pointee.executed &+= 1
        pointee.digest.mix(UInt64(bitPattern: pointee.now) &+ UInt64(owner) << 48)
        if Errand.isErrand(job) {
            begin(Errand.take(job), owner: owner, on: executor, crew)
        } else {
            unsafeBitCast(job, to: UnownedJob.self).runSynchronously(on: executor)
        }
    }

    /// Has a worker take up an errand: one at rest, or a new one.
    @inline(__always)
    private func begin(_ errand: Errand, owner: UInt32, on executor: UnownedSerialExecutor, _ crew: Crew) {
        if let worker = pointee.idle.popLast() {
            worker.hand(errand, owner: owner)
            unsafeBitCast(worker.job, to: UnownedJob.self).runSynchronously(on: executor)
        } else {
            let worker = Worker()
            worker.hand(errand, owner: owner)
            crew.hire(worker)
        }
    }
}
