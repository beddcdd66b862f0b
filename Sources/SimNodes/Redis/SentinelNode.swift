import Topology

/// A redis-sentinel in a process of its own: its machine, its timer and its links.
package actor SentinelNode: Listener {
    /// Takes the name of a new master on its way to a client, and after which delay it arrives.
    package typealias Push = @Sendable (TimeSpan, String) -> Void

    /// How a Sentinel finds whom it talks to, by name.
    package struct AddressBook: Sendable {
        let server: @Sendable (String) -> RedisNode?
        let sentinel: @Sendable (String) -> SentinelNode?

        /// Neither closure may keep the nodes alive; somebody else must for as long as the universe runs.
        package init(
            server: @escaping @Sendable (String) -> RedisNode?, sentinel: @escaping @Sendable (String) -> SentinelNode?
        ) {
            (self.server, self.sentinel) = (server, sentinel)
        }
    }

    package nonisolated let process: NodeProcess
    nonisolated let world: World
    /// Where the Sentinel listens; the host is the node's name.
    package nonisolated let address: RedisAddress
    private var random: RandomStream
    var addressBook = AddressBook(server: { _ in nil }, sentinel: { _ in nil })

    /// Survives a crash as far as a Sentinel writes it to its file.
    var machine: Sentinel
    var actions: [SentinelAction] = []
    /// Everything logged so far, for tests and reports.
    var log: [LogEntry] = []

    /// Messages as they were read and written last; they decide nothing.
    private var heard: [String: SentinelHello] = [:]
    private var said: (hello: SentinelHello, text: String)?

    // In memory.
    var links: [RedisAddress: Link] = [:]
    /// Addresses that a connection is being opened to.
    var opening: Set<RedisAddress> = []
    /// Clients that want to know of a new master, in the order in which they came.
    var subscribers: [(connection: Connection, push: Push)] = []

    /// A line of the log and when it was written.
    package struct LogEntry: Hashable, Sendable {
        package let at: Instant
        package let event: SentinelEvent
    }

    /// A Sentinel that will watch the master of these settings; `begin` must follow before the run.
    package init(process: NodeProcess, world: World, settings: RedisSettings) {
        self.process = process
        self.world = world
        address = RedisAddress(process.name, port: 26_379)
        random = process.randomStream("sentinel")
        var configuration = SentinelConfiguration(quorum: settings.sentinels.quorum)
        configuration.downAfter = settings.sentinels.downAfter
        configuration.failoverTimeout = settings.sentinels.failoverTimeout
        configuration.parallelSyncs = settings.sentinels.parallelSyncs
        machine = Sentinel(
            id: SHA1.hexDigest(ofName: process.name), address: address, configuration: configuration,
            master: RedisAddress(settings.master), now: process.wallClock)
        process.observe(self)
    }

    /// Gives the Sentinel its address book, and what it would know if it had been up for long: replicas, other Sentinels.
    package nonisolated func begin(
        replicas: [String], sentinels: [String], addressBook: AddressBook
    ) {
        assumeIsolated { node in
            node.addressBook = addressBook
            let now = node.process.wallClock
            let info = RedisReplicationInfo(
                runID: SHA1.hexDigest(ofName: node.machine.masterAddress.host), master: nil, masterLinkIsUp: false,
                masterLinkDownTime: .zero, priority: 100, offset: 0, replicas: replicas.map { RedisAddress($0) })
            node.machine.receive(info, from: node.machine.masterAddress, now: now, into: &node.actions)
            for name in sentinels where name != node.process.name {
                let hello = SentinelHello(
                    address: RedisAddress(name, port: 26_379), sentinelID: SHA1.hexDigest(ofName: name),
                    currentEpoch: 0,
                    masterName: node.machine.configuration.masterName, master: node.machine.masterAddress,
                    configurationEpoch: 0)
                node.machine.receive(hello, now: now, into: &node.actions)
            }
            // What it has known for long is no news.
            node.actions.removeAll()
        }
        // Sentinels that have been up for long are out of step: their first PINGs spread over a PING period.
        let phase = TimeSpan.milliseconds(SentinelPeriod.ping) * assumeIsolated { $0.random.uniform() }
        spawn(after: phase) { try await $0.watch() }
    }

    /// The timer, whose period changes from tick to tick so that Sentinels do not march in step.
    func watch() async throws {
        while true {
            try await process.sleep(Sentinel.period(random: random.next()))
            machine.tick(now: process.wallClock, desync: desync(), into: &actions)
            perform()
            openMissingSubscriptions()
        }
    }

    func desync() -> TimeSpan { Sentinel.desync(random: random.next()) }

    // MARK: What others ask

    /// `SENTINEL get-master-addr-by-name`.
    package func masterAddress() -> String? { machine.masterAddress.host }

    /// SUBSCRIBE `+switch-master`; `push` is told of each new master when the message leaves.
    package func subscribeSwitchMaster(over connection: Connection, push: @escaping Push) throws {
        guard !connection.isClosedByServer else { throw ConnectionAborted() }
        subscribers.append((connection, push))
    }

    package func connectionClosed(_ id: Connection.ID) { subscribers.removeAll { $0.connection.id == id } }

    /// `SENTINEL is-master-down-by-addr`, by another Sentinel.
    func isMasterDown(_ question: SentinelQuestion) -> SentinelAnswer {
        let answer = machine.answer(question, now: process.wallClock, desync: desync(), into: &actions)
        perform()
        return answer
    }

    /// A hello message of another Sentinel, directly or from a server's channel.
    func receive(hello text: String) {
        guard let hello = read(text) else { return }
        machine.receive(hello, now: process.wallClock, into: &actions)
        perform()
    }

    /// A hello message, read: the same text comes ten times a second until a Sentinel dies or an epoch begins.
    private func read(_ text: String) -> SentinelHello? {
        if let known = heard[text] { return known }
        if heard.count == Self.rememberedHellos { heard.removeAll() }
        let hello = SentinelHello(text: text)
        heard[text] = hello
        return hello
    }

    /// The text of what this Sentinel says about itself, which changes as rarely.
    func text(of hello: SentinelHello) -> String {
        if let said, said.hello == hello { return said.text }
        let text = hello.text
        said = (hello, text)
        return text
    }

    private static let rememberedHellos = 32

    // MARK: Inspection

    /// What the Sentinel logged so far; for tests and reports.
    package nonisolated var loggedEvents: [LogEntry] { assumeIsolated { $0.log } }
    /// The name of the server that it sends clients to.
    package nonisolated var currentMaster: String { assumeIsolated { $0.machine.masterAddress.host } }
}

extension SentinelNode: ProcessObserver {
    /// What is pushed to a subscriber holds it.
    package nonisolated func universeEnded() { assumeIsolated { $0.subscribers.removeAll() } }

    package nonisolated func processCrashed(_ process: NodeProcess) {
        assumeIsolated { node in
            node.links.removeAll()
            node.opening.removeAll()
            node.subscribers.removeAll()
            node.actions.removeAll()
        }
    }

    package nonisolated func processStarted(_ process: NodeProcess) {
        assumeIsolated { $0.machine = $0.machine.restarted(now: process.wallClock) }
        spawn { try await $0.watch() }
    }
}
