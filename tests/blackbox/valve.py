"""A TCP door in front of a server that lets only so many bytes of requests through."""
import socket
import threading


class Valve:
    """Holds whoever is behind it once `limit` bytes have passed, so that they can't finish; cut() ends all connections."""

    def __init__(self, port, limit):
        self._target = port
        self._left = limit
        self._lock = threading.Lock()
        self._cut = threading.Event()
        self.full = threading.Event()
        self._sockets = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)

    def cut(self):
        self._cut.set()
        with self._lock:
            sockets = [self._listener, *self._sockets]
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # its other end was first
            one.close()

    @staticmethod
    def _start(function, *arguments):
        threading.Thread(target=function, args=arguments, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._sockets += [client, server]
            self._start(self._pump, client, server, self._take)
            self._start(self._pump, server, client, lambda size: None)

    def _take(self, size):
        with self._lock:
            self._left -= size
            if self._left >= 0:
                return
        self.full.set()
        self._cut.wait()

    @staticmethod
    def _pump(source, sink, before):
        try:
            while data := source.recv(65536):
                before(len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # cut, or the other end is gone
