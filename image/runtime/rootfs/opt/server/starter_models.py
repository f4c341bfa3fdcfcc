"""Trains the models that a repository has as a recipe: a `train.py` beside a `model-settings.json` whose file is missing.

It runs in the image that serves them, so that training and serving have the same libraries. `train.py` writes the
file to its standard output.
"""

import json
import posixpath
import subprocess
import sys

RECIPE = "train.py"
SETTINGS = "model-settings.json"


def with_trained(files):
    """The files of a repository by path, and those that its recipes make."""
    made = {}
    for recipe in sorted(path for path in files if posixpath.basename(path) == RECIPE):
        folder = posixpath.dirname(recipe)
        model = posixpath.join(folder, _file_of(files.get(posixpath.join(folder, SETTINGS))))
        if model != posixpath.join(folder, "") and model not in files:
            made[model] = _train(recipe, files[recipe])
    return files | made


def _file_of(settings):
    """The file beside the settings that they name; "" where they name none, which is for the server to refuse."""
    try:
        uri = json.loads(settings or b"{}").get("parameters", {}).get("uri")
    except (ValueError, AttributeError):
        return ""
    return posixpath.basename(uri) if isinstance(uri, str) else ""


def _train(recipe, script):
    run = subprocess.run([sys.executable, "-"], input=script, stdout=subprocess.PIPE)
    if run.returncode != 0:
        sys.exit(f"{recipe} failed with code {run.returncode} (see above)")
    return run.stdout
