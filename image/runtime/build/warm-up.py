"""Imports what servers of this image import, serves a small model of each runtime and asks it for a prediction.

This proves that the trimmed packages still work, and leaves the byte code of exactly these modules in
__pycache__: the image starts quickly on a read-only file system without carrying byte code for the rest.
"""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import numpy


def train(folder, name, runtime):
    """Writes a model of the runtime to its folder, trained as runtimes.json says."""
    uri = f"model.{runtime['extension']}"
    x = numpy.arange(100.0).reshape(-1, 1)
    exec("\n".join(runtime["train"]), {"x": x, "y": (x.ravel() > 50).astype(int), "file": str(folder / uri)})
    settings = {"name": name, "implementation": runtime["implementation"], "parameters": {"uri": uri}}
    (folder / "model-settings.json").write_text(json.dumps(settings), "utf-8")


def main(runtimes, settings, start):
    models = json.loads(pathlib.Path(runtimes).read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(settings, folder)
        for name, runtime in models.items():
            place = pathlib.Path(folder, name)
            place.mkdir()
            train(place, name, runtime)

        server = subprocess.Popen([sys.executable, start, folder])
        try:
            for _ in range(600):
                if server.poll() is not None:
                    sys.exit(f"the server ended with code {server.returncode}")
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", 8080)) == 0:
                        break
                time.sleep(0.1)
            row = {"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [[1.0]]}
            for name in models:
                request = urllib.request.Request(
                    f"http://127.0.0.1:8080/v2/models/{name}/infer",
                    data=json.dumps({"inputs": [row]}).encode(),
                    headers={"Content-Type": "application/json"},
                )
                with urllib.request.urlopen(request, timeout=30) as answer:
                    print(f"{name} answered", json.load(answer)["outputs"][0]["data"])
        finally:
            server.terminate()
            server.wait(30)


main(*sys.argv[1:])
