// swift-tools-version: 6.2
import PackageDescription

/// Without `NonisolatedNonsendingByDefault` a nonisolated `async` function hops to the global pool,
/// and the run would no longer be decided by its seed alone.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    // Whether accesses to an object's properties overlap is checked in debug builds, which all tests run in and whose runs
    // are the same to the event. In release builds the checks were 12 % of all instructions.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A run calls Swift's runtime about a hundred thousand times, and calls into shared libraries took a third of its time.
/// Test bundles can't be linked so: `swift test -c release` needs `STAMPEDE_SHARED_RUNTIME=1`.
let linkerSettings: [LinkerSetting] =
    Context.environment["STAMPEDE_SHARED_RUNTIME"] == nil
    ? [.unsafeFlags(["-static-stdlib"], .when(platforms: [.linux], configuration: .release))] : []

let package = Package(
    name: "Stampede",
    products: [
        .library(name: "Topology", targets: ["Topology"]),
        .library(name: "SimNodes", targets: ["SimNodes"]),
        .executable(name: "SimRunner", targets: ["SimRunner"]),
    ],
    dependencies: [],
    targets: [
        .target(name: "Topology", swiftSettings: settings),
        .target(name: "SimNodes", dependencies: ["Topology"], swiftSettings: settings),
        .executableTarget(
            name: "SimRunner", dependencies: ["Topology", "SimNodes"], swiftSettings: settings,
            linkerSettings: linkerSettings),
        .testTarget(name: "TopologyTests", dependencies: ["Topology"], swiftSettings: settings),
        .testTarget(name: "SimNodesTests", dependencies: ["SimNodes"], swiftSettings: settings),
        .testTarget(name: "SimRunnerTests", dependencies: ["SimRunner"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
