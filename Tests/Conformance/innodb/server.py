"""Private MariaDB servers on loopback, their data in a temporary folder."""

import os
import re
import shutil
import subprocess
import tempfile
import time

import pymysql
from pymysql.constants import CLIENT

PASSWORD_FREE_USER = "root"


class Server:
    """One mariadbd with its own data directory."""

    def __init__(self, port, rollback_on_timeout=False):
        self.port = port
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="stampede-innodb-", dir=base)
        self._check_port_is_free()
        data = os.path.join(self.folder, "data")
        common = ["--no-defaults", f"--datadir={data}"]
        if os.geteuid() == 0:
            common.append("--user=root")
        subprocess.run(
            ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen(
            [
                "mariadbd", *common, "--bind-address=127.0.0.1", f"--port={port}",
                f"--socket={self.folder}/socket", f"--pid-file={self.folder}/pid",
                f"--log-error={self.folder}/error.log",
                f"--innodb-rollback-on-timeout={'ON' if rollback_on_timeout else 'OFF'}",
                "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", "--innodb-stats-persistent=OFF",
                "--innodb-snapshot-isolation=OFF", "--innodb-autoinc-lock-mode=1", "--skip-name-resolve",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.admin = self._connect_when_ready()
            self.ask("CREATE DATABASE shop")
            self.admin.select_db("shop")
            self.ask("CREATE TABLE tick (n INT)")
            self.ask("INSERT INTO tick VALUES (0)")
            self.ask("COMMIT")
            self.version = re.match(r"[\d.]+", self.ask("SELECT VERSION()")[0][0]).group()
        except BaseException:
            self.stop()
            raise

    def _check_port_is_free(self):
        import socket

        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise SystemExit(f"port {self.port} is taken: choose another with --port")

    def _connect_when_ready(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.connect(database=None)
            except pymysql.err.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"mariadbd did not start: see {self.folder}/error.log")
                time.sleep(0.05)

    def connect(self, found_rows=False, database="shop"):
        """A client connection; autocommit is on."""
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=PASSWORD_FREE_USER, database=database, autocommit=None,
            client_flag=CLIENT.FOUND_ROWS if found_rows else 0)

    def ask(self, sql):
        """Runs a statement of the administrator."""
        with self.admin.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def waiting_threads(self):
        """Connection ids whose transaction waits for a lock now.

        Not from information_schema.innodb_trx, which is cached for 0.1 s.
        """
        status = self.ask("SHOW ENGINE INNODB STATUS")[0][2]
        waiting = set()
        for part in status.split("---TRANSACTION ")[1:]:
            thread = re.search(r"thread id (\d+)", part)
            if thread and re.search(r"^LOCK WAIT ", part, re.MULTILINE):
                waiting.add(int(thread.group(1)))
        return waiting

    def await_purge(self):
        """Waits until the purge threads have removed what they can.

        The end of a read view does not wake them, a commit of changes does.
        """
        self.ask("UPDATE tick SET n = n + 1")
        self.ask("COMMIT")
        found, repeated = None, 0
        for _ in range(200):
            time.sleep(0.002)
            status = self.ask("SHOW ENGINE INNODB STATUS")[0][2]
            progress = re.search(r"Purge done for trx's n:o < \S+ undo n:o < \S+ state: .*", status).group()
            repeated = repeated + 1 if progress == found else 0
            # A read view that keeps it from going on keeps it running, too.
            if repeated >= (1 if "idle" in progress else 3):
                return
            found = progress

    def threads(self):
        """Connection ids that exist."""
        return {row[0] for row in self.ask("SELECT id FROM information_schema.processlist")}

    def stop(self):
        """Ends the server and removes its data."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pool:
    """Servers by the variables that can only be set at the start."""

    def __init__(self, port):
        self.port = port
        self.servers = {}

    def server(self, settings):
        rollback = settings["innodb_rollback_on_timeout"]
        if rollback not in self.servers:
            self.servers[rollback] = Server(self.port + len(self.servers), rollback_on_timeout=rollback)
        return self.servers[rollback]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.stop()
