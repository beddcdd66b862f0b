"""A server behind nginx that behaves as it is told (the states are described in Tests/Fixtures/README.md)."""
import socket

from .loop import Loop

OPEN_STATES = ("up", "refusing", "crashed", "unreachable")


class Backend:
    """Listens on one port; several connections at once."""

    def __init__(self, loop: Loop, name: str, port: int) -> None:
        self.loop = loop
        self.name = name
        self.port = port
        self.state = "up"
        self.listener: socket.socket | None = None
        self.connections: dict[socket.socket, bytes] = {}
        # Requests that wait to be released: the connection by id.
        self.held: dict[str, socket.socket] = {}
        # What fills the accept queue while the server is unreachable.
        self.fillers: list[socket.socket] = []
        self.listen()

    # Connections

    def listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.listener = listener
        self.loop.add(listener, self.accept)

    def accept(self) -> None:
        if self.state == "unreachable":
            return
        while True:
            try:
                connection, _ = self.listener.accept()
            except (BlockingIOError, OSError):
                return
            self.connections[connection] = b""
            self.loop.add(connection, lambda connection=connection: self.read(connection))

    def read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.forget(connection)
            return
        self.connections[connection] += data
        head, separator, body = self.connections[connection].partition(b"\r\n\r\n")
        if not separator:
            return
        fields = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            fields[key.strip().lower()] = value.strip()
        if len(body) < int(fields.get("content-length", 0)):
            return
        self.connections[connection] = b""
        if fields.get("x-hold"):
            self.held[fields["x-id"]] = connection
        else:
            self.answer(connection)

    def forget(self, connection: socket.socket, abruptly: bool = False) -> None:
        self.connections.pop(connection, None)
        for request in [key for key, value in self.held.items() if value is connection]:
            del self.held[request]
        self.loop.drop(connection, abruptly)

    # Answers

    def answer(self, connection: socket.socket) -> None:
        status = 200 if self.state in OPEN_STATES else int(self.state) if self.state.isdigit() else None
        if status:
            self.send(connection, f"HTTP/1.1 {status} Scripted\r\nContent-Length: 2\r\n\r\nok")
        elif self.state == "closing_mid_response":
            self.send(connection, "HTTP/1.1 200 Scripted\r\nContent-Le")
            self.forget(connection)
        elif self.state == "closing_mid_body":
            self.send(connection, "HTTP/1.1 200 Scripted\r\nContent-Length: 100\r\n\r\n0123456789")
            self.forget(connection)
        elif self.state == "invalid_header":
            self.send(connection, "HTTP/1.1 200 Scripted\r\nContent-Length\0: 2\r\n\r\nok")
            self.forget(connection)
        else:
            assert self.state == "hanging", self.state

    def send(self, connection: socket.socket, text: str) -> None:
        try:
            connection.send(text.encode())
        except OSError:
            self.forget(connection)

    def release(self, request: str) -> bool:
        """Answers a held request as the state says; False when it is not here."""
        connection = self.held.pop(request, None)
        if connection is None:
            return False
        self.answer(connection)
        return True

    # States

    def become(self, state: str) -> None:
        if self.state == "unreachable":
            self.drain()
        self.state = state
        if state in ("refusing", "crashed"):
            if self.listener:
                self.loop.drop(self.listener)
                self.listener = None
        elif self.listener is None:
            self.listen()
        if state == "crashed":
            # Those with a request first: what nginx does next depends on the order.
            for connection in list(self.held.values()) + list(self.connections):
                self.forget(connection, abruptly=True)
        if state == "unreachable":
            self.fill()

    def fill(self) -> None:
        """Makes the accept queue so short and so full that the kernel drops every further SYN."""
        self.listener.listen(0)
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.fillers.append(filler)
        self.loop.rest(0.02)

    def drain(self) -> None:
        for filler in self.fillers:
            filler.close()
        self.fillers = []
        self.listener.listen(64)
        while True:
            try:
                self.listener.accept()[0].close()
            except (BlockingIOError, OSError):
                return

    def close(self) -> None:
        if self.state == "unreachable":
            self.drain()
        for connection in list(self.connections):
            self.forget(connection, abruptly=True)
        if self.listener:
            self.loop.drop(self.listener)
