"""A shop's front, of Flask: GET /checkout asks the next service and says which trace headers it got itself.

Nothing in it knows about OpenTelemetry. NEXT is the URL that it asks.
"""

import logging
import os

import requests
from flask import Flask, request
from flask.typing import ResponseReturnValue

app = Flask("storefront")
logging.basicConfig(level=logging.INFO)


@app.get("/health")
def health() -> ResponseReturnValue:
    return "ok"


@app.get("/checkout")
def checkout() -> ResponseReturnValue:
    app.logger.info("checkout asked for")
    following = requests.get(os.environ["NEXT"], timeout=30).json() if "NEXT" in os.environ else None
    headers = {name: request.headers.get(name) for name in ("traceparent", "baggage")}
    return {"service": "storefront", "headers": headers, "next": following}


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "8080")))
