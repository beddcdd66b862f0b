"""Has SimRunner replay recordings against the model."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
DIFFERS = re.compile(r"^differs +(.*\.json): (.*)$", re.DOTALL)


def executable(path: str | None = None) -> str:
    """SimRunner's path: as given, $SIMRUNNER, or the release build, which is made if need be."""
    chosen = path or os.environ.get("SIMRUNNER")
    if chosen:
        return chosen
    build = ["swift", "build", "-c", "release", "--product", "SimRunner", "--package-path", str(ROOT)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return str(ROOT / ".build/release/SimRunner")


def differences(runner: str, paths: list[pathlib.Path], options: tuple[str, ...] = ()) -> dict[pathlib.Path, str]:
    """Where the model differs, by file; files and folders may be given.

    A recording that SimRunner can't even replay to its end counts as one that differs.
    """
    command = [runner, "conform", "--quiet", *options, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 99):
        files = sorted(file for path in paths for file in (path.rglob("*.json") if path.is_dir() else [path]))
        if len(files) > 1:
            half = len(files) // 2
            return differences(runner, files[:half], options) | differences(runner, files[half:], options)
        return {file: f"SimRunner ended with {done.returncode}: {done.stderr[-500:]}" for file in files}
    found: dict[pathlib.Path, str] = {}
    last = None
    for line in done.stdout.splitlines():
        match = DIFFERS.match(line)
        if match:
            last = pathlib.Path(match[1])
            found[last] = match[2]
        elif last is not None and not re.match(r"^\w+: ", line):
            found[last] += "\n" + line
    return found
