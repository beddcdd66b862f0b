/// The first scenario of somebody new.
public enum ScenarioTemplate {
    /// A commented scenario; its system stands in a topology file.
    ///
    /// - Parameter topology: the topology file, relative to the folder of the scenario.
    public static func text(topology: String) -> String {
        """
        {
          "comment": "Durations and rates are strings with units: \\"250ms\\", \\"5s\\", \\"2000/s\\".",
          "title": "My first sale",
          "seed": 1,
          "topology": \(topology.json.text),
          "override": {
            "comment": "What differs from the topology file; the rest stays as it is there.",
            "mysql": {"lockWaitTimeout": "10s"}
          },
          "workload": {
            "comment": "Who comes (\\"at once\\", or {\\"poisson\\": \\"500/s\\"} and \\"for\\": \\"10s\\"), and what they want.",
            "users": 1000, "arrive": "at once",
            "mix": {"view": 4, "purchase": 1},
            "products": 50, "popularity": {"zipf": 1.0}, "stock": 20, "warmCache": 0.9
          },
          "faults": [
            {"comment": "At a time, or on an event: \\"on\\": \\"mysql.commit\\", \\"nth\\": 50.", "crash": "app1", "at": "100ms"}
          ],
          "expect": ["oversold == 0", "lostOrders == 0", "purchase.success.p99 < 5s"]
        }

        """
    }
}
