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

    /// Text on a ground between dark blue (0) and red (1).
    func shade(_ share: Double, _ text: String) -> String {
        // Of the terminal's 6 × 6 × 6 colours, none so light that white letters would not be read on it.
        let ramp = [17, 18, 54, 90, 126, 124]
        let colour = ramp[min(ramp.count - 1, max(0, Int(share * Double(ramp.count))))]
        return self == .plain ? text : "\u{1B}[97;48;5;\(colour)m\(text)\u{1B}[0m"
    }
}
