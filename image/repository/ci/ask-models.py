"""Asks models at the app's address until each has answered: run after request.py, in the same program.

Standard input is an archive of the models' `model-settings.json` and, where there is one, `request.json`. Variables:
APP_URL, and SECONDS, how long all of them together may take. Prints a line for each that answers; ends with code 1
and the last answer when time is up.
"""

import json
import os
import posixpath
import sys
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request


def read_models(source):
    """Path below /v2/ and request of each model of the archive, by its name and folder."""
    files = {}
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for entry in archive:
            if entry.isfile():
                files[posixpath.normpath(entry.name)] = archive.extractfile(entry).read()
    for path, content in sorted(files.items()):
        folder, file = posixpath.split(path)
        if file != "model-settings.json":
            continue
        settings = json.loads(content)
        name, version = settings["name"], settings.get("parameters", {}).get("version")
        path = "models/" + urllib.parse.quote(name, safe="")
        if version:
            path += "/versions/" + urllib.parse.quote(version, safe="")
        yield name, path, files.get(f"{folder}/request.json")


def ask_model(url, request):
    """Status and text of the answer; 0 and the reason where there is none."""
    if request is None:
        asked = urllib.request.Request(f"{url}/ready")
    else:
        asked = urllib.request.Request(f"{url}/infer", request, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.read(500).decode("utf-8", "replace")
    except OSError as error:
        return 0, f"{type(error).__name__}: {error}"


def ask_models():
    deadline = time.monotonic() + float(os.environ["SECONDS"])
    for name, path, request in read_models(sys.stdin.buffer):
        url = f"{os.environ['APP_URL']}/mlapi/v2/{path}"
        while True:
            status, text = ask_model(url, request)
            if status == 200:
                break
            if time.monotonic() > deadline:
                sys.exit(f"{url} answers {status}: {text}")
            time.sleep(1)
        print(f"{name} answers: {url}", flush=True)


ask_models()
