extension LockManager {
    /// What a lock covers, and how: `type_mode` of the real one.
    struct Kind: Equatable, Sendable {
        private let bits: UInt8
        private static let record: UInt8 = 2
        private static let gap: UInt8 = 4

        /// LOCK_REC_NOT_GAP: the record.
        static let sharedRecord = Kind(bits: 0b0010)
        static let exclusiveRecord = Kind(bits: 0b0011)
        /// LOCK_ORDINARY, a next-key lock: the record and the gap before it.
        static let sharedNextKey = Kind(bits: 0b0110)
        static let exclusiveNextKey = Kind(bits: 0b0111)
        /// LOCK_GAP: the gap before the record.
        static let sharedGap = Kind(bits: 0b0100)
        static let exclusiveGap = Kind(bits: 0b0101)
        /// LOCK_INSERT_INTENTION: waits for gap locks of others, and stands in nobody's way.
        static let insertIntention = Kind(bits: 0b1001)

        var isExclusive: Bool { bits & 1 != 0 }
        var coversRecord: Bool { bits & Self.record != 0 }
        var coversGap: Bool { bits & Self.gap != 0 }
        var isInsertIntention: Bool { bits & 8 != 0 }
        /// Whether it covers the record and not the gap.
        var isRecordOnly: Bool { bits & 0b1110 == Self.record }
        /// The lock on the record alone.
        var recordPart: Kind { Kind(bits: bits & 1 | Self.record) }
        /// The gap lock that is left when the record goes, or when another is put into the gap.
        var gapPart: Kind { Kind(bits: bits & 1 | Self.gap) }
        /// 0 to 7, for all that is not an insert intention.
        var code: Int { Int(bits & 7) }
        /// The supremum has no record; there a gap lock and a next-key lock are the same.
        var supremumCode: Int { Int(bits & 1 | Self.record | Self.gap) }

        /// Whether a request has to wait for a lock, or for an earlier request, of another transaction
        /// (`lock_rec_has_to_wait`).
        func conflicts(with other: Kind) -> Bool {
            guard (bits | other.bits) & 1 != 0 else { return false }
            return isInsertIntention ? other.coversGap : bits & other.bits & Self.record != 0
        }

        /// Whether who has this lock needs no other for a request (`lock_rec_has_expl`).
        func suffices(for request: Kind) -> Bool {
            guard !isInsertIntention, isExclusive || !request.isExclusive else { return false }
            return bits & request.bits & 0b0110 == request.bits & 0b0110
        }
    }
}
