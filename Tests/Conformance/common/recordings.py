"""Recordings as files: JSON with one step a line."""
import json
import pathlib


def text(recording: dict) -> str:
    """The recording as JSON; `steps` comes last, one of them a line."""
    lines = []
    for key, value in recording.items():
        if key != "steps":
            lines.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    steps = ",\n".join("    " + json.dumps(step, ensure_ascii=False) for step in recording["steps"])
    lines.append('  "steps": [\n' + steps + "\n  ]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write(path: pathlib.Path, recording: dict) -> None:
    path.write_text(text(recording), encoding="utf-8")


def read(path: pathlib.Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
