"""Talks to the serving image with Triton's HTTP client and prints what comes back: `ask.py HOST:PORT/PATH`."""

import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

FLOWERS = [[5, 3.4, 1.5, 0.2], [6.3, 3.3, 6.0, 2.5]]
PRODUCTS = ["boneca de pano", "camiseta de algodão", "café em grãos", "videogame"]


def plain(value):
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.flatten()]
    if isinstance(value, np.generic):
        value = value.item()
    return value.decode("utf-8") if isinstance(value, bytes) else value


def infer(client, model, version, values, datatype, binary_input, outputs, **options):
    tensor = http.InferInput("predict", list(values.shape), datatype)
    tensor.set_data_from_numpy(values, binary_data=binary_input)
    result = client.infer(model, [tensor], model_version=version, outputs=outputs, **options)
    return plain(result.as_numpy("predict"))


def main(address):
    client = http.InferenceServerClient(address)
    answers = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "server": client.get_server_metadata(),
    }
    requests = {
        "iris-decision-tree": [
            (np.array(FLOWERS, "float32"), "FP32"),
            (np.array(FLOWERS, "float64"), "FP64"),
        ],
        "product-classifier": [(np.array(PRODUCTS, object), "BYTES")],
    }
    for model, inputs in requests.items():
        answers[f"{model} ready"] = client.is_model_ready(model, "v1.0.0")
        answers[f"{model} metadata"] = client.get_model_metadata(model, "v1.0.0")
        ways = {
            "as the client likes it": (True, None, {}),
            "in JSON": (False, [http.InferRequestedOutput("predict", binary_data=False)], {}),
            "in JSON, answered in binary": (False, None, {}),
            "in binary, answered in JSON": (True, [http.InferRequestedOutput("predict", binary_data=False)], {}),
            "compressed": (
                True,
                None,
                {"request_compression_algorithm": "gzip", "response_compression_algorithm": "gzip"},
            ),
            "deflated": (False, None, {"request_compression_algorithm": "deflate"}),
        }
        for values, datatype in inputs:
            for way, (binary, outputs, options) in ways.items():
                answers[f"{model} {datatype} {way}"] = infer(
                    client, model, "v1.0.0", values, datatype, binary, outputs, **options
                )
    probabilities = http.InferInput("predict", [2, 4], "FP32")
    probabilities.set_data_from_numpy(np.array(FLOWERS, "float32"))
    wanted = [http.InferRequestedOutput(name) for name in ("predict", "predict_proba")]
    result = client.infer("iris-decision-tree", [probabilities], outputs=wanted)
    answers["two outputs"] = [result.as_numpy(name).tolist() for name in ("predict", "predict_proba")]

    for name, arguments in {
        "unknown model": ("nothing", "v1.0.0", np.zeros((1, 4), "float32"), "FP32", True, None),
        "wrong shape": ("iris-decision-tree", "v1.0.0", np.zeros((1, 3), "float32"), "FP32", True, None),
        "wrong type": ("product-classifier", "v1.0.0", np.zeros((1,), "float32"), "FP32", True, None),
    }.items():
        try:
            infer(client, *arguments)
        except InferenceServerException as error:
            answers[name] = [error.status(), error.message()]
    print(json.dumps(answers, ensure_ascii=False))


main(sys.argv[1])
