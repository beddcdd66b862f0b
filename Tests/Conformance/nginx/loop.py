"""One thread's sockets: everything that a recording needs happens in `Loop.pump`, so nothing races."""
import selectors
import socket
import threading
import time
from typing import Callable

# A child process holds every socket of its parent for a moment: nobody may close one while a child is being made.
FORKING = threading.Lock()


class Loop:
    """Calls a socket's handler when it can be read."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()

    def add(self, sock: socket.socket, handler: Callable[[], None]) -> None:
        sock.setblocking(False)
        self.selector.register(sock, selectors.EVENT_READ, handler)

    def drop(self, sock: socket.socket, abruptly: bool = False) -> None:
        """Closes a socket; abruptly with a reset."""
        with FORKING:
            self._drop(sock, abruptly)

    def _drop(self, sock: socket.socket, abruptly: bool) -> None:
        try:
            self.selector.unregister(sock)
        except (KeyError, ValueError):
            return
        if abruptly:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()

    def pump(self, done: Callable[[], bool], seconds: float) -> bool:
        """Handles what comes until `done`; False when the time is over first."""
        deadline = time.monotonic() + seconds
        while not done():
            rest = deadline - time.monotonic()
            if rest <= 0:
                return False
            # The access log is no socket, so `done` is asked again after at most 2 ms.
            for key, _ in self.selector.select(min(rest, 0.002)):
                key.data()
        return True

    def rest(self, seconds: float) -> None:
        """Handles what comes for so long."""
        self.pump(lambda: False, seconds)

    def close(self) -> None:
        for key in list(self.selector.get_map().values()):
            self.drop(key.fileobj)
        self.selector.close()
