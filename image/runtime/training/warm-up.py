"""Runs a notebook and asks pip for what is there, as the job of a model does.

This proves that they work beside the trimmed packages of the runtime, and leaves the byte code of exactly the modules
that they use in __pycache__, so that no job compiles them again.
"""

import pathlib
import subprocess
import sys
import tempfile

import nbformat
from papermill import execute_notebook
from traitlets.config import Config


def main():
    with tempfile.TemporaryDirectory() as folder:
        source, output = pathlib.Path(folder, "in.ipynb"), pathlib.Path(folder, "out.ipynb")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(6 * 7)")])
        nbformat.write(notebook, source)
        # Sockets in a folder, as in a job: what listens on TCP is other code.
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
        options = {"kernel_name": "python3", "log_output": True, "progress_bar": False, "config": config}
        execute_notebook(str(source), str(output), **options)
        (cell,) = nbformat.read(output, as_version=4).cells[-1:]
        if cell.outputs[0]["text"] != "42\n":
            sys.exit(f"the notebook did not print 42 but {cell.outputs}")
        requirements = pathlib.Path(folder, "requirements.txt")
        requirements.write_text("papermill\nipykernel\n", "utf-8")
        pip = [sys.executable, "-m", "pip", "install", "--no-index", "--quiet", "--requirement", str(requirements)]
        subprocess.run(pip, check=True)


main()
