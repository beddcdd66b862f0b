"""nginx: records scenarios, and compares the model with the real server on random ones."""
import argparse
import pathlib
import shutil
import sys
import tempfile

from common import recordings, simrunner

from . import campaign, recorder


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="conformance.py nginx", description=__doc__)
    parser.add_argument("--port", type=int, default=7400, help="the first of 32 ports on loopback (default 7400)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    record = verbs.add_parser("record", help="performs the steps of scenarios and writes what came of them")
    record.add_argument("files", nargs="+", type=pathlib.Path)
    record.add_argument("--into", type=pathlib.Path, help="folder for the recordings (default: into the files)")
    generate = verbs.add_parser("generate", help="makes up scenarios, records, replays, shrinks what differs")
    generate.add_argument("--sequences", type=int, default=1000)
    generate.add_argument("--seed", type=int, default=1, help="the first seed (default 1)")
    generate.add_argument("--found", type=pathlib.Path, default=pathlib.Path("found"), help="folder for differences")
    generate.add_argument("--keep", type=pathlib.Path, help="folder in which all recordings are kept")
    generate.add_argument("--simrunner", help="its path (default: $SIMRUNNER, or the release build)")
    compare = verbs.add_parser("compare", help="records files again and replays what the real server does today")
    compare.add_argument("files", nargs="+", type=pathlib.Path)
    compare.add_argument("--simrunner", help="its path (default: $SIMRUNNER, or the release build)")
    options = parser.parse_args(arguments)
    if options.verb == "generate":
        runner = simrunner.executable(options.simrunner)
        agreed = campaign.generate(options.seed, options.sequences, runner, options.found, options.port, options.keep)
        return 0 if agreed else 99
    scenarios = [bare(recordings.read(path)) for path in options.files]
    if options.verb == "record":
        places = {scenario["name"]: path for scenario, path in zip(scenarios, options.files)}
        with tempfile.TemporaryDirectory(prefix="nginx-recordings-") as folder:
            made = campaign.record_all(scenarios, pathlib.Path(folder), options.port)
            for path in made:
                place = options.into / path.name if options.into else places[path.stem]
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)
        return 0 if len(made) == len(scenarios) else 99
    runner = simrunner.executable(options.simrunner)
    with tempfile.TemporaryDirectory(prefix="nginx-recordings-") as folder:
        paths = campaign.record_all(scenarios, pathlib.Path(folder), options.port)
        differences = simrunner.differences(runner, paths)
    for path, text in sorted(differences.items()):
        print(f"{path.stem}: {text}")
    print(f"{len(paths) - len(differences)} of {len(scenarios)} agree")
    return 0 if len(paths) == len(scenarios) and not differences else 99


def bare(recording: dict) -> dict:
    """A recording without its outcomes, as `recorder.record` takes it."""
    steps = []
    for step in recording["steps"]:
        if "finish" not in step:
            steps.append({key: value for key, value in step.items()
                          if key not in ("tried", "status", "body", "elapsed_ms")})
    return {**recording, "steps": steps}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
