//! One request: what is it, read it, check it, hand it over, answer. The statuses are those of the portable front end.

use super::budget::Hold;
use super::check;
use super::counted::Counted;
use super::exchange::{Answer, Exchange, Received};
use super::inflate;
use super::limits::Limit;
use super::payload::{self, Kind, Payload, Refusal};
use super::read;
use super::settings::Settings;
use super::timeout;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HeaderMap, HeaderName, ORIGIN};
use http::{Method, Request, Response, Version, request::Parts};
use hyper::body::{Body, Incoming};
use std::sync::Arc;
use std::time::{Duration, Instant};

const GRPC_ENCODINGS: &str = "identity,gzip,deflate,zstd,snappy";
const INVALID_ARGUMENT: u8 = 3;
const DEADLINE_EXCEEDED: u8 = 4;
const RESOURCE_EXHAUSTED: u8 = 8;

/// Why there is nothing to hand over.
enum Stop {
    Refusal(Refusal),
    Overload,
}

/// The parts of a request that reading it decides on.
struct Head {
    kind: Kind,
    signal: u8,
    peer: Arc<str>,
    headers: Option<Vec<(String, String)>>,
    deadline: Option<Instant>,
}

pub async fn handle(exchange: &Exchange, peer: Arc<str>, request: Request<Incoming>) -> Response<Payload> {
    let _counted = Counted::new(&exchange.in_progress);
    let (parts, body) = request.into_parts();
    if exchange.settings.grpc && parts.version == Version::HTTP_2 && is_grpc(&parts.headers) {
        return grpc(exchange, peer, parts, body).await;
    }
    let cors = exchange.settings.cors.as_ref().filter(|_| !is_preflight(&parts));
    let asked = cors.and_then(|_| parts.headers.get(ORIGIN).cloned());
    let mut response = http(exchange, peer, parts, body).await;
    if let Some(cors) = cors {
        cors.grant(asked.as_ref(), response.headers_mut());
    }
    payload::add_headers(response.headers_mut(), &exchange.settings.response_headers);
    response
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    value.strip_prefix(b"application/grpc").is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Refusal> {
    let value = headers.get(name).map(|value| value.to_str()).transpose();
    value.map(|value| value.unwrap_or("").trim()).map_err(|_| Refusal::malformed(format!("{name} is not text")))
}

async fn grpc(exchange: &Exchange, peer: Arc<str>, parts: Parts, mut body: Incoming) -> Response<Payload> {
    let settings = &exchange.settings;
    if *exchange.stopping.borrow() {
        // it was on its way when GOAWAY went out; the client sends it again elsewhere
        return payload::refused(Kind::Grpc, &Refusal { http: 503, grpc: 14, text: "the collector is stopping".into() });
    }
    if parts.method != Method::POST {
        // as grpc-go: HTTP's status for those who only look at that
        let name = parts.method.as_str();
        let text = format!("method {} is not POST", name.get(..32).unwrap_or(name));
        let mut response = payload::refused(Kind::Grpc, &Refusal { http: 405, grpc: 13, text });
        *response.status_mut() = http::StatusCode::METHOD_NOT_ALLOWED;
        return response;
    }
    let Some((_, signal)) = settings.grpc_paths.iter().find(|(path, _)| path == parts.uri.path()) else {
        let text = format!("unknown method {}", parts.uri.path().get(..256).unwrap_or(parts.uri.path()));
        return payload::refused(Kind::Grpc, &Refusal { http: 404, grpc: 12, text });
    };
    let deadline = timeout::of(&parts.headers).and_then(|left| Instant::now().checked_add(left));
    let head = Head { kind: Kind::Grpc, signal: *signal, peer, headers: headers(exchange, &parts), deadline };
    let exporting = grpc_export(exchange, head, &parts.headers, &mut body);
    let outcome = match deadline {
        None => exporting.await,
        // dropping what is in progress gives it up
        Some(deadline) => tokio::time::timeout_at(deadline.into(), exporting).await.unwrap_or_else(|_| Err(late())),
    };
    let mut response = answer(exchange, Kind::Grpc, outcome);
    if response.headers().get("grpc-status").is_some_and(|status| status == "12") {
        response.headers_mut().insert("grpc-accept-encoding", http::HeaderValue::from_static(GRPC_ENCODINGS));
    }
    response
}

/// The client has gone by its own clock; this is for what is between, such as a proxy that passes its deadline on.
fn late() -> Stop {
    Stop::Refusal(Refusal { http: 504, grpc: DEADLINE_EXCEEDED, text: "the deadline of the call has passed".into() })
}

async fn grpc_export(exchange: &Exchange, head: Head, headers: &HeaderMap, body: &mut Incoming) -> Result<Answer, Stop> {
    let limit = exchange.settings.grpc_limit;
    let mut hold = exchange.budget.begin(limit).await;
    let (packed, data) = read::message(body, limit, &mut hold).await.map_err(|failure| stop(exchange, failure, limit))?;
    let encoding = grpc_encoding(headers, packed).map_err(Stop::Refusal)?;
    hand_over(exchange, head, data, &encoding, limit, hold).await
}

fn grpc_encoding(headers: &HeaderMap, packed: bool) -> Result<String, Refusal> {
    let encoding = text(headers, &HeaderName::from_static("grpc-encoding"))?;
    match (packed, encoding) {
        (false, _) => Ok(String::new()),
        (true, "" | "identity") => Err(Refusal { http: 500, grpc: 13, text: "a packed message needs grpc-encoding".into() }),
        (true, known) if GRPC_ENCODINGS.split(',').any(|name| name == known) => Ok(known.into()),
        (true, other) => Err(Refusal { http: 404, grpc: 12, text: format!("grpc-encoding {other} is not supported") }),
    }
}

async fn http(exchange: &Exchange, peer: Arc<str>, parts: Parts, mut body: Incoming) -> Response<Payload> {
    let settings = &exchange.settings;
    if settings.http && settings.cors.is_some() && is_preflight(&parts) {
        let head = Head { kind: Kind::Preflight, signal: 0, peer, headers: Some(all_headers(&parts.headers)), deadline: None };
        let hold = exchange.budget.begin(0).await;
        let outcome = hand_over(exchange, head, Bytes::new(), "", 0, hold).await;
        return answer(exchange, Kind::Preflight, outcome);
    }
    let (kind, signal) = match target(settings, &parts) {
        Ok(found) => found,
        Err((status, text)) => {
            drain(&parts, &mut body).await;
            return payload::plain(status, text);
        }
    };
    let head = Head { kind, signal, peer, headers: headers(exchange, &parts), deadline: None };
    let outcome = http_export(exchange, head, &parts, &mut body).await;
    answer(exchange, kind, outcome)
}

/// What a request is for, or the answer in plain text to one that is for nothing here.
fn target(settings: &Settings, parts: &Parts) -> Result<(Kind, u8), (u16, &'static str)> {
    if !settings.http {
        return Err((415, "415 unsupported media type, supported: [application/grpc] over HTTP/2"));
    }
    let Some((_, signal)) = settings.http_paths.iter().find(|(path, _)| path == parts.uri.path()) else {
        return Err((404, "404 page not found"));
    };
    if parts.method != Method::POST {
        return Err((405, "405 method not allowed, supported: [POST]"));
    }
    match media_type(&parts.headers).as_deref() {
        Some("application/x-protobuf") => Ok((Kind::Protobuf, *signal)),
        Some("application/json") => Ok((Kind::Json, *signal)),
        _ => Err((415, "415 unsupported media type, supported: [application/json, application/x-protobuf]")),
    }
}

/// Read on before a refusal: hyper closes an HTTP/1 connection whose body it has not read, and the reset may overtake the
/// answer. A client that waits for leave to send, and one whose stream can be reset, see the answer at once.
async fn drain(parts: &Parts, body: &mut Incoming) {
    if parts.version != Version::HTTP_2 && !parts.headers.contains_key(EXPECT) {
        read::drain(body).await;
    }
}

async fn http_export(exchange: &Exchange, head: Head, parts: &Parts, body: &mut Incoming) -> Result<Answer, Stop> {
    let settings = &exchange.settings;
    let limit = settings.http_limit;
    let encoding = match content_encoding(settings, &parts.headers) {
        Ok(known) => known,
        Err(refusal) => {
            drain(parts, body).await;
            return Err(Stop::Refusal(refusal));
        }
    };
    let expected = body.size_hint().exact().map_or(limit, |size| size.min(limit as u64) as usize);
    let mut hold = exchange.budget.begin(expected).await;
    let reading = read::whole(body, limit, &mut hold);
    let read = if settings.read_timeout > 0.0 {
        tokio::time::timeout(Duration::from_secs_f64(settings.read_timeout), reading)
            .await
            .unwrap_or_else(|_| Err(read::Failure::Late(format!("the body did not arrive within {} s", settings.read_timeout))))
    } else {
        reading.await
    };
    match read {
        Ok(data) => hand_over(exchange, head, data, &encoding, limit, hold).await,
        Err(failure) => {
            if !matches!(failure, read::Failure::Broken(_) | read::Failure::Late(_)) {
                drain(parts, body).await;
            }
            Err(stop(exchange, failure, limit))
        }
    }
}

fn content_encoding(settings: &Settings, headers: &HeaderMap) -> Result<String, Refusal> {
    let encoding = text(headers, &CONTENT_ENCODING)?.to_ascii_lowercase();
    if settings.encodings.contains(&encoding) {
        return Ok(encoding);
    }
    Err(Refusal::malformed(format!("unsupported Content-Encoding: {}", encoding.get(..32).unwrap_or(&encoding))))
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(ORIGIN)
        && parts.headers.contains_key("access-control-request-method")
}

fn headers(exchange: &Exchange, parts: &Parts) -> Option<Vec<(String, String)>> {
    if !exchange.settings.headers {
        return None;
    }
    let mut headers = all_headers(&parts.headers);
    if exchange.settings.query
        && let Some(query) = parts.uri.query()
    {
        headers.push((":query".into(), query.into()));
    }
    Some(headers)
}

fn all_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    headers.iter().map(text).collect()
}

fn stop(exchange: &Exchange, failure: read::Failure, limit: usize) -> Stop {
    match failure {
        read::Failure::TooLarge => too_large(exchange, limit),
        read::Failure::Broken(text) => Stop::Refusal(Refusal::malformed(text)),
        read::Failure::Late(text) => {
            exchange.hits.add(Limit::BodyTime);
            Stop::Refusal(Refusal::malformed(text))
        }
        read::Failure::Overload => Stop::Overload,
    }
}

fn too_large(exchange: &Exchange, limit: usize) -> Stop {
    exchange.hits.add(Limit::BodySize);
    let text = format!("request body is larger than the {limit} bytes allowed");
    Stop::Refusal(Refusal { http: 400, grpc: RESOURCE_EXHAUSTED, text })
}

/// Unpack and check where that is ours to do, queue, wait for the answer.
async fn hand_over(
    exchange: &Exchange,
    head: Head,
    data: Bytes,
    encoding: &str,
    limit: usize,
    mut hold: Hold,
) -> Result<Answer, Stop> {
    let packed = exchange.settings.raw || !inflate::is_known(encoding);
    let mut body = data;
    let mut items = -1;
    if !packed {
        let before = body.len();
        body = inflate::inflate(encoding, body, limit).map_err(|failure| match failure {
            inflate::Failure::TooLarge => too_large(exchange, limit),
            inflate::Failure::Broken(text) => Stop::Refusal(Refusal::malformed(format!("cannot decompress: {text}"))),
        })?;
        hold.grow(body.len().saturating_sub(before)).map_err(|_| Stop::Overload)?;
        if matches!(head.kind, Kind::Grpc | Kind::Protobuf) {
            let found = check::check(head.signal, &body).map_err(|text| Stop::Refusal(Refusal::malformed(text)))?;
            items = i64::try_from(found).unwrap_or(i64::MAX);
        }
    }
    hold.complete().map_err(|_| Stop::Overload)?;
    let received = Received {
        token: 0,
        kind: head.kind,
        signal: head.signal,
        body,
        items,
        peer: head.peer,
        headers: head.headers,
        encoding: packed.then(|| encoding.to_owned()),
        deadline: head.deadline,
    };
    exchange.ask(received, hold).await.ok_or(Stop::Overload)
}

fn answer(exchange: &Exchange, kind: Kind, outcome: Result<Answer, Stop>) -> Response<Payload> {
    match outcome {
        Ok(Answer::Success) => payload::success(kind),
        Ok(Answer::Ready(ready)) => payload::ready(ready),
        Err(Stop::Refusal(mut refusal)) => {
            if kind != Kind::Grpc && refusal.http == 400 {
                refusal.grpc = INVALID_ARGUMENT;
            }
            payload::refused(kind, &refusal)
        }
        Err(Stop::Overload) => {
            exchange.hits.add(Limit::InProgress);
            let index = if kind == Kind::Preflight { Kind::Json as usize } else { kind as usize };
            payload::ready(exchange.settings.overload[index].clone())
        }
    }
}
