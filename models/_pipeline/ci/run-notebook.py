"""Runs a notebook and shows what it prints: `run-notebook.py NOTEBOOK OUTPUT`.

Papermill's own command always lets the kernel listen on TCP ports: unencrypted, and jobs that share the network
of a machine may draw the same port. Here the two talk through sockets in a folder that only this user may enter.
https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
"""

import logging
import sys
import tempfile

from papermill import execute_notebook
from traitlets.config import Config


def main(notebook, output):
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with tempfile.TemporaryDirectory() as folder:
        config = Config(
            {
                "KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"},
                # At its end the kernel is interrupted before it is asked to leave, and sometimes calls that an error.
                "NotebookClient": {"extra_arguments": ["--IPKernelApp.log_level=CRITICAL"]},
            }
        )
        execute_notebook(
            notebook, output, kernel_name="python3", log_output=True, progress_bar=False, config=config
        )


main(*sys.argv[1:])
