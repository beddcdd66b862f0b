"""The operations of a recording as SQL, and what comes back as its results."""

import pymysql

PRODUCT_COLUMNS = "id, stock, version"
ORDER_COLUMNS = "id, request_key, user_id, product_id, quantity"
LEVELS = {"repeatable_read": "REPEATABLE READ", "read_committed": "READ COMMITTED"}
#: Without the hints the optimiser scans so small a table, and locks all of it.
ORDERS_BY_KEY = "orders FORCE INDEX (request_key)"
#: Codes that MySQL 8 documents where MariaDB's differ, by operation and code.
CHECK_VIOLATED = (4025, 3819)
NOT_AVAILABLE = (1205, 3572)


def schema(scenario):
    """The statements that make the scenario's tables and rows."""
    constraint = scenario.get("stock_constraint")
    stock = "INT UNSIGNED NOT NULL" if constraint == "unsigned" else "INT NOT NULL"
    check = ", CHECK (stock >= 0)" if constraint == "check" else ""
    unique = ", UNIQUE KEY user_product (user_id, product_id)" if scenario.get("unique_user_product") else ""
    yield f"CREATE OR REPLACE TABLE products (id INT PRIMARY KEY, stock {stock}, version INT NOT NULL{check})"
    yield (
        "CREATE OR REPLACE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, request_key VARCHAR(64) NULL UNIQUE, "
        f"user_id INT NOT NULL, product_id INT NOT NULL, quantity INT NOT NULL{unique})")
    for row in scenario["tables"]["products"]:
        yield f"INSERT INTO products VALUES ({row['id']}, {row['stock']}, {row['version']})"
    for row in scenario["tables"]["orders"]:
        yield (
            f"INSERT INTO orders ({ORDER_COLUMNS}) VALUES ({row['id']}, {text(row['request_key'])}, "
            f"{row['user_id']}, {row['product_id']}, {row['quantity']})")


def text(value):
    """A literal; keys are plain words, so nothing needs escaping."""
    return "NULL" if value is None else f"'{value}'"


def statements(operation, default_isolation):
    """The SQL of an operation: what goes before, and the statement whose answer counts, and what goes after."""
    (name, fields), = operation.items()
    if name == "begin":
        level = "SET SESSION TRANSACTION ISOLATION LEVEL "
        snapshot = " WITH CONSISTENT SNAPSHOT" if fields.get("consistent_snapshot") else ""
        # The level of the session would last; what runs without a transaction is at the default.
        return [
            level + LEVELS[fields["isolation"]], "START TRANSACTION" + snapshot, level + LEVELS[default_isolation]]
    return [single(name, fields)]


def single(name, fields):
    """The SQL of an operation that is one statement."""
    match name:
        case "commit":
            return "COMMIT"
        case "rollback":
            return "ROLLBACK"
        case "set_autocommit":
            return f"SET autocommit = {1 if fields else 0}"
        case "select":
            return f"SELECT {PRODUCT_COLUMNS} FROM products WHERE id = {fields['product']}"
        case "select_for_update":
            if "products" in fields:
                ids = ", ".join(str(product) for product in fields["products"])
                sql = f"SELECT {PRODUCT_COLUMNS} FROM products FORCE INDEX (PRIMARY) WHERE id IN ({ids}) ORDER BY id"
            else:
                sql = f"SELECT {PRODUCT_COLUMNS} FROM products WHERE id = {fields['product']}"
            policy = " NOWAIT" if fields.get("nowait") else " SKIP LOCKED" if fields.get("skip_locked") else ""
            return sql + " FOR UPDATE" + policy
        case "update_stock":
            stock = str(fields["set"]) if "set" in fields else f"stock {'-' if fields['add'] < 0 else '+'} {abs(fields['add'])}"
            sql = f"UPDATE products SET stock = {stock}"
            if fields.get("bump_version"):
                sql += ", version = version + 1"
            sql += f" WHERE id = {fields['product']}"
            if "where_stock_at_least" in fields:
                sql += f" AND stock >= {fields['where_stock_at_least']}"
            if "where_version" in fields:
                sql += f" AND version = {fields['where_version']}"
            return sql
        case "insert_product":
            return f"INSERT INTO products VALUES ({fields['product']}, {fields['stock']}, 0)"
        case "insert_order":
            return (
                "INSERT INTO orders (request_key, user_id, product_id, quantity) VALUES "
                f"({text(fields.get('request_key'))}, {fields['user']}, {fields['product']}, {fields['quantity']})")
        case "delete_product":
            return f"DELETE FROM products WHERE id = {fields['product']}"
        case "delete_order":
            return f"DELETE orders FROM {ORDERS_BY_KEY} WHERE request_key = {text(fields['request_key'])}"
        case "count_orders":
            return (
                f"SELECT COUNT(*) AS count FROM orders WHERE user_id = {fields['user']} "
                f"AND product_id = {fields['product']}")
        case "select_order":
            sql = f"SELECT {ORDER_COLUMNS} FROM {ORDERS_BY_KEY} WHERE request_key = {text(fields['request_key'])}"
            return sql + (" FOR UPDATE" if fields.get("for_update") else "")
    raise ValueError(f"unknown operation {name}")


WRITES = {"update_stock", "insert_product", "insert_order", "delete_product", "delete_order"}


def result(operation, answer):
    """What a finished statement gave, in the recording's terms.

    `answer` is a pymysql result, or the exception.
    """
    (name, fields), = operation.items()
    if isinstance(answer, pymysql.MySQLError):
        code = answer.args[0]
        found = {"error": code}
        if code == CHECK_VIOLATED[0]:
            found["error_mysql8"] = CHECK_VIOLATED[1]
        if code == NOT_AVAILABLE[0] and isinstance(fields, dict) and fields.get("nowait"):
            found["error_mysql8"] = NOT_AVAILABLE[1]
        return found
    if answer.field_count > 0 and answer.description:
        names = [column[0] for column in answer.description]
        return {"rows": [dict(zip(names, row)) for row in answer.rows]}
    return {"affected": answer.affected_rows} if name in WRITES else {"ok": True}
