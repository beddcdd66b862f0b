"""Performs a scenario's steps on a real server and writes down what comes back."""

import select
import time

import pymysql

from . import operations

#: For so long every statement that is still out has to wait before the server counts as at rest.
CONFIRMATION = 0.003
#: After that the server must have come to rest.
PATIENCE = 20.0


class Unrest(Exception):
    """The server did not come to rest."""


class Session:
    """A connection, and the operation that it waits for."""

    def __init__(self, connection):
        self.connection = connection
        self.thread = connection.thread_id()
        self.operation = None
        self.rest = []
        self.wait_order = 0

    def send(self, operation, sql):
        self.operation = operation
        self.rest = list(sql)
        self._send_next()

    def _send_next(self):
        self.connection._execute_command(pymysql.constants.COMMAND.COM_QUERY, self.rest.pop(0).encode())

    def read(self):
        """Reads an answer; the operation's result if that was the last one, else None."""
        try:
            self.connection._read_query_result()
            if self.rest:
                self._send_next()
                return None
            answer = self.connection._result
        except pymysql.MySQLError as error:
            answer = error
        found = operations.result(self.operation, answer)
        self.operation = None
        return found

    def fileno(self):
        return self.connection._sock.fileno()


class Recorder:
    """One scenario on one server."""

    def __init__(self, server, scenario):
        self.server = server
        self.scenario = scenario
        self.settings = scenario["settings"]
        self.sessions = {}
        self.ghosts = set()
        self.waits = 0
        self.has_deleted = False
        self.steps = []

    def record(self, source):
        """Performs the steps that `source(idle, waiting)` hands out until it gives None; the finished recording."""
        self._prepare()
        try:
            for name in self.scenario["sessions"]:
                self._connect(name)
            while True:
                idle = [name for name, session in self.sessions.items() if session.operation is None]
                waiting = [name for name, session in self.sessions.items() if session.operation is not None]
                step = source(idle, waiting)
                if step is None:
                    break
                self._perform(step)
            final = self._tables()
        finally:
            for session in self.sessions.values():
                session.connection._force_close()
            self.ghosts.update(session.thread for session in self.sessions.values())
            self._bury_ghosts()
        return {**self.scenario, "server": f"mariadb {self.server.version} innodb", "steps": self.steps, "final": final}

    def _prepare(self):
        for sql in operations.schema(self.scenario):
            self.server.ask(sql)
        self.server.ask("COMMIT")
        detection = "ON" if self.settings["innodb_deadlock_detect"] else "OFF"
        self.server.ask(f"SET GLOBAL innodb_deadlock_detect = {detection}")
        self.server.ask(f"SET GLOBAL max_connections = {self.settings['max_connections']}")

    def _bury_ghosts(self):
        deadline = time.monotonic() + PATIENCE
        while self.ghosts & self.server.threads():
            for thread in self.ghosts & self.server.threads():
                try:
                    self.server.ask(f"KILL {thread}")
                except pymysql.MySQLError:
                    pass  # It has gone in this moment.
            if time.monotonic() > deadline:
                raise Unrest("a connection does not end")
            time.sleep(0.001)

    def _connect(self, name):
        session = Session(self.server.connect(found_rows=self.settings["client_found_rows"]))
        level = operations.LEVELS[self.settings["default_isolation"]]
        with session.connection.cursor() as cursor:
            cursor.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {self.settings['innodb_lock_wait_timeout']}")
        self.sessions[name] = session

    # Steps

    def _perform(self, step):
        if "op" in step:
            self._issue(step)
        elif "connect" in step:
            self._open(step)
        elif "disconnect" in step:
            session = self.sessions.pop(step["disconnect"], None)
            if session is None:
                return
            self.ghosts.add(session.thread)
            session.connection._force_close()
            self._write(step, self._settle())
        elif "sleep_ms" in step:
            time.sleep(step["sleep_ms"] / 1000)
            self._write(step, self._settle())

    def _open(self, step):
        name = step["connect"]
        if name in self.sessions:
            return
        try:
            self._connect(name)
            found = {"ok": True}
        except pymysql.MySQLError as error:
            found = {"error": error.args[0]}
        self._write({"connect": name, "result": found}, self._settle())

    def _issue(self, step):
        session = self.sessions.get(step["session"])
        # While shrinking, a session may wait where it did not before.
        if session is None or session.operation is not None:
            return
        operation = step["op"]
        self.has_deleted = self.has_deleted or any(name.startswith("delete") for name in operation)
        session.send(operation, operations.statements(operation, self.settings["default_isolation"]))
        arrived = self._settle()
        own = next((found for found in arrived if found[0] == step["session"]), None)
        if own:
            arrived.remove(own)
        else:
            self.waits += 1
            session.wait_order = self.waits
        written = {"session": step["session"], "op": operation, "result": own[1] if own else {"blocked": True}}
        self._write(written, arrived)

    def _write(self, step, arrived):
        self.steps.append(step)
        # Clients are answered by threads of their own: the order in which they are says nothing.
        arrived.sort(key=lambda found: found[2])
        for name, found, _ in arrived:
            line = {"session": name, "unblocked": {"result": found}}
            if len(arrived) > 1:
                line["any_order"] = True
            self.steps.append(line)

    def _settle(self):
        """Waits until each statement has come back or waits for a lock, and what is deleted is purged; what has come back.
        """
        arrived = self._come_to_rest()
        if self.has_deleted:
            self.server.await_purge()
            # Who waited for a row that was purged looks again.
            arrived += self._come_to_rest()
        return arrived

    def _come_to_rest(self):
        arrived = []
        deadline = time.monotonic() + PATIENCE
        quiet_since = None
        while True:
            pending = [(name, session) for name, session in self.sessions.items() if session.operation is not None]
            if pending and self._read(pending, arrived, 0.001 if quiet_since is None else CONFIRMATION / 2):
                quiet_since = None
                continue
            self.ghosts &= self.server.threads() if self.ghosts else set()
            expected = {session.thread for _, session in pending} | self.ghosts
            if not expected:
                return arrived
            now = time.monotonic()
            if expected <= self.server.waiting_threads():
                quiet_since = quiet_since or now
                if now - quiet_since >= CONFIRMATION and not self._read(pending, arrived, 0):
                    return arrived
            else:
                quiet_since = None
                if now > deadline:
                    raise Unrest("the server does not come to rest")

    def _read(self, pending, arrived, timeout):
        ready, _, _ = select.select([session for _, session in pending], [], [], timeout)
        for name, session in pending:
            if session in ready:
                found = session.read()
                if found is not None:
                    arrived.append((name, found, session.wait_order))
        return bool(ready)

    def _tables(self):
        connection = self.server.connect()
        try:
            tables = {}
            for table, columns in (("products", operations.PRODUCT_COLUMNS), ("orders", operations.ORDER_COLUMNS)):
                with connection.cursor(pymysql.cursors.DictCursor) as cursor:
                    cursor.execute(f"SELECT {columns} FROM {table} ORDER BY id")
                    tables[table] = list(cursor.fetchall())
            return tables
        finally:
            connection.close()


def listed(steps):
    """Hands out the steps of a list, for `record`."""
    iterator = iter([step for step in steps if "unblocked" not in step])
    return lambda idle, waiting: next(iterator, None)
