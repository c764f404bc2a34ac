"""The guide's order service: GET /orders/<order>. `error…` fails, `slow…` takes longer than a second."""

import logging
import os
import time

from flask import Flask
from flask.typing import ResponseReturnValue

app = Flask("orders")
logging.basicConfig(level=logging.WARNING)


@app.get("/orders/<order>")
def take(order: str) -> ResponseReturnValue:
    """Answer with the order's state."""
    if order.startswith("error"):
        app.logger.error("payment of %s was declined", order)
        return {"order": order, "state": "declined"}, 500
    if order.startswith("slow"):
        time.sleep(1.2)
    return {"order": order, "state": "taken"}


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "8080")))
