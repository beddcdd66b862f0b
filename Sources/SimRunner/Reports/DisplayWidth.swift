extension String {
    /// How many columns a terminal gives to the text; colour takes none.
    var displayWidth: Int {
        var width = 0
        var isEscape = false
        for scalar in unicodeScalars {
            if isEscape {
                if scalar == "m" { isEscape = false }
            } else if scalar == "\u{1B}" {
                isEscape = true
            } else {
                width += scalar.displayWidth
            }
        }
        return width
    }

    func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - displayWidth)) }

    func paddedLeft(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - displayWidth)) + self
    }

    /// The text broken at spaces, so that no line is wider than `width` unless one word is. The first line keeps the
    /// spaces it begins with; the others begin with `indent`.
    func wrapped(to width: Int, indent: String) -> [String] {
        var lines: [String] = []
        var line = String(prefix { $0 == " " })
        var isEmpty = true
        for word in unbreakableWords {
            if !isEmpty, line.displayWidth + 1 + word.displayWidth > width {
                lines.append(line)
                line = indent
                isEmpty = true
            }
            line += isEmpty ? word : " \(word)"
            isEmpty = false
        }
        return isEmpty ? lines : lines + [line]
    }
}

extension String {
    private static let units: Set<String> = ["s", "ms", "µs", "ns", "%"]

    /// A number and its unit stay together.
    private var unbreakableWords: [String] {
        var words: [String] = []
        for word in split(separator: " ").map(String.init) {
            let bare = word.prefix { !",;:.)".contains($0) }
            if Self.units.contains(String(bare)), let last = words.last, last.last?.isNumber == true {
                words[words.count - 1] = "\(last) \(word)"
            } else {
                words.append(word)
            }
        }
        return words
    }
}

extension Unicode.Scalar {
    /// 0 for marks that sit on the character before, 2 for East Asian wide ones and pictures (UAX #11).
    fileprivate var displayWidth: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
