import Topology

/// Results and tables as text, so that both sides of a comparison can be shown.
enum InnoDBText {
    // MARK: What the model says

    static func result(_ result: StatementResult) -> String {
        switch result {
        case .ok: "ok"
        case .affected(let count, _): "affected \(count)"
        case .error(let error): "error \(error.code)"
        case .rows(.product(let row)): "rows " + (row.map { self.row($0) } ?? "")
        case .rows(.products(let rows)): "rows " + rows.map { row($0) }.joined(separator: "; ")
        case .rows(.order(let row)): "rows " + (row.map { self.row($0) } ?? "")
        case .rows(.count(let count)): "rows count=\(count)"
        case .rows(.transactions(let set)): "rows transactions=\(set.count)"
        case .rows(.events(let events)): "rows events=\(events.count)"
        }
    }

    static func tables(_ engine: InnoDB) -> String {
        "products: " + engine.committedProducts.map { row($0) }.joined(separator: "; ") + " orders: "
            + engine.committedOrders.map { row($0) }.joined(separator: "; ")
    }

    private static func row(_ row: ProductRow) -> String { "id=\(row.id) stock=\(row.stock) version=\(row.version)" }

    private static func row(_ row: OrderRow) -> String {
        "id=\(row.id) product_id=\(row.product) quantity=\(row.quantity) request_key=\(row.requestKey ?? "null") "
            + "user_id=\(row.user)"
    }

    // MARK: What the recording says

    static func tables(_ tables: RecordedNode) throws(ConfigurationError) -> String {
        "products: " + (try rows(try tables.value("products"))) + " orders: " + (try rows(try tables.value("orders")))
    }

    static func rows(_ list: RecordedNode) throws(ConfigurationError) -> String {
        var texts: [String] = []
        for row in try list.elements() {
            var columns: [String] = []
            for (name, value) in try row.members().sorted(by: { $0.key < $1.key }) {
                columns.append("\(name)=\(try column(value))")
            }
            texts.append(columns.joined(separator: " "))
        }
        return texts.joined(separator: "; ")
    }

    private static func column(_ value: RecordedNode) throws(ConfigurationError) -> String {
        if case .null = value.node.value { return "null" }
        if let text = value.node.string { return text }
        return "\(try value.integer())"
    }
}
