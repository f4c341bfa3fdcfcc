"""Finds and loads the models of a folder, and says which of them cannot be served."""

import glob
import os
import pathlib
import tempfile

import mlserver.registry
from mlserver.logging import logger
from mlserver.repository.load import load_model_settings
from packaging.version import InvalidVersion, Version


async def load_models(folder, server):
    """Loads every model that has a `model-settings.json` below `folder`.

    Exits with code 1 when one cannot be loaded, after all were tried and each broken one was named in the log;
    where the variable BROKEN_MODELS is `skip`, the others are served.
    """
    mlserver.registry._is_newer = is_newer
    files = sorted(glob.glob(os.path.join(folder, "**/model-settings.json"), recursive=True))
    if not files:
        logger.warning("There is no model: no model-settings.json below %s", folder)
    seen, broken = {}, []
    for file in files:
        place = os.path.relpath(os.path.dirname(file), folder)
        what = f"Model in {place}"
        try:
            settings = load_model_settings(file)
            version = settings.parameters.version
            what = f"Model {settings.name} version {version} in {place}"
            # MLServer would put the second one in the place of the first.
            first = seen.setdefault((settings.name, version), place)
            if first != place:
                raise ValueError(f"{first} is the same model in the same version")
            _note(what)
            await server.load_model(settings)
        # A model's own code runs here, which may raise anything.
        except Exception as error:
            logger.exception("%s cannot be loaded: %s", what, _reason(error))
            broken.append(what)
    _note(None)
    if broken and os.environ.get("BROKEN_MODELS") != "skip":
        logger.error("%d of %d models cannot be loaded: %s", len(broken), len(files), "; ".join(broken))
        raise SystemExit(1)
    if broken:
        logger.warning("Serving without %d of %d models: %s", len(broken), len(files), "; ".join(broken))


def _note(what):
    """Notes which model is being loaded, for those who wait for it or see the process end: `loading`, in TMPDIR."""
    path = os.path.join(tempfile.gettempdir(), "loading")
    if what is None:
        pathlib.Path(path).unlink(missing_ok=True)
    else:
        pathlib.Path(path).write_text(what, "utf-8")


def _reason(error):
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("mlserver_"):
        runtime = error.name.removeprefix("mlserver_")
        text += f". This image was built without it: add {runtime} to the stack's setting mlserverRuntimes"
    return text


def is_newer(one, other):
    """More than 0 where `one` is the newer version of a model: v1.0.10 after v1.0.9.

    A request that names no version is answered by the newest. MLServer itself compares versions as text.
    """
    return (_order(one.version) > _order(other.version)) - (_order(one.version) < _order(other.version))


def _order(version):
    # As in MLServer, a model without a version is the default; then come proper versions, then other names.
    if version is None:
        return (2, Version("0"), "")
    try:
        return (1, Version(version), version)
    except InvalidVersion:
        return (0, Version("0"), version)
