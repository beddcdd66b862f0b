"""A TCP proxy on loopback that stands in a replication link, so that the link can be cut while clients stay."""
import select
import socket
import threading


class Proxy:
    def __init__(self, port: int, target: int):
        self.port = port
        self.target = target
        self.listener: socket.socket | None = None
        self.pairs: dict[socket.socket, socket.socket] = {}
        self.wake_reader, self.wake_writer = socket.socketpair()
        self.lock = threading.Lock()
        self.is_ended = False
        self.open()
        threading.Thread(target=self._run, daemon=True).start()

    def open(self):
        """Lets connections through."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        with self.lock:
            self.listener = listener
        self.wake_writer.send(b"x")

    def cut(self):
        """Closes all connections and refuses new ones."""
        with self.lock:
            if self.listener:
                # Also while another thread waits for it.
                self.listener.shutdown(socket.SHUT_RDWR)
                self.listener.close()
                self.listener = None
            for end in list(self.pairs):
                end.close()
            self.pairs.clear()
        self.wake_writer.send(b"x")

    def end(self):
        self.is_ended = True
        self.cut()

    def _run(self):
        while not self.is_ended:
            with self.lock:
                sockets = [self.wake_reader, *self.pairs] + ([self.listener] if self.listener else [])
            try:
                ready = select.select(sockets, [], [], 1)[0]
            except (OSError, ValueError):
                continue
            with self.lock:
                for end in ready:
                    self._serve(end)

    def _serve(self, end: socket.socket):
        try:
            if end is self.wake_reader:
                end.recv(4096)
            elif end is self.listener:
                client = end.accept()[0]
                try:
                    server = socket.create_connection(("127.0.0.1", self.target), timeout=1)
                except OSError:
                    client.close()
                    return
                for one in (client, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.pairs[client], self.pairs[server] = server, client
            elif end in self.pairs:
                data = end.recv(1 << 16)
                if not data:
                    raise OSError
                self.pairs[end].sendall(data)
        except OSError:
            other = self.pairs.pop(end, None)
            end.close()
            if other:
                self.pairs.pop(other, None)
                other.close()
