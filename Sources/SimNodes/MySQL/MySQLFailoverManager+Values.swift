import Topology

/// What the manager is told, and what it asks for.
extension MySQLFailoverManager {
    /// What to do about relay logs before a replica is promoted.
    package enum RelayLogWait: Hashable, Sendable {
        /// `DelayMasterPromotionIfSQLThreadNotUpToDate`.
        case wait
        /// `FailMasterPromotionIfSQLThreadNotUpToDate`.
        case fail
        case ignore
    }

    /// What is done to the old primary before another one is promoted.
    package enum Fence: Hashable, Sendable {
        case none
        /// SET GLOBAL super_read_only = 1; does nothing to a server that cannot be reached.
        case superReadOnly
        /// The machine is switched off by other means than the network to it.
        case stonith
        /// The same, and it starts again.
        case reboot
    }

    /// What a promotion has to keep (Vitess's `durability_policy`).
    package enum Durability: Hashable, Sendable {
        /// Whoever is reachable and has most is promoted.
        case none
        /// What one replica has acknowledged is kept: nobody is promoted before all that may have it are seen.
        case semiSync
    }

    /// What becomes of a server that does not follow the primary.
    package enum Strays: Hashable, Sendable {
        case leave
        case rejoin
        /// The same, and one that has transactions which the primary lacks is provisioned anew.
        case rebuild
    }

    /// Settings, with orchestrator's defaults.
    package struct Settings: Hashable, Sendable {
        /// `InstancePollSeconds`.
        package var pollInterval = TimeSpan.seconds(5)
        /// `RecoveryPollSeconds`: how often it looks for failures.
        package var recoveryPoll = TimeSpan.seconds(1)
        /// Failed polls in a row that make a server unreachable.
        package var confirmations = 1
        /// Dead only if every replica has lost it as well (`DeadMaster`, not `UnreachableMaster`).
        package var requiresReplicaAgreement = true
        package var waitForRelayLog = RelayLogWait.ignore
        package var fence = Fence.none
        /// `RecoveryPeriodBlockSeconds`: no second recovery for so long.
        package var recoveryBlock = TimeSpan.seconds(3600)
        /// `RecoverNonWriteableMaster`.
        package var makesPrimaryWritable = false
        package var strays = Strays.leave
        package var durability = Durability.none

        package init() {}
    }

    /// What a replica answers to SHOW REPLICA STATUS.
    package struct ReplicaStatus: Hashable, Sendable {
        package var isReceiving: Bool
        /// Transactions that it has, applied or not.
        package var received: Int
        package var applied: Int
        /// `Replica_IO_Running: No`: it does not even try to connect.
        package var isStopped: Bool
        /// The number of the latest transaction that it has of those that the present primary made; told in a survey only.
        package var ofPrimary: Int64

        package init(
            isReceiving: Bool, received: Int, applied: Int, isStopped: Bool = false, ofPrimary: Int64 = 0
        ) {
            self.isReceiving = isReceiving
            self.received = received
            self.applied = applied
            self.isStopped = isStopped
            self.ofPrimary = ofPrimary
        }
    }

    /// What the manager thinks of the primary.
    package enum Analysis: Hashable, Sendable {
        case healthy
        /// It does not answer, but replicas still replicate: no failover.
        case unreachablePrimary
        /// It does not answer and neither does any replica: no failover.
        case deadPrimaryAndReplicas
        /// It does not answer and all replicas that do have lost it.
        case deadPrimary
        /// It answers, replicas follow it, and it refuses writes (`NoWriteableMasterStructureWarning`).
        case readOnlyPrimary
    }

    package enum Action: Hashable, Sendable {
        /// Ask the server for its state; answer with `answered` or `failed`.
        case poll(Int32)
        /// Fence the old primary; answer with `fenced`.
        case fence(Int32, Fence)
        /// STOP REPLICA IO_THREAD; answer with `replicationStopped`.
        case stopReplication(Int32)
        /// START REPLICA IO_THREAD: nothing came of the failover.
        case startReplication(Int32)
        /// The primary is given up and this replica will take over; its receiver is to be stopped.
        case startPromotion(Int32)
        /// Report when the replica has applied everything that it has received, with `relayLogApplied`.
        case waitForRelayLog(Int32)
        /// RESET REPLICA ALL, read_only off; answer with `promoted` or `promotionFailed`.
        case promote(Int32)
        /// Make this replica replicate from the new primary.
        case repoint(Int32, to: Int32)
        /// read_only off; answer with `madeWritable`.
        case makeWritable(Int32)
        /// Have a server replicate from the primary if that has all it has; answer with `rejoined`.
        case rejoin(Int32, to: Int32)
        /// Provision a server anew from the primary, which takes a while.
        case rebuild(Int32, from: Int32)
        /// Tell clients (DNS, proxy, configuration).
        case announceNewPrimary(Int32)
        /// Recovery does not take place, or ends without a new primary.
        case abandon(Failure)
    }

    /// What came of a `rejoin` action.
    package enum Rejoining: Hashable, Sendable {
        case follows
        /// It has transactions that the primary lacks: somebody must rebuild it.
        case errant
        /// It, or the primary, did not answer.
        case unreachable
    }

    package enum Failure: Hashable, Sendable {
        /// There was a recovery less than `recoveryBlock` ago.
        case blockedByRecentRecovery
        case relayLogNotApplied
        case fenceFailed
        case candidateLost
        case staysReadOnly
        /// A server that is not seen may be the only one that has what clients were told of.
        case tooFewReached
    }
}
