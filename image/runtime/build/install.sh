#!/bin/sh
# Installs the locked packages of the chosen runtimes into /opt/venv and removes what no server process reads: tests,
# C sources and headers, type stubs, debug symbols, installers.
set -eu
set --
for lock in /build/requirements/*.txt; do set -- "$@" --requirement "$lock"; done

python3 -m venv /build/installer
python3 -m venv --without-pip /opt/venv
# --no-deps: the lock is complete, and leaves out on purpose what overrides.txt names.
# --no-compile: byte code is made by warm-up.py, only for what a server really imports.
/build/installer/bin/pip --python /opt/venv/bin/python --disable-pip-version-check install \
  --quiet --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes "$@"

cd /opt/venv/lib/python3*/site-packages
# numpy.testing, which scipy imports, reads one file of numpy's tests.
find . -type d \( -name tests -o -name test \) -not -path './numpy/*' -prune -exec rm -rf {} +
find ./numpy -type d -name tests -not -path './numpy/_core/tests' -prune -exec rm -rf {} +
find ./numpy/_core/tests -type f -not -name '__init__.py' -not -name '_natype.py' -delete
find . -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.h' -o -name '*.hpp' \
  -o -name '*.c' -o -name '*.cpp' -o -name '*.f90' -o -name '*.a' -o -name '*.tp' -o -name '*.build' \) -delete
# Libraries that a wheel carries in <package>.libs were laid out by auditwheel; strip only the modules.
find . -type f -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} +
find . -depth -type d -empty -delete
rm -rf /opt/venv/bin/activate* /opt/venv/bin/Activate* /opt/venv/include
