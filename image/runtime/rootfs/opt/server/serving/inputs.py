"""Checks of a request's tensors that the codecs leave out: what passes them silently gives a meaningless answer."""

from mlserver.errors import InferenceError

BYTES = "BYTES"


def check_inputs(tensors, declared):
    """Raises InferenceError for a tensor that is not what it says, or not what the model declares.

    `declared` are the inputs of `model-settings.json`, which may be missing. Numbers of another type than declared
    are fine, since every client has its own; text for numbers and numbers for text are not.
    """
    known = {tensor.name: tensor for tensor in declared or []}
    for tensor in tensors:
        # To numpy, -1 means "as many as there are"; in a request it means nothing.
        if any(size < 0 for size in tensor.shape):
            raise InferenceError(f"input {tensor.name} has the shape {tensor.shape}; sizes must be 0 or more")
        if tensor.datatype == BYTES:
            _check_elements(tensor)
        # A model with one input takes it under any name.
        wanted = known.get(tensor.name) or (declared[0] if declared and len(declared) == 1 else None)
        if wanted and (wanted.datatype == BYTES) != (tensor.datatype == BYTES):
            raise InferenceError(
                f"input {tensor.name} has datatype {tensor.datatype}; the model takes {wanted.datatype}"
            )


def _check_elements(tensor):
    elements = list(_flat(tensor.data.root))
    size = 1
    for length in tensor.shape:
        size *= length
    if len(elements) != size:
        raise InferenceError(
            f"input {tensor.name} has {len(elements)} elements; its shape {tensor.shape} is of {size}"
        )
    for element in elements:
        if not isinstance(element, (str, bytes)):
            raise InferenceError(f"input {tensor.name} has {element!r} among its elements; BYTES must be strings")


def _flat(data):
    if isinstance(data, list):
        for part in data:
            yield from _flat(part)
    else:
        yield data
