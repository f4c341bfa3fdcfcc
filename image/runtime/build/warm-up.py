"""Imports what servers of this image import, serves a small model once and asks it for a prediction.

This proves that the trimmed packages still work, and leaves the byte code of exactly these modules in
__pycache__: the image starts quickly on a read-only file system without carrying byte code for the rest.
"""

import importlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request


def train(folder):
    """Writes one model per installed runtime; returns implementation and file by model name."""
    models = {}
    if importlib.util.find_spec("mlserver_sklearn"):
        import joblib
        import sklearn
        from sklearn.tree import DecisionTreeClassifier

        for module in sklearn.__all__:
            if importlib.util.find_spec(f"sklearn.{module}"):
                importlib.import_module(f"sklearn.{module}")
        joblib.dump(DecisionTreeClassifier().fit([[0.0], [1.0]], [0, 1]), f"{folder}/tree.joblib")
        models["tree"] = ("mlserver_sklearn.SKLearnModel", "tree.joblib")
    if importlib.util.find_spec("mlserver_lightgbm"):
        import lightgbm
        import numpy

        data = lightgbm.Dataset(numpy.arange(100.0).reshape(-1, 1), label=numpy.arange(100.0))
        lightgbm.train({"verbose": -1}, data, 2).save_model(f"{folder}/boosted.bst")
        models["boosted"] = ("mlserver_lightgbm.LightGBMModel", "boosted.bst")
    return models


def main():
    with tempfile.TemporaryDirectory() as folder:
        models = train(folder)
        with open(f"{folder}/settings.json", "w", encoding="utf-8") as file:
            with open(sys.argv[1], encoding="utf-8") as settings:
                file.write(settings.read())
        for name, (implementation, uri) in models.items():
            os.mkdir(f"{folder}/{name}")
            os.rename(f"{folder}/{uri}", f"{folder}/{name}/{uri}")
            with open(f"{folder}/{name}/model-settings.json", "w", encoding="utf-8") as file:
                json.dump({"name": name, "implementation": implementation, "parameters": {"uri": uri}}, file)

        server = subprocess.Popen([sys.executable, sys.argv[2], folder])
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


main()
