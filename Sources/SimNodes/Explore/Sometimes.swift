/// Situations that a thorough exploration must have been in: those in which designs break.
///
/// Each is counted at the place in the code where it happens. One that no run has reached is a hole: whatever would
/// break there has not been tried.
public enum Sometimes: UInt8, CaseIterable, Sendable {
    case failoverWhileLocked, failoverWithOpenTransactions
    case commitUnknown, commitRecoveredUntold, committedAfterGiveUp, committedWithoutCacheUpdate
    case duplicateRefused, guardDecided, versionConflict
    case lockGoneUnderHolder, holderDiedWithLock, lockBusy, lockNotReplicated
    case poolWaited, poolExhausted, poolMovedUnderLoan
    case statementRetriedOnPrimary, rowLockTimedOut, sessionLostWithLocks, writeRefusedReadOnly
    case semiSyncFellBack, semiSyncCameBack, promotedUnapplied, promotionAbandoned
    case sessionTimedOut, primaryMadeWritable, strayRejoined, strayRebuilt
    case managerBlind, oldPrimaryCameBack, oldPrimaryHasExtraWrites
    case redisCommandReplayed, redisCommandTimedOut, redisTwoMasters, redisReadOnly, redisTooFewReplicas
    case redisDroppedData, redisPartialResync, redisRestartedEmpty, sentinelElectionRepeated, sentinelTilt
    case sentinelNamedReplica
    case stockMissingInCache, staleReadServed, cacheRefilledFromLaggingReplica, rebuildAwaited
    case reservationForgotten, reservationReaped, reservationNotReplicated, stockRewarmed
    case staleFillRefused, deadlineRefused, ownWriteAwaitedInVain, breakerRefused
    case balancerSkippedServer, balancerWentOn, balancerHadNobody, retriedAfter504, retriedInDoubt

    /// What has happened, in one sentence.
    public var meaning: String {
        switch self {
        case .failoverWhileLocked: "A replica became the master while somebody held the lock of a product."
        case .failoverWithOpenTransactions: "The failed primary still had transactions open when another was promoted."
        case .commitUnknown: "The application could not know whether its COMMIT had taken effect."
        case .commitRecoveredUntold: "Crash recovery committed transactions whose clients were never told."
        case .committedAfterGiveUp: "An order was committed whose user had given up."
        case .committedWithoutCacheUpdate: "An order was committed, and the stock in Redis could not be updated."
        case .duplicateRefused: "The unique idempotency key refused a repeated order."
        case .guardDecided: "The stock check let a purchase pass, and the database refused it."
        case .versionConflict: "The row's version had changed between reading and writing."
        case .lockGoneUnderHolder: "A lock was gone, or another's, when its holder gave it back."
        case .holderDiedWithLock: "An application server died while it held the lock of a product."
        case .lockBusy: "A purchase found the product's lock taken."
        case .lockNotReplicated: "WAIT saw too few replicas have a lock."
        case .poolWaited: "A request waited for a database connection."
        case .poolExhausted: "A request got no database connection in time."
        case .poolMovedUnderLoan: "A pool was pointed to a new primary while its connections were in use."
        case .statementRetriedOnPrimary: "A read went to the primary after the replica had failed."
        case .rowLockTimedOut: "A statement gave up waiting for a row lock (1205)."
        case .sessionLostWithLocks: "A database session ended while its transaction had changed rows."
        case .writeRefusedReadOnly: "A database refused a write because it was read-only (1290)."
        case .semiSyncFellBack: "Semi-synchronous replication went on asynchronously."
        case .semiSyncCameBack: "A replica caught up, and commits waited for it again."
        case .promotedUnapplied: "A replica was chosen as primary that had not applied all that it had received."
        case .promotionAbandoned: "The failover manager gave a failover up."
        case .sessionTimedOut: "A database ended a session that had been silent for too long (wait_timeout)."
        case .primaryMadeWritable: "The failover manager found a primary read-only and made it writable."
        case .strayRejoined: "A server that did not follow the primary was made to."
        case .strayRebuilt: "A server with transactions that the primary lacks was provisioned anew."
        case .managerBlind: "The failover manager could not reach a primary that its replicas still followed."
        case .oldPrimaryCameBack: "A failed primary came back, taking writes, after another had been promoted."
        case .oldPrimaryHasExtraWrites: "A failed primary came back with transactions that the new one lacks."
        case .redisCommandReplayed: "The Redis client sent a command again because its answer was lost."
        case .redisCommandTimedOut: "A Redis command got no answer in time."
        case .redisTwoMasters: "Two Redis servers took themselves for masters at once."
        case .redisReadOnly: "A Redis replica refused a write."
        case .redisTooFewReplicas: "A Redis master refused a write because too few replicas followed."
        case .redisDroppedData: "A Redis server dropped the data it had for its master's (full resync)."
        case .redisPartialResync: "A Redis replica went on from where its connection had broken."
        case .redisRestartedEmpty: "A Redis server came back without any data."
        case .sentinelElectionRepeated: "A Sentinel was not elected, so that the failover had to be tried again."
        case .sentinelTilt: "A Sentinel noticed that its clock or its process had stood still."
        case .sentinelNamedReplica: "A Sentinel sent a client to a Redis server that was no master."
        case .stockMissingInCache: "Redis had no stock for a product that somebody wanted to buy."
        case .staleReadServed: "A view showed a version that had been overwritten before it began."
        case .cacheRefilledFromLaggingReplica: "The cache was filled from a replica that lagged behind."
        case .rebuildAwaited: "A view waited for another one to fill the cache."
        case .reservationForgotten: "An order was placed whose reservation Redis had forgotten."
        case .reservationReaped: "A job found a reservation that its purchase had neither sold nor given back."
        case .reservationNotReplicated: "WAIT saw too few replicas have a reservation."
        case .stockRewarmed: "The stock of a product in Redis was loaded from the database again."
        case .staleFillRefused: "A reader was kept from storing what had been overwritten meanwhile."
        case .deadlineRefused: "A server dropped a purchase whose user waited no longer."
        case .ownWriteAwaitedInVain: "A replica lacked a user's purchase for longer than its view waited."
        case .breakerRefused: "An open circuit breaker turned a purchase away."
        case .balancerSkippedServer: "The load balancer took a server out because of its failures."
        case .balancerWentOn: "The load balancer tried a second server for one request."
        case .balancerHadNobody: "The load balancer had no server left."
        case .retriedAfter504: "A user tried again after a gateway's time-out."
        case .retriedInDoubt: "A user tried again without knowing whether the first attempt had taken effect."
        }
    }

    /// The name, as reports and files have it.
    public var name: String { "\(self)" }

    static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
}

/// A set of situations, in one word.
public struct SometimesSet: Hashable, Sendable {
    private(set) var word: UInt64 = 0

    public init() {}

    public init(_ situations: some Sequence<Sometimes>) { for situation in situations { insert(situation) } }

    @inline(__always)
    public mutating func insert(_ situation: Sometimes) { word |= 1 << UInt64(situation.rawValue) }

    public func contains(_ situation: Sometimes) -> Bool { word & 1 << UInt64(situation.rawValue) != 0 }

    /// In the order of the catalogue.
    public var members: [Sometimes] { word == 0 ? [] : Sometimes.allCases.filter(contains) }
}

/// The situations that a run has been in: noting one is a bit in a word.
package final class Situations: @unchecked Sendable {
    package private(set) var reached = SometimesSet()
    /// Purchases that believe to hold a lock at the moment.
    private(set) var locksHeld = 0

    @inline(__always)
    package func reach(_ situation: Sometimes) { reached.insert(situation) }

    func lockTaken() { locksHeld += 1 }
    func lockGiven() { locksHeld -= 1 }

    /// Somebody has just been promoted.
    func promoted() { if locksHeld > 0 { reach(.failoverWhileLocked) } }
}
