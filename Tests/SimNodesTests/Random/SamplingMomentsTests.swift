import Testing
import Topology

@testable import SimNodes

/// References: numeric integration in 30 digits, and closed forms.
@Suite struct SamplingMomentsTests {
    private func close(_ value: Double, _ reference: Double, _ tolerance: Double = 1e-12) -> Bool {
        (value - reference).magnitude <= tolerance * reference.magnitude
    }

    @Test(arguments: [
        (1.5, 2.7027027027027026, 19.722425127830533, 4.613946514807332),
        (1.0, 4.6516870565536275, 78.36180752789144, 9.174311926605506),
        (2.0, 1.9801980198019802, 5.290077300498312, 3.1608555950433037),
        (0.8, 6.203367266707451, 132.6082502105846, 13.783389069892035),
    ]) func aParetoLawFromOneToAHundredSeconds(_ shape: Double, _ mean: Double, _ variance: Double, _ p90: Double) {
        let law = Distribution.pareto(minimum: .seconds(1), shape: shape, maximum: .seconds(100))
        #expect(close(law.mean, mean))
        #expect(close(law.variance, variance, 1e-10))
        #expect(close(law.quantile(0.9).seconds, p90, 1e-9))
    }

    @Test func aParetoLawWithoutMaximum() {
        let law = Distribution.pareto(minimum: .seconds(2), shape: 3, maximum: nil)
        #expect(close(law.mean, 3) && close(law.variance, 3) && law.quantile(0.875) == .seconds(4))
        #expect(Distribution.pareto(minimum: .seconds(2), shape: 1, maximum: nil).mean == .infinity)
        #expect(Distribution.pareto(minimum: .seconds(2), shape: 2, maximum: nil).variance == .infinity)
        #expect(Distribution.pareto(minimum: .seconds(2), shape: 0.5, maximum: nil).variance == .infinity)
        #expect(law.quantile(1) == TimeSpan.longest)
    }

    @Test func aLogNormalLaw() {
        let law = Distribution.logNormal(median: .seconds(1), sigma: 0.5)
        #expect(close(law.mean, 1.1331484530668263))
        #expect(close(law.variance, 0.3646958540123867))
        #expect(law.quantile(0.5) == .seconds(1) && law.quantile(0) == .zero)
        #expect(close(law.quantile(0.99).seconds, 3.2000740079429626, 1e-9))
        let narrow = Distribution.logNormal(median: .seconds(1), sigma: 1e-3)
        #expect(close(narrow.variance, 1.0000015000011667e-06))
    }

    @Test func anExponentialAndAUniformLaw() {
        let exponential = Distribution.exponential(mean: .seconds(2))
        #expect(exponential.mean == 2 && exponential.variance == 4)
        #expect(exponential.squaredCoefficientOfVariation == 1)
        #expect(exponential.quantile(0.5) == TimeSpan(nanoseconds: 1_386_294_361))
        let uniform = Distribution.uniform(from: .seconds(1), to: .seconds(4))
        #expect(uniform.mean == 2.5 && uniform.variance == 0.75 && uniform.quantile(0.25) == .milliseconds(1750))
    }

    @Test(arguments: [
        (0.5, 1, 0.6931471805599455), (0.99, 2, 6.638352067993811), (0.1, 5, 2.432591025962664),
        (0.999, 40, 62.41961200788239), (0.5, 1000, 999.6666864269652),
    ]) func anErlangLaw(_ p: Double, _ shape: Int, _ quantile: Double) {
        #expect(close(ErlangLaw.quantile(p, shape: shape), quantile, 1e-11))
        let law = Distribution.erlang(shape: shape, mean: .seconds(Int64(shape)))
        #expect(close(law.quantile(p).seconds, quantile, 1e-8))
        #expect(close(law.mean, Double(shape)) && close(law.variance, Double(shape)))
    }

    @Test(arguments: [
        (1.0, 1, 0.36787944117144245), (5, 2, 0.04042768199451279), (900, 1000, 0.9994500977342882),
        (1100, 1000, 0.0010593232539299773),
    ]) func anErlangLawsTail(_ x: Double, _ shape: Int, _ tail: Double) {
        #expect(close(ErlangLaw.tail(x, shape: shape), tail, 1e-11))
    }

    @Test func measuredValues() {
        let law = Distribution.empirical(
            values: [.seconds(4), .seconds(1), .seconds(2), .seconds(9)], weights: [1, 2, 1, 0])
        #expect(law.mean == 2 && law.variance == 1.5)
        #expect(law.quantile(0) == .seconds(1) && law.quantile(0.5) == .seconds(1))
        #expect(
            law.quantile(0.51) == .seconds(2) && law.quantile(0.75) == .seconds(2) && law.quantile(1) == .seconds(4))
        let tenths = Distribution.empirical(values: (1...10).map { .seconds($0) }, weights: [])
        for tenth in 1...10 { #expect(tenths.quantile(Double(tenth) / 10) == .seconds(Int64(tenth))) }
    }
}
