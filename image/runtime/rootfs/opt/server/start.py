"""Starts MLServer for the serving image: `python start.py FOLDER`.

It is MLServer's own server with three differences to `mlserver start FOLDER`:

* models are loaded before the HTTP port opens, so an open port means that every model answers;
* a model that cannot be loaded ends the process with code 1 (MLServer itself ends with code 0);
* no gRPC server unless MLSERVER_GRPC_ENABLED is set: nothing outside of the container could reach it.

It also does not import MLServer's command line, whose `infer` client costs memory and boot time.
"""

import asyncio
import json
import os
import signal
import sys

from mlserver.logging import configure_logger, logger
from mlserver.repository.factory import ModelRepositoryFactory
from mlserver.server import MLServer
from mlserver.settings import Settings
from mlserver.utils import install_uvloop_event_loop


class NoServer:
    """Stands where MLServer keeps its gRPC server."""

    async def start(self):
        pass

    async def stop(self, sig=None):
        pass


class Server(MLServer):
    """MLServer that opens its port only after its models are loaded."""

    _started = False

    def _create_servers(self):
        super()._create_servers()
        if not os.environ.get("MLSERVER_GRPC_ENABLED"):
            self._grpc_server = NoServer()

    async def start(self, models_settings=()):
        for settings in models_settings:
            version = settings.parameters.version if settings.parameters else None
            try:
                await self._model_registry.load(settings)
            except Exception as error:
                logger.exception(
                    "Model %s version %s cannot be loaded: %s", settings.name, version, error
                )
                raise SystemExit(1) from error
        self._started = True
        await super().start([])

    async def stop(self, sig=None):
        if not self._started and sig:
            # Nothing is being served yet: end as an unhandled signal would.
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        await super().stop(sig)


async def main(folder):
    # Models may bring runtimes of their own as Python files.
    sys.path.insert(0, folder)
    with open(os.path.join(folder, "settings.json"), encoding="utf-8") as file:
        settings = Settings(**json.load(file))
    settings.model_repository_root = folder
    models = await ModelRepositoryFactory.resolve_model_repository(settings).list()
    server = Server(settings)
    await server.start(models)


if __name__ == "__main__":
    configure_logger()
    install_uvloop_event_loop()
    asyncio.run(main(sys.argv[1]))
