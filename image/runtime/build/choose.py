"""Gathers what an image with the runtimes of $RUNTIMES is made of: `choose.py SOURCE TARGET`.

A runtime serves one kind of model (https://docs.seldon.ai/mlserver/runtimes). SOURCE/runtimes.json has an entry
for each that an image can have:

    implementation   MLServer's class for its models
    extension        of its models' files
    debianPackages   Debian's packages that it needs
    train            lines of Python that write a model to `file`, trained on the rows `x` with the classes `y`

Its Python packages are in requirements/<runtime>.in and, locked by requirements/lock.sh, in <runtime>.txt.

TARGET gets runtimes.json with the chosen ones alone, their locks in requirements/, and debian-packages: an image
is built anew only when something of its own changed.
"""

import json
import os
import pathlib
import shutil
import sys


def main(source, target):
    runtimes = json.loads((source / "runtimes.json").read_text("utf-8"))
    chosen = os.environ["RUNTIMES"].split()
    allowed = f"it must be one or more of: {' '.join(runtimes)}"
    if not chosen:
        sys.exit(f"RUNTIMES is empty; {allowed}")
    for runtime in chosen:
        if runtime not in runtimes:
            sys.exit(f"RUNTIMES has '{runtime}'; {allowed}")

    (target / "requirements").mkdir(parents=True)
    for runtime in chosen:
        shutil.copy(source / f"requirements/{runtime}.txt", target / "requirements")
    entries = {runtime: runtimes[runtime] for runtime in chosen}
    (target / "runtimes.json").write_text(json.dumps(entries), "utf-8")
    packages = {package for entry in entries.values() for package in entry["debianPackages"]}
    (target / "debian-packages").write_text("".join(f"{package}\n" for package in sorted(packages)), "utf-8")


main(*map(pathlib.Path, sys.argv[1:]))
