"""A shop's reviews, of FastAPI: GET /reviews says which trace headers it got. Nothing in it knows about OpenTelemetry."""

import logging
import os

import uvicorn
from fastapi import FastAPI, Request

app = FastAPI()
logging.basicConfig(level=logging.INFO)
log = logging.getLogger("reviews")


@app.get("/health")
async def health() -> str:
    return "ok"


@app.get("/reviews")
async def reviews(request: Request) -> dict[str, object]:
    log.info("reviews asked for")
    headers = {name: request.headers.get(name) for name in ("traceparent", "baggage")}
    return {"service": "reviews", "headers": headers, "next": None}


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", "8080")))
