extension UnsafeMutablePointer<Core> {
    /// Runs events in order until none is left, a stop is reached or one was asked for.
    func loop(on executor: UnownedSerialExecutor) {
        pointee.isStopping = false
        while pointee.events.count > 0, !pointee.isStopping {
            let event = pointee.events.removeFirst()
            pointee.now = event.time
            if event.owner == Event.stop {
                if event.payload == pointee.limit { return }
                continue
            }
            dispatch(event, on: executor)
            // To quiescence before the next event: how many jobs one event makes ready depends on the optimiser.
            while !pointee.ready.isEmpty {
                unsafeBitCast(pointee.ready.removeFirst(), to: UnownedJob.self).runSynchronously(on: executor)
            }
            // Waiting until the job comes back from another thread would trap too, but only if the run lasts so long.
            if _slowPath(pointee.executed > pointee.suspended &+ pointee.finished) { Trap.escape() }
        }
    }

    @inline(__always)
    private func dispatch(_ event: Event, on executor: UnownedSerialExecutor) {
        if event.owner < Event.marks {
            run(job: event.payload, owner: event.owner, incarnation: event.incarnation, on: executor)
        } else if event.owner == Event.wake {
            let index = UInt32(truncatingIfNeeded: event.payload >> 32)
            let generation = UInt32(truncatingIfNeeded: event.payload >> 8) & WaiterTable.generationMask
            guard pointee.waiters.isWaiting(Waiter(index: index, generation: generation)) else { return }
            pointee.cancelDeadline(of: index)
            resume(waiter: index, reason: UInt8(truncatingIfNeeded: event.payload), on: executor)
        } else if event.owner == Event.drain {
            guard let job = pointee.drain(UInt32(event.payload), incarnation: event.incarnation) else { return }
            execute(job: job, owner: UInt32(event.payload), on: executor)
        } else if let index = pointee.expire(list: UInt16(event.payload)) {
            resume(waiter: index, reason: WakeReason.timedOut.rawValue, on: executor)
        }
    }

    @inline(__always)
    private func resume(waiter index: UInt32, reason: UInt8, on executor: UnownedSerialExecutor) {
        let (job, owner, incarnation) = pointee.waiters.wake(index, reason: reason)
        // Woken before it suspended: the wait will not suspend at all.
        if job == 0 { return }
        run(job: job, owner: owner, incarnation: incarnation, on: executor)
    }

    @inline(__always)
    private func run(job: UInt, owner: UInt32, incarnation: UInt32, on executor: UnownedSerialExecutor) {
        if _slowPath(pointee.gates[Int(owner)] != incarnation) {
            return pointee.holdBack(job: job, owner: owner, incarnation: incarnation)
        }
        execute(job: job, owner: owner, on: executor)
    }

    @inline(__always)
    private func execute(job: UInt, owner: UInt32, on executor: UnownedSerialExecutor) {
        pointee.executed &+= 1
        pointee.digest.mix(UInt64(bitPattern: pointee.now) &+ UInt64(owner) << 48)
        unsafeBitCast(job, to: UnownedJob.self).runSynchronously(on: executor)
    }
}
