import Testing
import Topology

@testable import SimNodes

@Suite struct StatisticsIntervalTests {
    /// The table in any textbook, and eleven more digits.
    @Test(arguments: [
        (0.975, 1.0, 12.706204736174694), (0.975, 2, 4.302652729749462), (0.975, 5, 2.5705818356363146),
        (0.975, 10, 2.228138851986274), (0.975, 30, 2.0422724563012378), (0.95, 4, 2.1318467863266495),
        (0.995, 7, 3.4994832973504924), (0.9995, 3, 12.923978636687961), (0.975, 999, 1.9623414611334493),
        (0.975, 1001, 1.9623367052808798), (0.995, 100_000, 2.575878469908375), (0.6, 1.5, 0.30074539256979543),
        (1e-6, 12, -8.504302718054584), (0.99999, 150, 4.405220389750306), (0.975, 31, 2.039513446396408),
    ]) func quantilesOfT(_ p: Double, _ degrees: Double, _ reference: Double) {
        let value = StudentT.quantile(p, degreesOfFreedom: degrees)
        #expect((value / reference - 1).magnitude < 1e-11)
        let mirrored = StudentT.quantile(1 - p, degreesOfFreedom: degrees)
        #expect((mirrored / -reference - 1).magnitude < 1e-9)
    }

    @Test func tIsNormalInTheLimitAndCauchyAtOne() {
        #expect((StudentT.quantile(0.975, degreesOfFreedom: 1e12) - 1.9599639845400538).magnitude < 1e-10)
        #expect(StudentT.quantile(0.5, degreesOfFreedom: 3) == 0)
        #expect((StudentT.quantile(0.75, degreesOfFreedom: 1) - 1).magnitude < 1e-13)
        #expect((StudentT.tail(1, degreesOfFreedom: 1) - 0.25).magnitude < 1e-14)
    }

    /// With two degrees of freedom t = (2p − 1) √(2 / (4p (1 − p))).
    @Test func tHasAClosedFormAtTwo() {
        for p in [0.51, 0.6, 0.9, 0.999, 0.999_999] {
            let exact = (2 * p - 1) * (2 / (4 * p * (1 - p))).squareRoot()
            #expect((StudentT.quantile(p, degreesOfFreedom: 2) / exact - 1).magnitude < 1e-12)
        }
    }

    /// Law, "Simulation Modeling and Analysis", example 4.27: 1.34 ± 0.24 at 90 %.
    @Test func aPublishedInterval() {
        let values = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09]
        let interval = ConfidenceInterval(replications: values, level: 0.9)
        #expect((interval.mean - 1.343).magnitude < 1e-12)
        #expect((interval.halfWidth - 0.24).magnitude < 0.005)
        #expect(interval.contains(1.2) && !interval.contains(1.0) && interval.samples == 10)
        #expect((interval.relativeHalfWidth - interval.halfWidth / 1.343).magnitude < 1e-15)
    }

    @Test func oneRunTellsNothing() {
        let interval = ConfidenceInterval(replications: [5])
        #expect(interval.mean == 5 && interval.halfWidth == .infinity && interval.contains(1e300))
        #expect(ConfidenceInterval(replications: [5, 5, 5]).relativeHalfWidth == 0)
        #expect(ConfidenceInterval(replications: [-1, 1]).relativeHalfWidth == .infinity)
    }

    /// Of 500 intervals at 90 %, 450 ± 27 (four standard deviations) contain the true mean.
    @Test func intervalsCoverTheMeanAsOftenAsTheySay() {
        var stream = RandomStream(seed: 71, name: "coverage")
        var covered = 0
        for _ in 0..<500 {
            let values = (0..<6).map { _ in Normal.quantile(stream.openUniform()) }
            if ConfidenceInterval(replications: values, level: 0.9).contains(0) { covered += 1 }
        }
        #expect((covered - 450).magnitude < 27)
    }
}
