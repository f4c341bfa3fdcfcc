"""Makes the context of a `docker build` that adds models to this image, in layers that say what changed.

    tar -c models | docker run --rm -i RUNTIME_IMAGE python /opt/server/model_layers.py RUNTIME_IMAGE LAYERS \
      | docker build -t NAME -

LAYERS is how many layers the runtime image has. A model folder is one with a `model-settings.json`, and has a layer of
its own as long as there are few. A layer depends on the content of its files alone, not on their times, owners or
modes: so every engine makes the same layer of it, and what a registry already has is not pushed again. What a
model's `train.py` makes is part of its folder, where it is not there yet.
"""

import hashlib
import io
import posixpath
import sys
import tarfile

from starter_models import with_trained

TARGET = "srv/mlserver"
SETTINGS = "model-settings.json"
#: What a repository has beside a model and a server has no use for.
LEFT_OUT = {"train.py", ".gitkeep", ".DS_Store", "__pycache__"}
#: Heroku: "Images with more than 40 layers may fail to start in the Common Runtime".
#: https://devcenter.heroku.com/articles/container-registry-and-runtime
MAX_LAYERS = 40
#: Layers of models. Not all that the runtime leaves, or another runtime would put models together in another way.
MODEL_LAYERS = 24


def main(image, source, target, below=0):
    files = {path: content for path, content in with_trained(_read(source)).items() if _is_served(path)}
    if below + 1 > MAX_LAYERS:
        sys.exit(f"the runtime image has {below} layers; with a layer of models, at most {MAX_LAYERS} can be released")
    folders = sorted({posixpath.dirname(path) for path in files if posixpath.basename(path) == SETTINGS})
    layer = _layers(folders, min(MODEL_LAYERS, MAX_LAYERS - below))
    layers = {}
    for path, content in sorted(files.items()):
        owner = next((folder for folder in reversed(folders) if path.startswith(folder + "/")), None)
        layers.setdefault(layer.get(owner, "common"), {})[path] = content

    with tarfile.open(fileobj=target, mode="w|") as context:
        lines = [f"FROM {image}"]
        for name, content in sorted(layers.items()):
            lines.append(f"ADD {name}.tar /")
            _add(context, f"{name}.tar", _archive(content))
        _add(context, "Dockerfile", "\n".join([*lines, ""]).encode())


def _read(source):
    """Content of the files of the archive by path, `models/...`."""
    files = {}
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for entry in archive:
            path = posixpath.normpath(entry.name)
            if entry.issym() or entry.islnk():
                sys.exit(f"{path} is a link; the files of a model must be files")
            if entry.isfile():
                files[path] = archive.extractfile(entry).read()
    if any(not path.startswith("models/") for path in files):
        sys.exit("the archive must hold the folder models/ and nothing else")
    return files


def _is_served(path):
    return not LEFT_OUT.intersection(path.split("/"))


def _layers(folders, most):
    """Name of the layer of each model folder, `most` different ones with the one of what belongs to no folder.

    A layer begins at each folder whose digest is among the lowest, and has the folders after it too. So one folder
    more or less changes at most three layers, however many folders there are, and a folder's content changes one.
    """
    digests = {folder: hashlib.sha256(folder.encode()).hexdigest() for folder in folders}
    first = set(sorted(folders, key=digests.get)[: most - 1])
    names, name = {}, "common"
    for folder in folders:
        name = digests[folder] if folder in first else name
        names[folder] = name
    return names


def _archive(files):
    """An archive with the folders of the files in it: their times are part of a layer too."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        folders = {TARGET.split("/", 1)[0], TARGET}
        for path in files:
            parts = path.split("/")[:-1]
            folders.update(posixpath.join(TARGET, *parts[: depth + 1]) for depth in range(len(parts)))
        for folder in sorted(folders):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for path, content in sorted(files.items()):
            _add(archive, posixpath.join(TARGET, path), content)
    return buffer.getvalue()


def _add(archive, name, content):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer, int((sys.argv[2:] or [0])[0]))
