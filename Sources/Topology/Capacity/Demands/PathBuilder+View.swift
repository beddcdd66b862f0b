/// The view, in the order of `AppServer+View`.
extension PathBuilder {
    mutating func viewed(_ type: RequestClass) {
        compute(\.view, "view")
        if type == .viewLocalHit { return }
        redis("GET product:details", "the view's diagram", isRead: true)
        if type == .viewHit { return }
        if view.onMiss == .mutex {
            redis("SET product:details:rebuild NX PX", "view.onMiss")
            if view.rebuildCheck == .again { redis("GET product:details", "view.rebuildCheck", isRead: true) }
        }
        if view.fill == .lease { redis("SET product:details:lease NX PX", "view.fill") }
        database(view.source) { path, end in path.statement("SELECT product", \.select, "select", at: end) }
        switch view.fill {
        case .set: redis("SET product:details", "view.fill")
        case .ifNewer, .lease: redis("EVAL product:details", "view.fill", isScript: true)
        }
        if view.onMiss == .mutex { redis("DEL product:details:rebuild", "view.onMiss") }
        compute(\.viewMiss, "viewMiss")
    }
}
