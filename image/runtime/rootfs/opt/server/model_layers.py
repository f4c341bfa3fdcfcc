"""Makes the context of a `docker build` that adds models to this image, one layer for each model folder.

    tar -c models | docker run --rm -i RUNTIME_IMAGE python /opt/server/model_layers.py RUNTIME_IMAGE \
      | docker build -t NAME -

A model folder is one with a `model-settings.json`. Its layer depends on the content of its files alone, not on
their times, owners or modes, nor on the other models: so every engine makes the same layer of it, and what a
registry already has is not pushed again. What a model's `train.py` makes is part of it, where it is not there yet.
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
#: Docker's engines take 127 layers; this leaves some to the runtime. More model folders than this share layers.
MAX_LAYERS = 80


def main(image, source, target):
    files = {path: content for path, content in with_trained(_read(source)).items() if _is_served(path)}
    folders = sorted({posixpath.dirname(path) for path in files if posixpath.basename(path) == SETTINGS})
    layers = {}
    for path, content in sorted(files.items()):
        owner = next((folder for folder in reversed(folders) if path.startswith(folder + "/")), "")
        layers.setdefault(_layer(owner, len(folders)), {})[path] = content

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


def _layer(folder, count):
    """Name of the layer of a model folder; "" is what belongs to none of them."""
    if not folder:
        return "common"
    digest = hashlib.sha256(folder.encode()).hexdigest()
    return digest if count <= MAX_LAYERS else f"{int(digest, 16) % MAX_LAYERS:02}"


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
    main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
