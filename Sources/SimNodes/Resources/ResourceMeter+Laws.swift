import Topology

/// What holds of every resource, whatever the design: a meter that breaks it is a fault of the program.
extension ResourceMeter {
    /// Where the numbers contradict each other; empty when all is well. Everybody who came is waiting, in service or gone
    /// (conservation), and the area under the queue is the sum of all waits, of those too who gave up (Little's law).
    package func brokenLaws(until end: Instant) -> [String] {
        var broken = broken("waiting", waiting, queue, until: end)
        if announcesService { broken += self.broken("in service", served, inUse, until: end) }
        return broken
    }

    private func broken(_ place: String, _ one: Attendance, _ level: TimeWeighted, until end: Instant) -> [String] {
        if one.present != level.level {
            return [
                "\(name): \(one.came) came, of whom \(one.present) are \(place), but the meter shows \(level.level)"
            ]
        }
        let (stays, area) = (one.total(until: end), level.area(until: end))
        if stays == area { return [] }
        return [
            "\(name): Little's law is broken: those \(place) spent \(stays.value / 1e9) s there, the mean number "
                + "over time says \(area.value / 1e9) s"
        ]
    }
}
