#!/usr/bin/env python3
"""Holds Stampede's model of a server against the real one.

    python3 Tests/Conformance/conformance.py SERVER VERB …

SERVER is a folder beside this file that has a cli.py (redis, innodb, …); `SERVER --help` lists its verbs.
A cli.py has `main(arguments: list[str]) -> int`, which returns the exit code: 0 all agree, 99 something differs.
"""
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def main() -> int:
    servers = sorted(path.parent.name for path in HERE.glob("*/cli.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in servers:
        print(__doc__.strip())
        print(f"\nServers: {', '.join(servers)}")
        return 0 if sys.argv[1:2] in (["--help"], ["-h"]) else 64
    return importlib.import_module(f"{sys.argv[1]}.cli").main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
