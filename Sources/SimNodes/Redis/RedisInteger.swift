/// The integers that a server accepts as such: only the shortest decimal form of a 64-bit number.
enum RedisInteger {
    /// The number, or nil for anything `string2ll` (redis util.c) refuses: blanks, `+`, leading zeros, `-0`, overflow.
    static func parse(_ text: String) -> Int64? {
        var bytes = text.utf8.makeIterator()
        guard let first = bytes.next() else { return nil }
        let negative = first == UInt8(ascii: "-")
        var lead = first
        if negative {
            guard let next = bytes.next() else { return nil }
            lead = next
        }
        guard lead >= 48, lead <= 57 else { return nil }
        if lead == 48 { return negative || bytes.next() != nil ? nil : 0 }
        var magnitude = UInt64(lead - 48)
        while let byte = bytes.next() {
            guard byte >= 48, byte <= 57 else { return nil }
            let (scaled, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(byte - 48))
            if overflow || carry { return nil }
            magnitude = sum
        }
        if negative {
            return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return magnitude <= UInt64(Int64.max) ? Int64(magnitude) : nil
    }

    /// How many characters the decimal form has.
    static func length(_ number: Int64) -> Int {
        var rest = number.magnitude
        var digits = number < 0 ? 2 : 1
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }
}
