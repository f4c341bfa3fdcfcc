"""MLServer with the servers that this image wants."""

import os
import signal

import mlserver.rest.app
from mlserver.grpc import GRPCServer
from mlserver.rest import RESTServer
from mlserver.server import MLServer

from .endpoints import Endpoints
from .errors import add_error_handlers
from .transport import Protocol
from .wire import Wire

#: Seconds that an idle connection is kept: longer than nginx keeps it, so that it is always nginx that closes.
KEEP_ALIVE = 75


class RestServer(RESTServer):
    def __init__(self, *args):
        mlserver.rest.app.Endpoints = Endpoints
        super().__init__(*args)
        # It would lead to an address without nginx's /mlapi.
        self._app.router.redirect_slashes = False
        add_error_handlers(self._app)

    def _get_config(self):
        config = super()._get_config()
        config.app = Wire(self._app)
        config.http = Protocol
        config.timeout_keep_alive = KEEP_ALIVE
        return config


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
        parts = (self._settings, self._data_plane, self._model_repository_handlers)
        self._rest_server = RestServer(*parts)
        self._grpc_server = GRPCServer(*parts) if os.environ.get("MLSERVER_GRPC_ENABLED") else NoServer()
        self._kafka_server = None

    async def load_model(self, settings):
        await self._model_registry.load(settings)

    async def start(self):
        self._started = True
        await super().start([])

    async def stop(self, sig=None):
        if not self._started and sig:
            # Nothing is being served yet: end as an unhandled signal would.
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        await super().stop(sig)
