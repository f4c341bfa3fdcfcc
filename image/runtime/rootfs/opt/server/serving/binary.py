"""The binary tensor data extension of the V2 protocol, which Triton's clients use unless told otherwise.

A body is a JSON document, whose length a header tells, followed by the data of the tensors that are marked in it.
https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/extensions/binary_tensor.md
"""

import struct

import numpy as np
import orjson
from fastapi.responses import Response
from mlserver.codecs.numpy import _DatatypeToNumpy
from mlserver.types import Datatype

LENGTH_HEADER = "Inference-Header-Content-Length"


def json_of(body, length):
    """The request of a body with binary tensors as JSON alone.

    `length` is the header's value: bytes of JSON at the start of the body. Raises ValueError with what is wrong.
    """
    if not length.isdecimal() or int(length) > len(body):
        raise ValueError(f"{LENGTH_HEADER} is '{length}'; it must be a number of bytes, at most the body's {len(body)}")
    request = orjson.loads(body[: int(length)])
    inputs = request.get("inputs") if isinstance(request, dict) else None
    rest = memoryview(body)[int(length) :]
    for tensor in inputs if isinstance(inputs, list) else []:
        parameters = tensor.get("parameters") if isinstance(tensor, dict) else None
        if not isinstance(parameters, dict) or "binary_data_size" not in parameters:
            continue
        size = parameters.pop("binary_data_size")
        if not isinstance(size, int) or not 0 <= size <= len(rest):
            raise ValueError(f"binary_data_size is {size!r}; the body has {len(rest)} bytes left")
        tensor["data"] = _decode(rest[:size], tensor.get("datatype"))
        rest = rest[size:]
    if rest:
        raise ValueError(f"the body has {len(rest)} bytes more than its tensors")
    return orjson.dumps(request)


def _decode(data, datatype):
    if datatype == "BYTES":
        return [text.decode("utf-8") for text in _elements(data)]
    try:
        dtype = _DatatypeToNumpy[Datatype(datatype)]
    except ValueError:
        raise ValueError(f"datatype {datatype!r} is none of: {', '.join(kind.value for kind in Datatype)}") from None
    return np.frombuffer(data, dtype).tolist()


def _elements(data):
    """Elements of a BYTES tensor: each a length of four bytes, little-endian, and so many bytes."""
    while data:
        if len(data) < 4:
            raise ValueError("a BYTES tensor ends in the middle of a length")
        (length,) = struct.unpack_from("<I", data)
        if length > len(data) - 4:
            raise ValueError("a BYTES tensor ends in the middle of an element")
        yield bytes(data[4 : 4 + length])
        data = data[4 + length :]


def answer_in_binary(answer, parameters, outputs):
    """The answer as a body with binary tensors, where the request asks for one; else None.

    `parameters` and `outputs` are the request's.
    """
    every = getattr(parameters, "binary_data_output", False) is True
    marked = {
        output.name: flag
        for output in outputs or []
        if isinstance(flag := getattr(output.parameters, "binary_data", None), bool)
    }
    if not every and True not in marked.values():
        return None
    document = answer.model_dump(mode="python", exclude_none=True, exclude_unset=True)
    chunks = []
    for output in document["outputs"]:
        output["datatype"] = getattr(output["datatype"], "value", output["datatype"])
        if marked.get(output["name"], every):
            chunk = _encode(output.pop("data"), output["datatype"])
            output.setdefault("parameters", {})["binary_data_size"] = len(chunk)
            chunks.append(chunk)
    header = orjson.dumps(document, default=bytes.decode)
    return Response(
        b"".join([header, *chunks]),
        media_type="application/octet-stream",
        headers={LENGTH_HEADER: str(len(header))},
    )


def _encode(data, datatype):
    if datatype == "BYTES":
        elements = [item.encode("utf-8") if isinstance(item, str) else item for item in data]
        return b"".join(struct.pack("<I", len(item)) + item for item in elements)
    return np.asarray(data, _DatatypeToNumpy[Datatype(datatype)]).tobytes()
