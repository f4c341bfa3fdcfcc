"""Starts MLServer for the serving image: `python start.py FOLDER`, where FOLDER has settings.json and the models.

It is MLServer's own server with these differences to `mlserver start FOLDER`:

* models are loaded before the HTTP port opens, so an open port means that every model answers;
* a model that cannot be loaded is named and ends the process with code 1, or is left out (see `serving/models.py`);
* variables MLSERVER_* win over settings.json;
* what is wrong with a request is answered as the V2 protocol says: 4xx and {"error": "..."};
* requests and answers may carry tensors in binary, and bodies that grow when decompressed have a limit;
* no gRPC server unless MLSERVER_GRPC_ENABLED is set: nothing outside of the container could reach it.

It also does not import MLServer's command line, whose `infer` client costs memory and boot time.
"""

import asyncio
import gc
import sys

from mlserver.logging import configure_logger

from serving.models import load_models
from serving.server import Server
from serving.settings import read_settings


async def main(folder):
    # Models may bring runtimes of their own as Python files.
    sys.path.insert(0, folder)
    server = Server(read_settings(folder))
    await load_models(folder, server)
    # What is loaded stays: the garbage collector need not walk through it again and again.
    gc.collect()
    gc.freeze()
    await server.start()


if __name__ == "__main__":
    configure_logger()
    asyncio.run(main(sys.argv[1]))
