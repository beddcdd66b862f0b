import Topology

extension Sentinel {
    // MARK: Asking

    mutating func askOthers(forced: Bool, _ clock: Int64, _ actions: inout [SentinelAction]) {
        for index in sentinels.indices {
            let elapsed = clock - sentinels[index].lastAnswer
            if elapsed > SentinelPeriod.answerValidity {
                sentinels[index].saysMasterIsDown = false
                sentinels[index].leader = nil
            }
            guard master.isDown, sentinels[index].isConnected, forced || elapsed >= SentinelPeriod.ask else { continue }
            let question = SentinelQuestion(
                master: master.address, epoch: currentEpoch, candidate: failover == nil ? nil : id)
            actions.append(.askIsMasterDown(question, to: sentinels[index].address))
        }
    }

    /// Another Sentinel's question; `desync` comes from ``desync(random:)``.
    package mutating func answer(
        _ question: SentinelQuestion, now: Instant, desync: TimeSpan, into actions: inout [SentinelAction]
    ) -> SentinelAnswer {
        guard question.master == master.address else {
            return SentinelAnswer(isDown: false, leader: nil, leaderEpoch: 0)
        }
        let isDown = tiltSince == nil && master.isDown
        guard let candidate = question.candidate else {
            return SentinelAnswer(isDown: isDown, leader: nil, leaderEpoch: 0)
        }
        vote(for: candidate, in: question.epoch, now.milliseconds, desync, &actions)
        return SentinelAnswer(isDown: isDown, leader: leader, leaderEpoch: leaderEpoch)
    }

    /// Another Sentinel's answer.
    package mutating func receive(_ answer: SentinelAnswer, from address: RedisAddress, now: Instant) {
        guard case .sentinel(let index)? = place(of: address) else { return }
        sentinels[index].lastAnswer = now.milliseconds
        sentinels[index].saysMasterIsDown = answer.isDown
        if let leader = answer.leader {
            sentinels[index].leader = leader
            sentinels[index].leaderEpoch = answer.leaderEpoch
        }
    }

    /// A hello message, whatever way it came.
    package mutating func receive(_ hello: SentinelHello, now: Instant, into actions: inout [SentinelAction]) {
        guard hello.sentinelID != id, hello.masterName == configuration.masterName else { return }
        let clock = now.milliseconds
        if !sentinels.contains(where: { $0.runID == hello.sentinelID && $0.address == hello.address }) {
            let moved = sentinels.contains { $0.runID == hello.sentinelID }
            sentinels.removeAll { $0.runID == hello.sentinelID || $0.address == hello.address }
            var other = SentinelInstance(.sentinel, hello.address, now: clock)
            other.runID = hello.sentinelID
            sentinels.append(other)
            sentinels.sort { $0.address < $1.address }
            let name = moved ? "+sentinel-address-switch" : "+sentinel"
            actions.append(.event(SentinelEvent(name, hello.address, hello.sentinelID)))
        }
        adopt(hello.currentEpoch, &actions)
        guard configurationEpoch < hello.configurationEpoch else { return }
        configurationEpoch = hello.configurationEpoch
        guard hello.master != master.address else { return }
        actions.append(.event(SentinelEvent("+config-update-from", hello.address)))
        switchMaster(to: hello.master, clock, &actions)
    }

    private mutating func adopt(_ epoch: Int64, _ actions: inout [SentinelAction]) {
        guard epoch > currentEpoch else { return }
        currentEpoch = epoch
        actions.append(.event(SentinelEvent("+new-epoch", master.address, String(epoch))))
    }

    // MARK: Voting

    /// One vote an epoch: the first who asks gets it (`sentinelVoteLeader`).
    private mutating func vote(
        for candidate: String, in epoch: Int64, _ clock: Int64, _ desync: TimeSpan,
        _ actions: inout [SentinelAction]
    ) {
        adopt(epoch, &actions)
        guard leaderEpoch < epoch, currentEpoch <= epoch else { return }
        leader = candidate
        leaderEpoch = currentEpoch
        actions.append(
            .event(SentinelEvent("+vote-for-leader", master.address, "\(candidate) \(leaderEpoch)")))
        // Who votes for another holds back with an attempt of its own.
        if candidate != id { failoverStartTime = clock + desync.nanoseconds / 1_000_000 }
    }

    /// Who has the majority of all known Sentinels, the dead ones included, and the quorum (`sentinelGetLeader`).
    mutating func electedLeader(
        in epoch: Int64, _ clock: Int64, _ desync: TimeSpan, _ actions: inout [SentinelAction]
    ) -> String? {
        var votes: [String: Int] = [:]
        for other in sentinels where other.leaderEpoch == currentEpoch {
            if let leader = other.leader { votes[leader, default: 0] += 1 }
        }
        // Ties go by id, where the server lets its dictionary decide.
        let favourite = votes.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        vote(for: favourite ?? id, in: epoch, clock, desync, &actions)
        if let leader, leaderEpoch == epoch { votes[leader, default: 0] += 1 }
        guard let winner = votes.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else { return nil }
        let needed = max((sentinels.count + 1) / 2 + 1, configuration.quorum)
        return winner.value >= needed ? winner.key : nil
    }
}
