// Rounding and square roots, which IEEE 754 fixes to the bit, are compiled to calls of the platform's mathematics library
// where the processor lacks the instruction. Nothing links that library unless some file imports it.
#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
