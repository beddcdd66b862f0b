extension SystemTopology {
    /// What has nobody to take over when it dies, each with the reason.
    public var singlePointsOfFailure: [String] {
        var alone: [String] = []
        if let loadBalancer { alone.append("\(loadBalancer.name) (the only load balancer)") }
        if application.servers.count == 1 { alone.append("\(application.servers[0]) (the only application server)") }
        if let redis { alone += redis.singlePointsOfFailure }
        if let mysql { alone += mysql.singlePointsOfFailure }
        return alone
    }
}

extension RedisSettings {
    fileprivate var singlePointsOfFailure: [String] {
        if replicas.isEmpty { return ["\(master) (no replica)"] }
        let count = sentinels.names.count
        if count == 0 { return ["\(master) (no Sentinel fails over)"] }
        // A leader needs the votes of a majority of all known Sentinels, or of the quorum if that is more.
        let needed = max(count / 2 + 1, sentinels.quorum)
        if count - 1 < needed {
            return ["any of \(sentinels.names.joined(separator: ", ")) (\(needed) of \(count) must agree)"]
        }
        return []
    }
}

extension MySQLSettings {
    fileprivate var singlePointsOfFailure: [String] {
        if replicas.isEmpty { return ["\(primary) (no replica)"] }
        guard let failover else { return ["\(primary) (nobody fails over)"] }
        return ["\(failover.manager) (the only failover manager)"]
    }
}
