/// Over how long requests that come at the same moment are spread when they have passed the balancer and the cores.
struct BurstSpread {
    /// Until the last one asks Redis or the database for the first time, in seconds.
    let beforeStores: Double

    init(_ scenario: Scenario, paths: [RequestPath]) {
        let (topology, workload) = (scenario.topology, scenario.workload)
        let users = Double(workload.users)
        let (views, purchases) = ClassMix.flows(workload)
        let cpu = topology.application.cpu
        let proxying = topology.loadBalancer.map { $0.serviceTime.mean / Double($0.workers) } ?? 0
        let cores = topology.application.cores * RequestRouting(topology).servers.count
        let computing = cpu.accept.mean + views * cpu.view.mean + purchases * cpu.purchase.mean
        beforeStores = users * max(proxying, computing / Double(max(1, cores)))
    }
}
