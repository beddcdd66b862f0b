import Topology

/// Active health checks of an upstream (`health_check` of the commercial nginx).
///
/// The actor sends a request to every peer each interval and tells how it went; a change goes to
/// `NginxUpstream.setHealthy`. Passive failure counts are a thing of their own and are not touched.
package struct NginxHealthCheck: Sendable {
    /// The parameters of `health_check`; the defaults are nginx's.
    package struct Settings: Hashable, Sendable {
        /// The time between two checks of a peer.
        package var interval: TimeSpan
        /// Each check is put off by a random time up to this.
        package var jitter: TimeSpan
        /// Failed checks in a row that make a peer unhealthy.
        package var fails: Int
        /// Passed checks in a row that make it healthy again.
        package var passes: Int
        /// Whether a peer is out until its first check is over (`mandatory`).
        package var isMandatory: Bool

        /// Parameters with nginx's defaults.
        package init(
            interval: TimeSpan = .seconds(5), jitter: TimeSpan = .zero, fails: Int = 1, passes: Int = 1,
            isMandatory: Bool = false
        ) {
            self.interval = interval
            self.jitter = jitter
            self.fails = fails
            self.passes = passes
            self.isMandatory = isMandatory
        }
    }

    /// A peer's change of state.
    package enum Change: Hashable, Sendable { case unhealthy, healthy }

    private struct PeerState: Sendable {
        var isHealthy = true
        /// The first check of a mandatory one is not over.
        var isChecking = false
        /// Checks in a row that speak against the present state.
        var against = 0
    }

    /// The parameters of the checks.
    package let settings: Settings
    private var peers: [PeerState]

    /// Checks of so many peers, all of them healthy at first unless the checks are mandatory.
    package init(peers: Int, settings: Settings = Settings()) {
        self.settings = settings
        let first = PeerState(isHealthy: !settings.isMandatory, isChecking: settings.isMandatory)
        self.peers = Array(repeating: first, count: peers)
    }

    /// Whether the checks think that the peer is healthy.
    package func isHealthy(_ peer: Int) -> Bool { peers[peer].isHealthy }

    /// Whether a check answered with this status passes: 2xx and 3xx do; no answer at all fails.
    package static func passes(status: Int) -> Bool { (200..<400).contains(status) }

    /// The time until a peer's next check, for a `random` number from 0 up to 1.
    package func delay(random: Double) -> TimeSpan { settings.interval + settings.jitter * random }

    /// Takes in the result of one check; returns the change it made, if it made one.
    package mutating func checked(_ peer: Int, passed: Bool) -> Change? {
        if peers[peer].isChecking {
            peers[peer] = PeerState(isHealthy: passed)
            return passed ? .healthy : .unhealthy
        }
        guard passed != peers[peer].isHealthy else {
            peers[peer].against = 0
            return nil
        }
        peers[peer].against += 1
        guard peers[peer].against >= (passed ? settings.passes : settings.fails) else { return nil }
        peers[peer] = PeerState(isHealthy: passed)
        return passed ? .healthy : .unhealthy
    }
}
