import SimNodes
import Topology

extension JSONReport {
    /// How users fared after a disturbance was over.
    static func recovery(_ recovery: RecoveryResult) -> JSONValue {
        func window(_ window: RecoveryResult.Window) -> JSONValue {
            object([
                ("fromSeconds", .finite(window.from.seconds)), ("toSeconds", .finite(window.to.seconds)),
                ("wanted", .integer(window.wanted)), ("served", .integer(window.served)),
                ("attempts", .integer(window.attempts)), ("repetitions", .integer(window.repetitions)),
            ]).value
        }
        return object([
            ("outcome", .string(recovery.outcome.rawValue)), ("disturbance", .string(recovery.disturbance)),
            ("beganSeconds", .finite(recovery.began.seconds)), ("endedSeconds", .finite(recovery.ended.seconds)),
            ("before", window(recovery.before)), ("after", window(recovery.after)),
            ("recoveredAfterSeconds", .seconds(recovery.recoveredAfter)),
        ]).value
    }
}
