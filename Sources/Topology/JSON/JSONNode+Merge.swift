extension JSONNode {
    /// This value overlaid with another: objects merge key by key, everything else is replaced.
    ///
    /// Every part keeps the place where it was written, so an error in an overlay points into the overlay.
    package func merged(with overlay: JSONNode) -> JSONNode {
        guard case .object(var members) = value, case .object(let changes) = overlay.value else { return overlay }
        for change in changes {
            if let index = members.firstIndex(where: { $0.key == change.key }) {
                members[index].value = members[index].value.merged(with: change.value)
                members[index].place = change.place
            } else {
                members.append(change)
            }
        }
        return JSONNode(.object(members), at: place)
    }

    /// Puts a value at the end of a path, making objects on the way where there is nothing.
    ///
    /// - Returns: why it can't be done, or nil when it is.
    package mutating func set(_ path: ArraySlice<String>, to new: JSONNode) -> String? {
        guard let step = path.first else {
            self = new
            return nil
        }
        let rest = path.dropFirst()
        switch value {
        case .array(var elements):
            guard let index = Int(step), (0...elements.count).contains(index) else {
                return "\"\(step)\" is no index of an array of \(elements.count) elements"
            }
            if index == elements.count { elements.append(JSONNode(.null, at: new.place)) }
            let problem = elements[index].set(rest, to: new)
            value = .array(elements)
            return problem
        case .object(var members):
            let index = members.firstIndex { $0.key == step } ?? members.count
            if index == members.count {
                members.append(JSONMember(key: step, place: new.place, value: JSONNode(.null, at: new.place)))
            }
            members[index].place = new.place
            let problem = members[index].value.set(rest, to: new)
            value = .object(members)
            return problem
        default:
            // A scalar on the way (a constant latency, say) gives way to the object that the path needs.
            self = JSONNode(.object([]), at: new.place)
            return set(path, to: new)
        }
    }

    /// Takes away what stands at the end of a path.
    ///
    /// - Returns: whether there was something.
    package mutating func remove(_ path: ArraySlice<String>) -> Bool {
        guard let step = path.first else { return false }
        let rest = path.dropFirst()
        switch value {
        case .array(var elements):
            guard let index = Int(step), elements.indices.contains(index) else { return false }
            guard rest.isEmpty || elements[index].remove(rest) else { return false }
            if rest.isEmpty { elements.remove(at: index) }
            value = .array(elements)
        case .object(var members):
            guard let index = members.firstIndex(where: { $0.key == step }) else { return false }
            guard rest.isEmpty || members[index].value.remove(rest) else { return false }
            if rest.isEmpty { members.remove(at: index) }
            value = .object(members)
        default: return false
        }
        return true
    }
}
