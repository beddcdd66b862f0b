import Topology

@testable import SimNodes

/// Exact answers for simple queues, to measure the simulator by; times in one unit, rates in its reciprocal.
enum QueueingFormulas {
    /// The steady state of a queue.
    struct Steady {
        /// Busy servers divided by all.
        var utilisation: Double
        /// Mean number of customers that wait.
        var meanQueue: Double
        /// Mean time a customer who is let in waits.
        var meanWait: Double
        /// Mean time from arrival to departure.
        var meanResponse: Double
        /// Mean number of customers present.
        var meanPresent: Double
        /// Customers served in a unit of time.
        var throughput: Double
        /// The probability that an arriving customer has to wait.
        var waitProbability: Double
        /// The probability that an arriving customer is turned away.
        var lossProbability: Double
    }

    /// Erlang's loss formula: the share of calls that find `servers` busy under a load in erlangs.
    static func erlangB(load: Double, servers: Int) -> Double {
        (1...servers).reduce(1.0) { blocked, k in load * blocked / (Double(k) + load * blocked) }
    }

    /// Erlang's waiting formula: the share of customers that wait.
    static func erlangC(load: Double, servers: Int) -> Double {
        let blocked = erlangB(load: load, servers: servers)
        let utilisation = load / Double(servers)
        return blocked / (1 - utilisation * (1 - blocked))
    }

    /// M/M/1.
    static func mm1(arrivalRate: Double, service: Double) -> Steady {
        mmc(arrivalRate: arrivalRate, service: service, servers: 1)
    }

    /// M/M/c with an endless queue.
    static func mmc(arrivalRate: Double, service: Double, servers: Int) -> Steady {
        let load = arrivalRate * service
        precondition(load < Double(servers), "the queue has no steady state")
        let waits = erlangC(load: load, servers: servers)
        let wait = waits * service / (Double(servers) - load)
        return Steady(
            utilisation: load / Double(servers), meanQueue: arrivalRate * wait, meanWait: wait,
            meanResponse: wait + service, meanPresent: arrivalRate * (wait + service), throughput: arrivalRate,
            waitProbability: waits, lossProbability: 0)
    }

    /// The probability that a customer of M/M/c waits longer than `time`.
    static func mmcWaitTail(arrivalRate: Double, service: Double, servers: Int, time: Double) -> Double {
        let load = arrivalRate * service
        return erlangC(load: load, servers: servers) * Elementary.exp(-(Double(servers) - load) * time / service)
    }

    /// M/G/1 (Pollaczek and Khinchine).
    static func mg1(arrivalRate: Double, mean: Double, variance: Double) -> Steady {
        let load = arrivalRate * mean
        precondition(load < 1, "the queue has no steady state")
        let wait = arrivalRate * (variance + mean * mean) / (2 * (1 - load))
        return Steady(
            utilisation: load, meanQueue: arrivalRate * wait, meanWait: wait, meanResponse: wait + mean,
            meanPresent: arrivalRate * (wait + mean), throughput: arrivalRate, waitProbability: load,
            lossProbability: 0)
    }

    /// M/D/1.
    static func md1(arrivalRate: Double, service: Double) -> Steady {
        mg1(arrivalRate: arrivalRate, mean: service, variance: 0)
    }

    /// M/M/c/K: at most `capacity` customers, those in service among them; others are turned away.
    static func mmck(arrivalRate: Double, service: Double, servers: Int, capacity: Int) -> Steady {
        let states = birthAndDeath(
            births: [Double](repeating: arrivalRate, count: capacity), service: service, servers: servers)
        let loss = states[capacity]
        let waits = loss == 1 ? 0 : states[servers..<capacity].reduce(0, +) / (1 - loss)
        return steady(states, service: service, servers: servers, waits: waits, loss: loss)
    }

    /// A closed system: each of `users` thinks for a mean of `think`, asks, and waits for the answer.
    static func closed(users: Int, think: Double, service: Double, servers: Int) -> Steady {
        if think == 0 {
            let throughput = Double(min(users, servers)) / service
            let queue = Double(max(0, users - servers))
            return Steady(
                utilisation: Double(min(users, servers)) / Double(servers), meanQueue: queue,
                meanWait: queue / throughput, meanResponse: Double(users) / throughput, meanPresent: Double(users),
                throughput: throughput, waitProbability: users > servers ? 1 : 0, lossProbability: 0)
        }
        let births = (0..<users).map { Double(users - $0) / think }
        let states = birthAndDeath(births: births, service: service, servers: servers)
        // One who asks sees the system as the others make it: without him (Sevcik and Mitrani).
        let others = birthAndDeath(births: Array(births.dropFirst()), service: service, servers: servers)
        let waits = servers < others.count ? others[servers...].reduce(0, +) : 0
        return steady(states, service: service, servers: servers, waits: waits, loss: 0)
    }

    /// When each of `customers` who come at once is done by `servers` of constant service time: in waves.
    static func burst(customers: Int, service: Double, servers: Int) -> [Double] {
        (0..<customers).map { Double($0 / servers + 1) * service }
    }

    /// The mean response of such a burst.
    static func burstMeanResponse(customers: Int, service: Double, servers: Int) -> Double {
        let waves = customers / servers
        let rest = customers % servers
        let full = Double(servers) * Double(waves * (waves + 1)) / 2
        return service * (full + Double(rest * (waves + 1))) / Double(customers)
    }

    private static func steady(
        _ states: [Double], service: Double, servers: Int, waits: Double, loss: Double
    ) -> Steady {
        var present = 0.0
        var queue = 0.0
        for (count, probability) in states.enumerated() {
            present += Double(count) * probability
            queue += Double(max(0, count - servers)) * probability
        }
        let throughput = (present - queue) / service
        return Steady(
            utilisation: (present - queue) / Double(servers), meanQueue: queue, meanWait: queue / throughput,
            meanResponse: present / throughput, meanPresent: present, throughput: throughput,
            waitProbability: waits, lossProbability: loss)
    }

    /// The probabilities of 0, 1, … customers, scaled as they grow so that thousands of users do not overflow.
    private static func birthAndDeath(births: [Double], service: Double, servers: Int) -> [Double] {
        var weights = [1.0]
        for (count, birth) in births.enumerated() {
            let next = weights[count] * birth * service / Double(min(count + 1, servers))
            weights.append(next)
            if next > 1e200 { weights = weights.map { $0 / next } }
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
}
