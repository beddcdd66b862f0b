import Testing
import Topology

@testable import SimNodes

@Suite("Users: who comes when, and wants what")
struct UserArrivalTests {
    /// A shop in which nobody waits, so that arrivals can be seen alone.
    private static func crowd(_ change: (inout Scenario) -> Void) -> ShopRig {
        ShopRig(
            .shop {
                $0.topology.application.cores = 64
                $0.topology.application.cpu = ApplicationDemand()
                $0.workload.warmCache = 1
                $0.workload.mix = RequestMix(view: 1, purchase: 0)
                change(&$0)
            }
        ).run(rest: .zero)
    }

    private static func times(_ rig: ShopRig) -> [TimeSpan] { rig.requests.map { $0.intended - rig.world.opening } }

    @Test("At once means all users in the first moment, each once")
    func atOnce() {
        let rig = Self.crowd { $0.workload.users = 250 }
        #expect(Self.times(rig) == [TimeSpan](repeating: .zero, count: 250))
        #expect(rig.requests.map(\.user) == Array(0..<250))
        #expect(rig.world.history.open == 0)
    }

    @Test("Arrivals at a constant rate keep their distance")
    func constant() {
        let rig = Self.crowd {
            $0.workload.arrive = .constant(Rate(perSecond: 50))
            $0.workload.for = .seconds(2)
        }
        let times = Self.times(rig)
        #expect((99...101).contains(times.count))
        #expect(Set(zip(times.dropFirst(), times).map { $0 - $1 }) == [.milliseconds(20)])
        #expect(times.allSatisfy { $0 <= .seconds(2) })
    }

    @Test("Poisson arrivals come at their mean rate, at random, and differently for each seed")
    func poisson() {
        func rig(_ seed: UInt64) -> ShopRig {
            ShopRig(
                .shop {
                    $0.workload.warmCache = 1
                    $0.workload.mix = RequestMix(view: 1, purchase: 0)
                    $0.workload.arrive = .poisson(Rate(perSecond: 200))
                    $0.workload.for = .seconds(5)
                }, seed: seed
            ).run(rest: .zero)
        }
        let times = Self.times(rig(1))
        // 1000 expected, standard deviation 32.
        #expect((870...1_130).contains(times.count))
        let gaps = zip(times.dropFirst(), times).map { ($0 - $1).seconds }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        // The squared coefficient of variation of an exponential is 1.
        #expect((0.75...1.25).contains(variance / (mean * mean)))
        #expect(times == Self.times(rig(1)))
        #expect(times != Self.times(rig(2)))
    }

    @Test("A ramp, a spike and stages have their arrivals where their rates are")
    func profiles() {
        func halves(_ arrive: Arrival) -> (first: Int, second: Int) {
            let times = Self.times(
                Self.crowd {
                    $0.workload.arrive = arrive
                    if case .spike = arrive { $0.workload.for = .seconds(4) }
                })
            return (times.count { $0 < .seconds(2) }, times.count { $0 >= .seconds(2) })
        }
        var ramp = RateRamp()
        (ramp.from, ramp.to, ramp.over) = (Rate(perSecond: 0), Rate(perSecond: 200), .seconds(4))
        let ramped = halves(.ramp(ramp))
        #expect((70...135).contains(ramped.first))
        #expect((240...360).contains(ramped.second))

        var spike = RateSpike()
        (spike.base, spike.peak) = (Rate(perSecond: 20), Rate(perSecond: 300))
        (spike.at, spike.for) = (.seconds(2), .seconds(1))
        let spiked = halves(.spike(spike))
        #expect((20...65).contains(spiked.first))
        #expect((250...395).contains(spiked.second))

        var (calm, busy) = (RateStage(), RateStage())
        (calm.rate, calm.for) = (Rate(perSecond: 10), .seconds(2))
        (busy.rate, busy.for) = (Rate(perSecond: 200), .seconds(2))
        let staged = halves(.stages([calm, busy]))
        #expect((6...40).contains(staged.first))
        #expect((330...470).contains(staged.second))
    }

    @Test("A trace is followed to the moment, user by user, sorted or not")
    func trace() {
        var first = buy(2, at: 30, quantity: 3)
        first.user = 7
        let rig = ShopRig(.shop([first, look(1, at: 5), look(0, at: 50)])).run()
        #expect(Self.times(rig) == [.milliseconds(5), .milliseconds(30), .milliseconds(50)])
        #expect(rig.requests.map(\.flow) == [.view, .purchase, .view])
        #expect(rig.requests.map(\.product) == [1, 2, 0])
        #expect(rig.requests.map(\.quantity) == [1, 3, 1])
        #expect(rig.requests[1].user == 7)
    }

    @Test("The mix has its shares, and a flow without weight never comes", arguments: [0.0, 0.3, 1.0])
    func mix(_ view: Double) {
        let rig = Self.crowd {
            $0.workload.users = 600
            $0.workload.mix = RequestMix(view: view * 5, purchase: (1 - view) * 5)
        }
        let share = Double(rig.requests.count { $0.flow == .view }) / 600
        #expect(view == 0 || view == 1 ? share == view : abs(share - view) < 0.08)
    }

    @Test("Popularity is followed: all alike, by rank, or one hot product")
    func popularity() {
        func counts(_ popularity: Popularity) -> [Int] {
            let rig = Self.crowd {
                $0.workload.users = 1_000
                $0.workload.products = 10
                $0.workload.popularity = popularity
            }
            return (0..<10).map { product in rig.requests.count { $0.product == product } }
        }
        #expect(counts(.uniform).allSatisfy { (60...140).contains($0) })
        let zipf = counts(.zipf(1))
        // 1000 / H(10) = 341.
        #expect((290...395).contains(zipf[0]))
        #expect(zipf[0] > zipf[4] && zipf[4] > 0)
        #expect(counts(.hot(1))[0] == 1_000)
        #expect((640...760).contains(counts(.hot(0.7))[0]))
    }

    @Test("Quantities are fixed, or anything in their range; a view has none")
    func quantity() {
        func quantities(_ quantity: Quantity) -> Set<Int> {
            let rig = Self.crowd {
                $0.workload.users = 200
                $0.workload.mix = RequestMix(view: 0, purchase: 1)
                $0.workload.quantity = quantity
            }
            return Set(rig.requests.map(\.quantity))
        }
        #expect(quantities(.fixed(3)) == [3])
        #expect(quantities(.uniform(2...5)) == [2, 3, 4, 5])
        let views = Self.crowd { $0.workload.quantity = .fixed(3) }
        #expect(Set(views.requests.map(\.quantity)) == [1])
    }
}
