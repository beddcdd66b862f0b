"""The real servers of the miniature: nginx, two applications, redis-server and mariadbd on loopback."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from common import packages

HERE = Path(__file__).resolve().parent

NGINX = """
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
{user}
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    keepalive_requests 10000000;
    upstream application {{
{servers}
        keepalive {keepalive};
    }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


PACKAGES = {
    "nginx": "nginx", "redis-server": "redis-server", "mariadbd": "mariadb-server", "g++": "g++",
    "mariadb_config": "libmariadb-dev"}


def require_programs():
    """Installs what is missing of the servers and of what the application is built with."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program, package in PACKAGES.items():
        packages.require(program, package)
    if not Path("/usr/include/hiredis/hiredis.h").exists():
        raise SystemExit("the application needs hiredis: apt-get install libhiredis-dev")


def privileged():
    """Gives the process about to start precedence over whatever else runs on the machine, where that is allowed."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def milliseconds(text):
    """Of a duration in a topology."""
    for unit, factor in (("ms", 1), ("us", 1e-3), ("ns", 1e-6), ("s", 1e3)):
        if text.endswith(unit):
            return float(text[: -len(unit)]) * factor
    raise ValueError(f"no duration: {text}")


class Miniature:
    """All servers, with the limits of a topology; a context that starts and stops them."""

    def __init__(self, topology, workload, folder, port, sleep, flush=None):
        self.topology = topology
        self.workload = workload
        self.folder = Path(folder)
        self.port = port
        self.sleep = sleep
        self.flush = flush
        names = topology["application"]["servers"]
        self.app_ports = {name: port + 1 + index for index, name in enumerate(names)}
        self.redis_port = port + 1 + len(names)
        self.mariadb_port = port + 2 + len(names)
        self.processes = {}

    # Starting and stopping

    def __enter__(self):
        try:
            self.build()
            self.start_redis()
            self.start_mariadb()
            self.fill()
            for name, port in self.app_ports.items():
                self.start_app(name, port)
            self.start_nginx()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for name in reversed(list(self.processes)):
            process = self.processes.pop(name)
            process.send_signal(signal.SIGKILL if name.startswith("app") else signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def build(self):
        flags = subprocess.run(
            ["mariadb_config", "--cflags", "--libs"], check=True, capture_output=True, text=True).stdout.split()
        compiler = ["g++", "-std=c++20", "-O2", "-Wall"]
        subprocess.run(
            compiler + ["-o", self.folder / "app", HERE / "app.cpp"] + flags + ["-lhiredis", "-lpthread"], check=True)
        subprocess.run(compiler + ["-o", self.folder / "load", HERE / "load.cpp"], check=True)
        subprocess.run(
            compiler + ["-shared", "-fPIC", "-o", self.folder / "flush.so", HERE / "flush.cpp"], check=True)

    def start(self, name, command, **environment):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, cwd=self.folder, preexec_fn=privileged,
                env=os.environ | environment)

    def await_port(self, name, port):
        for _ in range(600):
            if self.processes[name].poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{name} does not start:\n{(self.folder / f'{name}.log').read_text()[-2000:]}")

    def start_redis(self):
        self.start("redis", [
            "redis-server", "--port", self.redis_port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
            "--dir", self.folder])
        self.await_port("redis", self.redis_port)

    def start_mariadb(self):
        data = self.folder / "mariadb"
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=root", "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        limit = self.topology["mysql"]["maxConnections"]
        if limit < 10:
            raise ValueError("mariadb allows no max_connections below 10")
        disk = {"LD_PRELOAD": str(self.folder / "flush.so"), "FLUSH_SECONDS": self.flush} if self.flush else {}
        self.start("mariadb", [
            "mariadbd", "--no-defaults", f"--datadir={data}", "--user=root", "--bind-address=127.0.0.1",
            f"--port={self.mariadb_port}", f"--socket={self.socket}", f"--max-connections={limit}",
            "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=1", f"--pid-file={self.folder}/mariadb.pid",
            "--innodb-log-file-buffering=ON"], **disk)
        self.await_port("mariadb", self.mariadb_port)

    @property
    def socket(self):
        return self.folder / "mariadb.sock"

    def sql(self, text):
        """Runs statements as root, for whom one connection above the limit is reserved."""
        return subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch", "--skip-column-names"],
            input=text, check=True, capture_output=True, text=True).stdout

    def redis(self, commands):
        return subprocess.run(
            ["redis-cli", "-p", str(self.redis_port)], input="\n".join(commands) + "\n", check=True,
            capture_output=True, text=True).stdout

    def fill(self):
        """Products are counted from 0, as in a trace."""
        products, stock = self.workload["products"], self.workload["stock"]
        self.sql(f"""
            CREATE DATABASE shop;
            CREATE USER shop@127.0.0.1 IDENTIFIED BY 'shop';
            GRANT ALL ON shop.* TO shop@127.0.0.1;
            USE shop;
            CREATE TABLE products (id INT PRIMARY KEY, stock INT NOT NULL, version INT NOT NULL) ENGINE=InnoDB;
            CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, user_id INT, product_id INT, quantity INT)
                ENGINE=InnoDB;
            INSERT INTO products SELECT seq, {stock}, 0 FROM seq_0_to_{products - 1};
            """)

    def reset(self):
        """Makes all as it was in the beginning: stocks full, part of the products cached, nobody's journey kept."""
        products, stock = range(self.workload["products"]), self.workload["stock"]
        self.sql(f"USE shop; TRUNCATE orders; UPDATE products SET stock = {stock}, version = 0;")
        warm = random.Random(1).sample(products, round(self.workload.get("warmCache", 0) * len(products)))
        self.redis(
            ["FLUSHALL"] + [f"SET product:{product}:stock {stock}" for product in products]
            + [f"SET product:{product}:details {stock}" for product in warm])
        for name in self.app_ports:
            self.steps(name)

    def start_app(self, name, port):
        application = self.topology["application"]
        pool = application["primaryPool"]
        self.start(name, [
            self.folder / "app", port, application["threads"], self.redis_port, self.mariadb_port, pool["size"],
            round(milliseconds(pool["connectionTimeout"])), self.sleep])
        self.await_port(name, port)

    def start_nginx(self):
        balancer = self.topology["loadBalancer"]
        servers = "\n".join(f"        server 127.0.0.1:{port};" for port in self.app_ports.values())
        configuration = NGINX.format(
            workers=balancer["workers"], folder=self.folder, connections=balancer["maxConnections"],
            servers=servers, keepalive=balancer["keepalive"], port=self.port,
            user="user root;" if os.geteuid() == 0 else "")
        (self.folder / "nginx.conf").write_text(configuration)
        self.start("nginx", ["nginx", "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", "stderr"])
        self.await_port("nginx", self.port)

    # Processes

    def pids(self, name):
        """A server's process and its children."""
        found, parents = [self.processes[name].pid], {self.processes[name].pid}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) in parents:
                found.append(int(path.parent.name))
        return found

    def steps(self, name):
        """The journeys of an application's requests since the last call: a list of dictionaries."""
        with socket.create_connection(("127.0.0.1", self.app_ports[name]), 10) as connection:
            connection.sendall(b"GET /steps HTTP/1.1\r\n\r\n")
            head, _, body = b"".join(iter_all(connection)).partition(b"\r\n\r\n")
        lines = body.decode().splitlines()
        names = lines[0].split(",")
        return [dict(zip(names, map(int, line.split(",")))) for line in lines[1:]]


def iter_all(connection):
    """What a kept connection sends until its one answer is complete."""
    received = b""
    while True:
        part = connection.recv(1 << 20)
        yield part
        received += part
        head, separator, body = received.partition(b"\r\n\r\n")
        if not part or separator and len(body) >= int(head.lower().split(b"content-length:")[1].split()[0]):
            return


def fresh_folder(parent):
    """An empty folder for the servers' data."""
    folder = Path(parent) / f"miniature-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
