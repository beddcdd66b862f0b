import Glibc

#if arch(x86_64)
    /// C's `long double`, in which a server computes INCRBYFLOAT.
    typealias RedisLongDouble = Float80
#else
    /// Elsewhere the widest type that Swift has; a real server's `long double` has more digits.
    typealias RedisLongDouble = Double
#endif

/// A number of INCRBYFLOAT or HINCRBYFLOAT.
struct RedisFloat: Hashable, Sendable, CustomStringConvertible {
    private let value: RedisLongDouble

    /// The number, or nil for what `string2ld` (redis util.c) refuses: blanks, an empty text, NaN.
    init?(_ text: String) {
        guard let value = Self.parse(text) else { return nil }
        self.value = value
    }

    private init(value: RedisLongDouble) { self.value = value }

    private static func parse(_ text: String) -> RedisLongDouble? {
        guard let first = text.utf8.first, !isBlank(first), text.utf8.count < 5 * 1_024 else { return nil }
        return text.withCString { start -> RedisLongDouble? in
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            #if arch(x86_64)
                let value = strtold(start, &end)
            #else
                let value = strtod(start, &end)
            #endif
            guard let end, end - UnsafeMutablePointer(mutating: start) == text.utf8.count, !value.isNaN else {
                return nil
            }
            return errno == ERANGE && (value.isInfinite || value.isZero) ? nil : value
        }
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    /// The sum, or nil when it is no finite number.
    func adding(_ other: RedisFloat) -> RedisFloat? {
        let sum = value + other.value
        return sum.isFinite ? RedisFloat(value: sum) : nil
    }

    var isFinite: Bool { value.isFinite }

    /// A thousand times as much, rounded up; nil if that is too large for 64 bits.
    var thousandfoldUp: Int64? {
        Int64(exactly: (value * 1_000).rounded(.up))
    }

    /// Seventeen decimals without the zeros at the end (`LD_STR_HUMAN`).
    var description: String {
        #if arch(x86_64)
            var text = formatted("%.17Lf", value)
        #else
            var text = formatted("%.17f", value)
        #endif
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}

/// `snprintf` of one number.
func formatted(_ format: String, _ value: any CVarArg) -> String {
    withVaList([value]) { list in
        var buffer = [CChar](repeating: 0, count: 5_120)
        let count = vsnprintf(&buffer, buffer.count, format, list)
        return String(decoding: buffer[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
