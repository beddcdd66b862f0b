import Topology

/// Runs scenarios. Each run makes a universe of its own, on the calling thread, and frees it.
public enum Simulation {}
