/// Where a server or Sentinel listens; what REPLICAOF, INFO and Sentinel name it by.
package struct RedisAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name or address of the host.
    package var host: String
    /// The port.
    package var port: Int

    /// The address of a port of a host.
    package init(_ host: String, port: Int = 6379) {
        self.host = host
        self.port = port
    }

    /// `host:port`.
    package var description: String { "\(host):\(port)" }

    /// By host, then port.
    package static func < (left: RedisAddress, right: RedisAddress) -> Bool {
        (left.host, left.port) < (right.host, right.port)
    }
}
