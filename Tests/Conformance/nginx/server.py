"""A real nginx with one worker and an upstream group as a recording describes it."""
import pathlib
import re
import socket
import subprocess
import time

from common import packages

from .loop import FORKING


def version() -> str:
    """As recordings name it: `nginx 1.22.1`."""
    done = subprocess.run([packages.require("nginx", "nginx"), "-v"], capture_output=True, text=True, check=True)
    return "nginx " + re.search(r"nginx/([\d.]+)", done.stderr)[1]


def configuration(upstream: dict, folder: pathlib.Path, port: int, ports: dict[str, int]) -> str:
    lines = []
    if upstream["policy"] == "least_conn":
        lines.append("least_conn;")
    for server in upstream["servers"]:
        words = [
            f"server 127.0.0.1:{ports[server['name']]}", f"weight={server['weight']}",
            f"max_fails={server['max_fails']}", f"fail_timeout={server['fail_timeout_ms'] // 1000}s",
            f"max_conns={server['max_conns']}"]
        words += [word for word in ("backup", "down") if server[word]]
        lines.append(" ".join(words) + ";")
    kept = upstream.get("keepalive", 0)
    if kept:
        lines.append(f"keepalive {kept};")
    conditions = upstream["next_upstream"] + (["non_idempotent"] if upstream["non_idempotent"] else [])
    proxy = [
        "proxy_pass http://group;", f"proxy_next_upstream {' '.join(conditions)};",
        f"proxy_next_upstream_tries {upstream['next_upstream_tries']};",
        f"proxy_next_upstream_timeout {upstream['next_upstream_timeout_ms']}ms;",
        f"proxy_connect_timeout {upstream['connect_timeout_ms']}ms;",
        f"proxy_read_timeout {upstream['read_timeout_ms']}ms;",
        f"proxy_ignore_client_abort {'on' if upstream.get('ignore_client_abort') else 'off'};"]
    if kept:
        proxy += ["proxy_http_version 1.1;", 'proxy_set_header Connection "";']
    group, location = "\n    ".join(lines), "\n      ".join(proxy)
    return f"""daemon off; master_process off; worker_processes 1;
pid {folder}/pid; error_log {folder}/error.log info;
events {{ worker_connections 512; }}
http {{
  log_format tried '$http_x_id|$upstream_addr|$status';
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream group {{
    {group}
  }}
  server {{
    listen 127.0.0.1:{port};
    access_log {folder}/access.log tried;
    location / {{
      {location}
    }}
  }}
}}
"""


class Nginx:
    """Started at once; `entries` holds the access log by request."""

    def __init__(self, upstream: dict, folder: pathlib.Path, port: int, ports: dict[str, int]) -> None:
        self.names = {f"127.0.0.1:{number}": name for name, number in ports.items()}
        self.port = port
        self.entries: dict[str, dict] = {}
        (folder / "access.log").write_text("")
        (folder / "nginx.conf").write_text(configuration(upstream, folder, port, ports))
        program = packages.require("nginx", "nginx")
        with FORKING:
            self.process = subprocess.Popen(
                [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        self.log = open(folder / "access.log", encoding="latin-1")
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"nginx did not start: {(folder / 'error.log').read_text()[-500:]}")
                time.sleep(0.005)

    def read_log(self) -> None:
        """Takes in what is new in the access log."""
        while True:
            place = self.log.tell()
            line = self.log.readline()
            if not line.endswith("\n"):
                self.log.seek(place)
                return
            request, addresses, status = line.rstrip("\n").split("|")
            # The group's own name stands there when no server was left.
            tried = [self.names[word] for word in re.split(r"[, ]+", addresses) if word in self.names]
            self.entries[request] = {"tried": tried, "status": int(status)}

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()
