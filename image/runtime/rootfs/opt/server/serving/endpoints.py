"""MLServer's endpoints, with inputs that a model cannot use told to the client, and binary answers."""

import logging

from fastapi.requests import Request
from fastapi.responses import Response
from mlserver.errors import InferenceError, MLServerError
from mlserver.logging import logger
from mlserver.rest.endpoints import Endpoints as MLServerEndpoints
from mlserver.types import InferenceRequest, InferenceResponse, MetadataModelResponse

from .binary import answer_in_binary
from .inputs import check_inputs

#: What decoding and models raise for inputs of a wrong shape, type or range. What else they raise is an error
#: of the server.
INPUT_ERRORS = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError)


class Endpoints(MLServerEndpoints):
    async def infer(
        self,
        raw_request: Request,
        raw_response: Response,
        payload: InferenceRequest,
        model_name: str,
        model_version: str | None = None,
    ) -> InferenceResponse:
        model = await self._data_plane._model_registry.get_model(model_name, model_version)
        check_inputs(payload.inputs, model.inputs)
        # Afterwards the payload has MLServer's own outputs in it.
        wanted = payload.parameters, payload.outputs
        try:
            answer = await super().infer(raw_request, raw_response, payload, model_name, model_version)
        except MLServerError:
            raise
        except INPUT_ERRORS as error:
            what = f"model {model_name} cannot use this input: {type(error).__name__}: {error}"
            logger.warning("%s", what, exc_info=logger.isEnabledFor(logging.DEBUG))
            raise InferenceError(what) from error
        return answer_in_binary(answer, *wanted) or answer

    async def model_metadata(self, model_name: str, model_version: str | None = None) -> MetadataModelResponse:
        answer = await super().model_metadata(model_name, model_version)
        if not answer.versions:
            models = await self._data_plane._model_registry.get_models(model_name)
            answer.versions = [model.version for model in models if model.version]
        return answer
