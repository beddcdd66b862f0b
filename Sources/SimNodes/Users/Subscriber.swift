import Topology

/// A consumer of order events: subscribes to the channel, and again after every loss of its connection. What is published
/// in between it never sees: pub/sub delivers at most once.
package actor Subscriber: Node {
    package nonisolated let process: NodeProcess
    private let world: World
    private let directory: RedisDirectory
    private let delay: Sampler
    private var random: RandomStream

    package init(process: NodeProcess, world: World, directory: RedisDirectory, settings: SubscriberSettings) {
        self.process = process
        self.world = world
        self.directory = directory
        delay = Sampler(settings.delay)
        random = process.randomStream("work")
        process.observe(self)
    }

    package nonisolated func begin() { spawn { try await $0.listen() } }

    private func listen() async throws {
        let client = world.topology.application.redisClient
        let channel = world.topology.purchase.channel
        while true {
            do {
                let master = try await findMaster()
                let link = try await world.network.connect(from: process, to: master, timeout: client.connectTimeout)
                let lost = process.makeWaiter()
                link.onReset = { [universe] delay in universe.wake(lost, after: delay) }
                _ = try await world.network.call(
                    from: process, to: master, over: link, timeout: client.commandTimeout
                ) { [self] node in
                    try await node.subscribe([channel], over: link) { delay, message in
                        guard let order = message.announcedOrder else { return }
                        self.spawn(after: delay) { try await $0.receive(order) }
                    }
                }
                _ = try await process.wait(lost)
            } catch is NetworkError {
                try await process.sleep(client.reconnectDelayMaximum)
            }
        }
    }

    private func findMaster() async throws -> RedisNode {
        try await directory.askSentinels(from: process, over: world.network, world.topology.application.redisClient)
            .flatMap { directory.node($0) } ?? directory.initialMaster
    }

    private func receive(_ order: Int) async throws {
        world.history.delivered(order, to: process)
        try await process.sleep(delay.sample(using: &random))
    }
}

extension Subscriber: ProcessObserver {
    package nonisolated func processCrashed(_ process: NodeProcess) {}
    package nonisolated func processStarted(_ process: NodeProcess) { begin() }
}

extension RedisReply {
    /// The number of the order in a published message; nil for the confirmation of a subscription.
    fileprivate var announcedOrder: Int? {
        guard case .array(let parts) = self, case .bulk("message")? = parts.first, case .bulk(let text)? = parts.last
        else { return nil }
        return Int(text)
    }
}
