/// Colour that helps where there is some, and is never needed.
enum Style {
    case plain, coloured

    enum Tone: Int {
        case good = 32
        case bad = 31
        case doubtful = 33
        case heading = 1
        case faint = 2
    }

    func paint(_ tone: Tone, _ text: String) -> String {
        self == .plain ? text : "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m"
    }
}
