"""Run inside a starting server container: waits until every model of the image is ready.

Prints a line per model, `NAME<tab>PATH<tab>FOLDER`, where PATH is the model's below /v2/ and FOLDER the one it
came from; or says what is wrong and ends with code 1.
"""

import json
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path("/srv/mlserver")
#: Seconds from the start: Heroku ends a dyno that has not opened its port after 60.
LIMIT = 55
MLSERVER = "http://127.0.0.1:8080/v2/"


def models():
    """Every model of the image by its path, or the problems found."""
    found, problems = {}, []
    for file in sorted(ROOT.glob("models/**/model-settings.json")):
        folder = file.parent.relative_to(ROOT)
        try:
            settings = json.loads(file.read_text("utf-8"))
            name, parameters = settings["name"], settings.get("parameters", {})
        except (ValueError, KeyError, TypeError) as error:
            problems.append(f"{folder}/model-settings.json cannot be used: {error!r}")
            continue
        version, uri = parameters.get("version"), parameters.get("uri")
        path = "models/" + urllib.parse.quote(name, safe="")
        if version:
            path += "/versions/" + urllib.parse.quote(version, safe="")
        if uri and "://" not in uri and not (file.parent / uri).exists():
            problems.append(f"{folder} has no file {uri}, which its model-settings.json names")
        if path in found:
            problems.append(f"{folder} and {found[path][1]} both are model {name}, version {version}")
        found[path] = (name, folder)
    if not found and not problems:
        problems.append("there is no model: no model-settings.json below models/")
    return found, problems


def is_ready(path):
    try:
        with urllib.request.urlopen(f"{MLSERVER}{path}/ready", timeout=10):
            return True
    except (urllib.error.URLError, OSError):
        return False


def late(folder):
    """Which model is in the way. No one is ready before all are loaded: it is the one that loads now, as the server
    notes it, and not the first of those that have to wait.
    """
    for place in (pathlib.Path("/tmp/server/loading"), pathlib.Path("/dev/shm/server/loading")):
        if place.is_file():
            seconds = time.time() - place.stat().st_mtime
            return (
                f"{place.read_text('utf-8')} cannot be loaded in time: it has been loading for {seconds:.0f} seconds, and"
                f" all models together have {LIMIT}"
            )
    return f"Model in {folder} is not ready {LIMIT} seconds after the start"


def main():
    found, problems = models()
    if problems:
        sys.exit("\n".join(problems))
    deadline = time.monotonic() + LIMIT
    for path, (name, folder) in found.items():
        while not is_ready(path):
            if time.monotonic() > deadline:
                sys.exit(late(folder))
            time.sleep(0.2)
        print(name, path, folder, sep="\t")


main()
