"""Errors in the shape of the V2 protocol: a 4xx or 5xx status and {"error": "what is wrong"}.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from fastapi.exceptions import RequestValidationError
from mlserver.logging import logger
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse


def error_response(status, message, headers=None):
    return JSONResponse({"error": message}, status, headers=headers)


def add_error_handlers(app):
    """Answers what FastAPI would tell in a shape of its own, or in plain text."""
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _internal_error)


async def _invalid_request(request, error):
    problems = error.errors()
    if problems[0]["type"] == "json_invalid":
        return error_response(400, f"the body is not JSON: {problems[0].get('ctx', {}).get('error', '')}")
    if not _is_json(request):
        kind = request.headers.get("content-type")
        return error_response(415, f"Content-Type is '{kind}'; it must be application/json")
    return error_response(422, "; ".join(_describe(problem) for problem in problems[:5]))


def _is_json(request):
    # A body without a type is taken as JSON.
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _describe(problem):
    # The first part of the place says "body".
    place = ".".join(str(part) for part in problem["loc"][1:])
    return f"{place or 'the body'}: {problem['msg']}"


async def _http_error(request, error):
    return error_response(error.status_code, str(error.detail), error.headers)


async def _internal_error(request, error):
    # uvicorn logs it with its traceback; a client gets no insides.
    logger.error("%s %s failed: %s", request.method, request.url.path, type(error).__name__)
    return error_response(500, "internal error")
