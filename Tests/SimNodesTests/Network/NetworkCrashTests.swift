import Testing
import Topology

@testable import SimNodes

@Suite struct NetworkCrashTests {
    @Test func callsUnderWayToACrashedProcessEndAsReset() {
        let bench = NetworkBench()
        bench.call(at: 0, work: 100, "in service")
        bench.call(at: 50, work: 0, "on the way")
        bench.faults.at(50) { [server = bench.server] in server.process.crash() }
        #expect(bench.run() == ["51 in service reset", "51 on the way reset"])
        #expect(bench.effects == 0 && bench.network.callsInFlight(at: bench.server.process) == 0)
        #expect(NetworkError.reset.isOutcomeUnknown && !NetworkError.refused.isOutcomeUnknown)
    }

    @Test func callsToADownProcessAreRefused() {
        let bench = NetworkBench()
        bench.server.process.crash()
        bench.call(at: 10)
        bench.connect(at: 20)
        #expect(bench.run() == ["12 call refused", "22 connect refused"])
        #expect(bench.network.callsInFlight(at: bench.server.process) == 0)
    }

    @Test func aMachineThatIsGoneSaysNothing() {
        let bench = NetworkBench()
        bench.call(at: 0, work: 100, timeout: .seconds(2), "in service")
        bench.call(at: 0, work: 100, "patient")
        bench.call(at: 60, timeout: .seconds(1), "later")
        bench.connect(at: 60, timeout: .seconds(5))
        bench.faults.at(50) { [server = bench.server] in server.process.crash(takingHost: true) }
        let lines = bench.run()
        #expect(
            lines == [
                "1060 later timedOut", "2000 in service timedOut", "5060 connect connectTimedOut",
                "924600 patient reset",
            ])
        #expect(bench.effects == 0)
    }

    /// The process first, the machine after it.
    @Test func aMachineThatDiesAfterItsProcessIsSilentToo() {
        let bench = NetworkBench()
        bench.server.process.crash()
        bench.call(at: 0, "before")
        bench.faults.at(10) { [server = bench.server] in server.process.crash(takingHost: true) }
        bench.call(at: 20, timeout: .seconds(1), "after")
        #expect(bench.run() == ["2 before refused", "1020 after timedOut"])
    }

    @Test func aStaleConnectionGetsAReset() {
        for takingHost in [false, true] {
            let bench = NetworkBench()
            bench.faults.at(10) { [server = bench.server] in server.process.crash(takingHost: takingHost) }
            bench.faults.at(20) { [server = bench.server] in server.process.start() }
            bench.connected { [network = bench.network, server = bench.server, log = bench.log] client, connection in
                try await client.process.sleep(.milliseconds(28))
                log("\(connection.isOpen)")
                let result = try await outcome {
                    try await network.call(from: client.process, to: server, over: connection) { $0.count() }
                }
                log.note(result, client.now)
            }
            // Who was told that the process died knows; who was not finds out from the machine that came back.
            #expect(bench.run() == (takingHost ? ["true", "32 reset"] : ["false", "30 closed"]))
            #expect(bench.effects == 0)
        }
    }

    @Test func aCallWhoseCallerCrashedStillTakesEffect() {
        let bench = NetworkBench()
        bench.call(at: 0, work: 100)
        bench.call(at: 49)
        bench.faults.at(50) { [client = bench.client] in client.process.crash() }
        bench.faults.at(60) { [client = bench.client] in client.process.start() }
        #expect(bench.run() == [])
        #expect(bench.effects == 2 && bench.network.callsInFlight(at: bench.server.process) == 0)
    }

    @Test func aHandlerInACrashedServerNeverGoesOn() {
        let bench = NetworkBench()
        bench.call(at: 0, work: 100)
        bench.faults.at(50) { [server = bench.server] in
            server.process.crash()
            server.process.start()
        }
        bench.call(at: 60, work: 10, "second")
        #expect(bench.run() == ["51 call reset", "72 second ok"])
        #expect(bench.effects == 1)
    }

    @Test func aServerIsToldOfClientsThatGo() {
        let bench = NetworkBench()
        let other = Peer("other", bench.universe, log: bench.log)
        bench.connected { client, connection in
            try await client.process.sleep(.milliseconds(10))
            connection.close()
            connection.close()
            #expect(!connection.isOpen)
        }
        bench.faults.at(0) { [network = bench.network, server = bench.server] in
            other.spawn { other in _ = try await network.connect(from: other.process, to: server) }
        }
        bench.faults.at(30) { other.process.crash() }
        #expect(bench.run() == ["13 closed 1", "31 closed 2"])
    }

    @Test func aClientIsToldWhenTheServerCloses() {
        let bench = NetworkBench()
        bench.connected { [network = bench.network, server = bench.server, log = bench.log] client, connection in
            connection.onReset = { log.note("told, in \($0.milliseconds) ms", client.universe.now) }
            client.spawn { client in
                let result = try await outcome {
                    try await network.call(from: client.process, to: server, over: connection) { server in
                        try await server.process.sleep(.milliseconds(30))
                        server.count()
                    }
                }
                log.note("waiting \(result)", client.now)
            }
            try await client.process.sleep(.milliseconds(5))
            try await network.call(from: client.process, to: server) { _ in connection.closeFromServer() }
            log.note("asked \(connection.isOpen)", client.now)
        }
        // At 9 ms the answer and the end arrive together; the command goes on.
        #expect(
            bench.run() == ["8 told, in 1.0 ms", "9 waiting reset", "9 asked false"])
        #expect(bench.effects == 1)
    }

    @Test func aRequestSentToAnEndThatIsClosedAlreadyIsReset() {
        let bench = NetworkBench(latency: .milliseconds(10))
        bench.connected { [network = bench.network, server = bench.server, log = bench.log] client, connection in
            server.spawn { _ in connection.closeFromServer() }
            for wait in [0, 5] as [Int64] {
                try await client.process.sleep(.milliseconds(wait))
                client.spawn { client in
                    let result = try await outcome {
                        try await network.call(from: client.process, to: server, over: connection) { $0.count() }
                    }
                    log.note("\(result)", client.now)
                }
            }
            try await client.process.sleep(.milliseconds(5))
            #expect(!connection.isOpen)
        }
        #expect(bench.run() == ["40 reset", "45 reset"])
        #expect(bench.effects == 0 && bench.network.callsInFlight(at: bench.server.process) == 0)
    }

    @Test func aHandlerMayAbortTheConnection() {
        let bench = NetworkBench()
        bench.client.spawn { [network = bench.network, server = bench.server, log = bench.log] client in
            let result = try await outcome {
                try await network.call(from: client.process, to: server) { _ -> Int in throw ConnectionAborted() }
            }
            log.note(result, client.now)
        }
        #expect(bench.run() == ["2 reset"] && bench.universe.failures.isEmpty)
    }

    @Test func aPausedServerIsSlowNotGone() {
        let bench = NetworkBench()
        bench.faults.at(5) { [server = bench.server] in server.process.pause() }
        bench.faults.at(500) { [server = bench.server] in server.process.resume() }
        bench.connect(at: 10)
        bench.call(at: 10, timeout: .milliseconds(100), "hasty")
        bench.call(at: 10, "patient")
        #expect(bench.run() == ["12 connect open", "110 hasty timedOut", "501 patient ok"])
        #expect(bench.effects == 2)
    }
}
