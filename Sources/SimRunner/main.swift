import SimNodes

let args = CommandLine.arguments
let n = Int(args[1])!
let i = Int(args[2])!
let clock = ContinuousClock()
let start = clock.now
let outcome = ClosedLoop.run(clients: n, iterations: i)
let wall = start.duration(to: clock.now)
let s = Double(wall.components.seconds) + Double(wall.components.attoseconds) * 1e-18
print(
    "virtual_s \(outcome.virtualTime.seconds) events \(outcome.events) digest \(outcome.digest) wall_s \(s) events/s \(Double(outcome.events) / s)"
)
