import Foundation
import Testing
import Topology

@testable import SimNodes

/// References: 60 digits, rounded once.
@Suite struct RandomElementaryTests {
    private static let logarithms: [(Double, Double)] = [
        (0.1, -2.3025850929940455),
        (0.5, -0.6931471805599453),
        (2.0, 0.6931471805599453),
        (3.0, 1.0986122886681098),
        (10.0, 2.302585092994046),
        (1e-300, -690.7755278982137),
        (1e300, 690.7755278982137),
        (1.0000000001, 1.000000082690371e-10),
        (0.9999999999, -1.000000082790371e-10),
        (0x1p-1074, -744.4400719213812),
        (2.2250738585072014e-308, -708.3964185322641),
        (1.4142135623730951, 0.3465735902799727),
        (0.7071067811865475, -0.34657359027997275),
        (0.7071067811865476, -0.3465735902799726),
        (123456.789, 11.723646487185881),
        (0.99, -0.01005033585350145),
        (1.01, 0.009950330853168092),
        (1.7976931348623157e308, 709.782712893384),
        (1.1102230246251565e-16, -36.7368005696771),
        (0.3, -1.2039728043259361),
    ]

    private static let exponentials: [(Double, Double)] = [
        (1.0, 2.718281828459045),
        (-1.0, 0.36787944117144233),
        (0.1, 1.1051709180756477),
        (-0.1, 0.9048374180359595),
        (0.3465, 1.4141094938303624),
        (-0.34657, 0.7071093199024199),
        (10.0, 22026.465794806718),
        (-10.0, 4.5399929762484854e-05),
        (100.0, 2.6881171418161356e43),
        (-700.0, 9.85967654375977e-305),
        (709.0, 8.218407461554972e307),
        (1e-10, 1.0000000001),
        (0.5, 1.6487212707001282),
        (709.782712893383, 1.7976931348604338e308),
        (-708.5, 2.006132305331306e-308),
        (-740.0, 85 * 0x1p-1074),
        (-745.1, 0x1p-1074),
        (36.7, 8681754200535380.0),
        (-36.7, 1.1518409493076097e-16),
        (3.3e-17, 1.0),
    ]

    private static let powers: [(Double, Double, Double)] = [
        (2.0, 0.5, 1.4142135623730951),
        (10.0, -3.5, 0.00031622776601683794),
        (1.5, 1000.0, 1.2338405969061735e176),
        (0.999999, 100000.0, 0.9048373727914577),
        (3.0, -400.25, 1.0770051957594759e-191),
        (1000000.0, -1.2, 6.309573444801936e-08),
        (1.0000001, 1000000000.0, 2.6881038582144647e43),
        (7.0, 0.3333333333333333, 1.912931182772389),
        (1e-300, 1.01, 9.99999999999994e-304),
        (0.3, 500.0, 3.6360291795869266e-262),
        (0x1p-1074, 0.9, 1.0578064022210135e-291),
        (1.0000000000000002, 1e18, 2.7086111089766717e96),
        (0.9999999999999999, 5e18, 8.281964444269135e-242),
        (1.41, 2000.0, 2.742996861934711e298),
        (0.71, 2000.0, 3.2862260814833832e-298),
        (1.4142, -2040.0, 9.076133343045891e-308),
        (0.7072, -2040.0, 8.58629706162968e306),
        (1.38, 2150.0, 5.495861285237211e300),
        (10.0, 308.0, 1e308),
        (10.0, -320.5, 640 * 0x1p-1074),
        (1e300, -0.99, 1.0000000000000062e-297),
    ]

    private static let normalQuantiles: [(Double, Double)] = [
        (0.5, 0.0),
        (0.6, 0.2533471031357997),
        (0.075, -1.439531470938456),
        (0.925, 1.4395314709384561),
        (0.975, 1.9599639845400538),
        (0.99, 2.3263478740408408),
        (1e-10, -6.361340902404057),
        (1e-20, -9.262340089798407),
        (1.1102230246251565e-16, -8.209536151601387),
        (0.9999999999999999, 8.209536151601387),
        (0.999, 3.090232306167813),
    ]

    /// Distance in units in the last place of the reference.
    private func ulps(_ value: Double, _ reference: Double) -> Double {
        value == reference ? 0 : (value - reference).magnitude / reference.ulp
    }

    @Test func logarithmsAreWithinOneUnit() {
        for (x, reference) in Self.logarithms {
            #expect(ulps(Elementary.log(x), reference) <= 1, "log \(x)")
        }
    }

    @Test func exponentialsAreWithinOneUnit() {
        for (x, reference) in Self.exponentials {
            #expect(ulps(Elementary.exp(x), reference) <= 1, "exp \(x)")
        }
    }

    @Test func powersAreWithinOneUnit() {
        for (base, exponent, reference) in Self.powers {
            #expect(ulps(Elementary.pow(base, exponent), reference) <= 1, "\(base) to the \(exponent)")
        }
    }

    @Test func normalQuantilesAreWithinOnePartInTenToTheFifteenth() {
        for (p, reference) in Self.normalQuantiles {
            let error = (Normal.quantile(p) - reference).magnitude
            #expect(error <= 1e-15 * max(1, reference.magnitude), "p = \(p)")
        }
    }

    @Test func nothingStraysFromTheLibraryAcrossTheWholeRange() {
        var stream = RandomStream(seed: 3, name: "sweep")
        var worst = (log: 0.0, exp: 0.0, pow: 0.0)
        for _ in 0..<20_000 {
            let x = Double(bitPattern: stream.next() >> 1)
            guard x.isFinite, x > 0 else { continue }
            worst.log = max(worst.log, ulps(Elementary.log(x), Foundation.log(x)))
            let near = 0.5 + stream.uniform()
            worst.log = max(worst.log, ulps(Elementary.log(near), Foundation.log(near)))
            let exponent = (stream.uniform() - 0.5) * 1400
            worst.exp = max(worst.exp, ulps(Elementary.exp(exponent), Foundation.exp(exponent)))
            let power = exponent / Foundation.log(x)
            worst.pow = max(worst.pow, ulps(Elementary.pow(x, power), Foundation.pow(x, power)))
        }
        #expect(worst.log <= 2 && worst.exp <= 2 && worst.pow <= 2, "\(worst)")
    }

    @Test func theEdgesAreThoseOfIEEE() {
        #expect(Elementary.log(0) == -.infinity && Elementary.log(1) == 0 && Elementary.log(.infinity) == .infinity)
        #expect(Elementary.log(-1).isNaN && Elementary.log(.nan).isNaN)
        #expect(Elementary.exp(0) == 1 && Elementary.exp(-.infinity) == 0 && Elementary.exp(710) == .infinity)
        #expect(Elementary.exp(-746) == 0 && Elementary.exp(.nan).isNaN)
        #expect(Elementary.pow(0, 2) == 0 && Elementary.pow(0, -1) == .infinity && Elementary.pow(5, 0) == 1)
        #expect(
            Elementary.pow(2, 1024) == .infinity && Elementary.pow(2, -1080) == 0 && Elementary.pow(1, .infinity) == 1)
        #expect(Elementary.pow(0.5, .infinity) == 0 && Elementary.pow(-1, 0.5).isNaN && Elementary.pow(.nan, 1).isNaN)
        #expect(Normal.quantile(0) == -.infinity && Normal.quantile(1) == .infinity && Normal.quantile(2).isNaN)
    }

    @Test func wholePowersOfTwoAreExact() {
        for exponent in -1074...1023 {
            #expect(Elementary.pow(2, Double(exponent)) == Double(sign: .plus, exponent: exponent, significand: 1))
        }
    }
}
