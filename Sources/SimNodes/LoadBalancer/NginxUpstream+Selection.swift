import Topology

extension NginxUpstream {
    /// Chooses a peer and books the request there; `nil` when neither a primary nor a backup will do.
    ///
    /// A request that once went over to the backups stays with them. Nothing is forgiven when nobody is left: releases
    /// before 1.11.5 reset all failure counts then, the modelled ones answer "no live upstreams" until `fail_timeout`.
    mutating func choose(_ request: inout Request, now: Instant) -> Int? {
        let second = Self.second(now)
        var chosen: Int?
        if isSingle {
            let peer = peers[0]
            let isFull = peer.server.maxConnections > 0 && peer.connections >= peer.server.maxConnections
            chosen = peer.server.isDown || !peer.isHealthy || isFull ? nil : 0
        } else {
            chosen = select(from: request.usesBackups ? backups : primaries, request, now)
            if chosen == nil, !request.usesBackups, !backups.isEmpty {
                request.usesBackups = true
                chosen = select(from: backups, request, now)
            }
        }
        guard let chosen else { return nil }
        if !isSingle {
            request.tried.insert(chosen)
            // Moving `checked` on makes the other requests of this window skip the peer: one probe at a time.
            if second - peers[chosen].checked > peers[chosen].failTimeoutSeconds { peers[chosen].checked = second }
        }
        peers[chosen].connections += 1
        peers[chosen].chosen += 1
        peers[chosen].maxConnectionsSeen = max(peers[chosen].maxConnectionsSeen, peers[chosen].connections)
        return chosen
    }

    private mutating func select(from group: [Int], _ request: Request, _ now: Instant) -> Int? {
        switch settings.policy {
        case .roundRobin: roundRobin(group, request, now)
        case .leastConnections: leastConnections(group, request, now)
        }
    }

    /// `ngx_http_upstream_get_peer`: every eligible peer gains its working weight, the heaviest pays the total.
    private mutating func roundRobin(_ group: [Int], _ request: Request, _ now: Instant) -> Int? {
        let second = Self.second(now)
        var best: Int?
        var total = 0
        for index in group where !request.tried.contains(index) && peers[index].isEligible(second: second) {
            total += gainWeight(index, now)
            if let leader = best, peers[index].currentWeight <= peers[leader].currentWeight { continue }
            best = index
        }
        if let best { peers[best].currentWeight -= total }
        return best
    }

    /// `ngx_http_upstream_get_least_conn_peer`: connections divided by weight, compared crosswise.
    private mutating func leastConnections(_ group: [Int], _ request: Request, _ now: Instant) -> Int? {
        let second = Self.second(now)
        var best: Int?
        var first = 0
        var isTied = false
        for (position, index) in group.enumerated()
        where !request.tried.contains(index) && peers[index].isEligible(second: second) {
            let order = best.map { load(index, against: $0, now) } ?? -1
            if order < 0 {
                best = index
                first = position
                isTied = false
            } else if order == 0 {
                isTied = true
            }
        }
        guard let least = best, isTied else { return best }
        // Round robin among equals; peers before the first of them cannot tie, so nginx does not look at them.
        var total = 0
        var heaviest = least
        for index in group[first...]
        where load(index, against: least, now) == 0 && !request.tried.contains(index)
            && peers[index].isEligible(second: second)
        {
            total += gainWeight(index, now)
            if peers[index].currentWeight > peers[heaviest].currentWeight { heaviest = index }
        }
        peers[heaviest].currentWeight -= total
        return heaviest
    }

    /// Negative if `index` has fewer connections for its weight than `other`, zero if as many.
    private func load(_ index: Int, against other: Int, _ now: Instant) -> Int {
        peers[index].connections * grown(other, peers[other].server.weight, now)
            - peers[other].connections * grown(index, peers[index].server.weight, now)
    }

    /// Adds the working weight to the current one, returns what it added, and lets the weight recover by one.
    private mutating func gainWeight(_ index: Int, _ now: Instant) -> Int {
        let weight = peers[index].effectiveWeight
        let gain = grown(index, weight, now)
        peers[index].currentWeight += gain
        if weight < peers[index].server.weight { peers[index].effectiveWeight += 1 }
        return gain
    }

    private func grown(_ index: Int, _ weight: Int, _ now: Instant) -> Int {
        hasSlowStart ? weight * peers[index].grown(by: now) : weight
    }

    /// `ngx_http_upstream_free_round_robin_peer`: the attempt is over; returns whether it took the peer out.
    mutating func release(_ request: inout Request, failed: Bool, now: Instant) -> Bool {
        guard let index = request.peer else { preconditionFailure("the request is open at no peer") }
        request.peer = nil
        peers[index].connections -= 1
        if failed { peers[index].failedAttempts += 1 }
        if isSingle {
            request.tries = 0
            return false
        }
        var isDisabled = false
        if failed {
            let second = Self.second(now)
            let maxFails = peers[index].server.maxFails
            peers[index].fails += 1
            peers[index].accessed = second
            peers[index].checked = second
            if maxFails > 0 {
                let penalty = peers[index].server.weight / maxFails
                peers[index].effectiveWeight = max(0, peers[index].effectiveWeight - penalty)
                isDisabled = peers[index].fails >= maxFails
            }
        } else if peers[index].accessed < peers[index].checked {
            // Whatever did not fail after a probe's pick marks the peer live, even a request whose client left.
            let maxFails = peers[index].server.maxFails
            if maxFails > 0, peers[index].fails >= maxFails { peers[index].backSince = now }
            peers[index].fails = 0
        }
        if request.tries > 0 { request.tries -= 1 }
        return isDisabled
    }
}
