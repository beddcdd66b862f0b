"""A RESP2 client whose replies can be awaited or merely looked for."""
import select
import socket
import time


class Error(str):
    """An error reply, without its leading dash."""


class Closed(Exception):
    """The server has closed the connection."""


class Connection:
    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        # The client's port, by which the server lists it.
        self.port = self.socket.getsockname()[1]
        self.buffer = b""
        self.is_closed = False

    def close(self):
        self.is_closed = True
        self.socket.close()

    def send(self, words: list[str]):
        parts = [f"*{len(words)}\r\n".encode()]
        for word in words:
            data = word.encode("utf-8", "surrogateescape")
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        try:
            self.socket.sendall(b"".join(parts))
        except OSError:
            self.is_closed = True

    def receive(self, timeout: float):
        """The next reply, as (True, reply), or (False, None) when none comes in that many seconds.

        Raises Closed when the connection has ended and everything before that was read.
        """
        deadline = time.monotonic() + timeout
        while True:
            end = self._end(0)
            if end is not None:
                reply, self.buffer = self._parse(0)[0], self.buffer[end:]
                return True, reply
            if self.is_closed:
                raise Closed()
            left = deadline - time.monotonic()
            if not select.select([self.socket], [], [], max(0, left))[0]:
                return False, None
            self._fill()

    def ask(self, *words: str):
        """Sends a command and returns its reply, which must come."""
        self.send(list(words))
        there, reply = self.receive(10)
        if not there:
            raise TimeoutError(f"no reply to {words}")
        return reply

    def _fill(self):
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.buffer += data
        else:
            self.is_closed = True

    def _end(self, at: int) -> int | None:
        """Where the reply that begins at `at` ends; None while it is incomplete."""
        line = self.buffer.find(b"\r\n", at)
        if line < 0:
            return None
        kind = self.buffer[at:at + 1]
        if kind == b"$":
            length = int(self.buffer[at + 1:line])
            end = line + 2 if length < 0 else line + 4 + length
            return end if end <= len(self.buffer) else None
        if kind == b"*":
            end = line + 2
            for _ in range(int(self.buffer[at + 1:line])):
                end = self._end(end)
                if end is None:
                    return None
            return end
        return line + 2

    def _parse(self, at: int):
        line = self.buffer.find(b"\r\n", at)
        kind, head = self.buffer[at:at + 1], self.buffer[at + 1:line]
        if kind == b"+":
            return head.decode("utf-8", "surrogateescape"), line + 2
        if kind == b"-":
            return Error(head.decode("utf-8", "surrogateescape")), line + 2
        if kind == b":":
            return int(head), line + 2
        if kind == b"$":
            length = int(head)
            if length < 0:
                return None, line + 2
            start = line + 2
            return self.buffer[start:start + length].decode("utf-8", "surrogateescape"), start + length + 2
        count = int(head)
        if count < 0:
            return None, line + 2
        items, end = [], line + 2
        for _ in range(count):
            item, end = self._parse(end)
            items.append(item)
        return items, end
