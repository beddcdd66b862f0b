"""`conformance.py redis …`: records scenarios from real redis-servers and holds the model against them."""
import argparse
import pathlib

from common import recordings, simrunner
from redis import campaign


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="conformance.py redis", description=__doc__)
    parser.add_argument("--simrunner", help="SimRunner's path; else $SIMRUNNER, else the release build")
    parser.add_argument("--port", type=int, default=7200, help="the first of ten ports for each job")
    verbs = parser.add_subparsers(dest="verb", required=True)
    record = verbs.add_parser("record", help="perform the steps of scenarios anew and write what comes back into them")
    record.add_argument("files", nargs="+", type=pathlib.Path)
    compare = verbs.add_parser("compare", help="record scenarios to a temporary folder and replay them")
    compare.add_argument("files", nargs="+", type=pathlib.Path)
    generate = verbs.add_parser("generate", help="make up sequences, record them, replay them, shrink what differs")
    generate.add_argument("--sequences", type=int, default=500)
    generate.add_argument("--seed", type=int, default=1, help="that of the first sequence; the next has the next")
    generate.add_argument("--jobs", type=int, default=6, help="how many groups of servers work side by side")
    generate.add_argument("--batch", type=int, default=500, help="how many sequences are replayed at once")
    generate.add_argument("--found", type=pathlib.Path, help="where shrunk differences go; else a temporary folder")
    generate.add_argument("--shrink", type=int, default=8, help="how many differences of a batch are shrunk")
    chosen = parser.parse_args(arguments)
    if chosen.verb == "record":
        return campaign.record(chosen.files, chosen.port)
    runner = simrunner.executable(chosen.simrunner)
    if chosen.verb == "compare":
        return campaign.compare(chosen.files, chosen.port, runner)
    return campaign.generate(chosen, runner)


__all__ = ["main", "recordings"]
