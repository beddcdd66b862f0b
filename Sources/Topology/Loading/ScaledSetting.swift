/// Settings that multiply what a scenario says.
package enum ScaledSetting {
    /// The `path=value` that multiplies what stands at a path of a scenario's tree by a factor.
    ///
    /// Of a distribution all durations grow and its form stays. Nil where nothing stands that could be multiplied, or
    /// where the product would be the same.
    package static func text(_ path: String, by factor: Double, in scenario: JSONNode) -> String? {
        let steps = path.split(separator: ".").map(String.init)
        let node = find(steps[...], in: scenario) ?? scenario["topology"].flatMap { find(steps[...], in: $0) }
        guard let node, let product = node.multiplied(by: factor), product != node else { return nil }
        return "\(path)=\(product.string ?? product.text)"
    }

    private static func find(_ path: ArraySlice<String>, in node: JSONNode) -> JSONNode? {
        guard let step = path.first else { return node }
        if let index = Int(step), node.elements.indices.contains(index) {
            return find(path.dropFirst(), in: node.elements[index])
        }
        return node[step].flatMap { find(path.dropFirst(), in: $0) }
    }
}

extension JSONNode {
    fileprivate func multiplied(by factor: Double) -> JSONNode? {
        switch value {
        case .integer(let number): return JSONNode(.integer(max(1, Int((Double(number) * factor).rounded()))))
        case .number(let number):
            // Nine digits: a product's last bits say nothing.
            return JSONNode(.number((number * factor * 1e9).rounded() / 1e9))
        case .string(let text):
            if let span = try? TimeSpan.parse(text) { return (span * factor).json }
            if let rate = try? Rate.parse(text) {
                return Rate(perSecond: (rate.perSecond * factor * 1e6).rounded() / 1e6).json
            }
            return nil
        case .array(let elements):
            let products = elements.map { $0.multiplied(by: factor) }
            return products.contains { $0 == nil } ? nil : JSONNode(.array(products.compactMap { $0 }))
        case .object(let members):
            var isChanged = false
            let products = members.map { member -> JSONMember in
                // Numbers beside durations are shapes and weights; the exponent of a popularity stands alone.
                let isShape = members.count > 1 && member.value.isNumeric
                guard !isShape, let product = member.value.multiplied(by: factor) else { return member }
                isChanged = true
                return JSONMember(key: member.key, value: product)
            }
            return isChanged ? JSONNode(.object(products)) : nil
        case .null, .bool: return nil
        }
    }

    private var isNumeric: Bool {
        switch value {
        case .integer, .number: true
        case .array(let elements): elements.allSatisfy(\.isNumeric)
        default: false
        }
    }
}
