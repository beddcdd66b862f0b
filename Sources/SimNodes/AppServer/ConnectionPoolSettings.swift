import Topology

/// HikariCP's configuration, with its defaults (6.0.0) and the corrections `HikariConfig.validateNumerics` makes.
package struct ConnectionPoolSettings: Hashable, Sendable {
    /// `poolName`, the beginning of its messages.
    package let name: String
    /// Most connections at once, idle and in use.
    package let maximumPoolSize: Int
    /// Idle connections the pool tries to keep; equal to the maximum unless set.
    package let minimumIdle: Int
    /// How long a borrower waits; the actor keeps this time.
    package let connectionTimeout: TimeSpan
    /// How long a validation may take; the actor keeps this time.
    package let validationTimeout: TimeSpan
    /// Idle connections above `minimumIdle` close after this; zero means never.
    package let idleTimeout: TimeSpan
    /// Age at which a connection is retired once it is idle; zero means never.
    package let maxLifetime: TimeSpan
    /// A connection used within this time is handed out without a validation (`aliveBypassWindowMs`).
    package let aliveBypassWindow: TimeSpan

    /// The shortest connection time-out HikariCP accepts (`SOFT_TIMEOUT_FLOOR`).
    package static let shortestTimeout = TimeSpan.milliseconds(250)
    /// The time between two runs of the housekeeper.
    package static let housekeepingPeriod = TimeSpan.seconds(30)
    /// The time from the pool's start to the first run of the housekeeper.
    package static let firstHousekeeping = TimeSpan.milliseconds(100)
    /// The creator's sleep after an added connection (`PoolEntryCreator.call`, since 5.1.0).
    package static let pauseAfterAdding = TimeSpan.milliseconds(30)
    /// The creator's first sleep after a failure; it doubles with each.
    package static let firstBackoff = TimeSpan.milliseconds(10)
    /// The creator's longest sleep after a failure.
    package static let longestBackoff = TimeSpan.seconds(5)

    /// A configuration; what HikariCP would correct is corrected here in the same way, time-outs below the floor are raised.
    package init(
        name: String = "HikariPool-1", maximumPoolSize: Int = 10, minimumIdle: Int? = nil,
        connectionTimeout: TimeSpan = .seconds(30), validationTimeout: TimeSpan = .seconds(5),
        idleTimeout: TimeSpan = .seconds(600), maxLifetime: TimeSpan = .seconds(1_800),
        aliveBypassWindow: TimeSpan = .milliseconds(500)
    ) {
        let maximum = maximumPoolSize < 1 ? 10 : maximumPoolSize
        let minimum = minimumIdle.map { $0 < 0 || $0 > maximum ? maximum : $0 } ?? maximum
        let lifetime =
            maxLifetime != .zero && maxLifetime < .seconds(30) ? TimeSpan.seconds(1_800) : maxLifetime
        var idle = idleTimeout
        if minimum < maximum {
            if lifetime > .zero, idle + .seconds(1) > lifetime {
                idle = .zero
            } else if idle != .zero, idle < .seconds(10) {
                idle = .seconds(600)
            }
        }
        self.name = name
        self.maximumPoolSize = maximum
        self.minimumIdle = minimum
        self.connectionTimeout = max(connectionTimeout, Self.shortestTimeout)
        self.validationTimeout = max(validationTimeout, Self.shortestTimeout)
        self.idleTimeout = idle
        self.maxLifetime = lifetime
        self.aliveBypassWindow = aliveBypassWindow
    }

    /// The lifetime of one connection: `maxLifetime` less up to 2.5 %, in whole milliseconds, for a `random` from 0 up to 1.
    ///
    /// `nil` when connections live for ever. Up to 10 s nothing is taken off (`HikariPool.createPoolEntry`).
    package func lifetime(random: Double) -> TimeSpan? {
        guard maxLifetime > .zero else { return nil }
        guard maxLifetime > .seconds(10) else { return maxLifetime }
        let variance = maxLifetime.nanoseconds / 1_000_000 / 40
        return maxLifetime - .milliseconds(Int64(random * Double(variance)))
    }
}
