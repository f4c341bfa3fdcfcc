"""MLServer's settings: the file of the image, and the environment of the container over it."""

import json
import os

from mlserver.settings import Settings


def read_settings(folder):
    """The settings of `folder/settings.json`, each of which the variable MLSERVER_<NAME> overrides.

    https://docs.seldon.ai/mlserver/reference/settings
    """
    with open(os.path.join(folder, "settings.json"), encoding="utf-8") as file:
        given = json.load(file)
    # What is passed to Settings wins over the environment, so what the environment has is not passed.
    settings = Settings(**{name: value for name, value in given.items() if f"MLSERVER_{name.upper()}" not in os.environ})
    settings.model_repository_root = folder
    return settings
