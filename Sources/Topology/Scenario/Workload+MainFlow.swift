extension Workload {
    /// What the sale is about: purchases, where there are any.
    package var mainFlow: Flow {
        if case .trace(let arrivals) = arrive { return arrivals.contains { $0.flow == .purchase } ? .purchase : .view }
        return mix.purchase > 0 ? .purchase : .view
    }
}
