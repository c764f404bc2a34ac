//! Reads the body of a request within its limits.

use super::budget::{Exhausted, Hold};
use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::time::Duration;

/// Most that is set aside before it came.
const FIRST_BUFFER: usize = 1 << 20;
/// What of a refused body is read before it is answered: a client that still writes may not see the answer otherwise.
const DRAIN_BYTES: usize = 8 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(1);
const PREFIX: usize = 5;

pub enum Failure {
    TooLarge,
    Broken(String),
    Late(String),
    Overload,
}

impl From<Exhausted> for Failure {
    fn from(_: Exhausted) -> Self {
        Self::Overload
    }
}

async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Err(error) => return Err(Failure::Broken(format!("the body cannot be read: {error}"))),
        }
    }
    Ok(None)
}

/// The whole body of an HTTP request.
pub async fn whole(body: &mut Incoming, limit: usize, hold: &mut Hold) -> Result<Bytes, Failure> {
    let expected = body.size_hint().exact().unwrap_or(0);
    if expected > limit as u64 {
        return Err(Failure::TooLarge);
    }
    let Some(first) = next(body).await? else { return Ok(Bytes::new()) };
    check_size(first.len(), limit, hold, first.len())?;
    if body.is_end_stream() || first.len() as u64 == expected {
        return Ok(first);
    }
    let mut all = BytesMut::with_capacity((expected as usize).clamp(first.len(), FIRST_BUFFER.max(first.len())));
    all.extend_from_slice(&first);
    while let Some(data) = next(body).await? {
        check_size(all.len() + data.len(), limit, hold, data.len())?;
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}

/// The one message of a unary gRPC call, and whether it is packed.
pub async fn message(body: &mut Incoming, limit: usize, hold: &mut Hold) -> Result<(bool, Bytes), Failure> {
    let mut all = BytesMut::new();
    let mut size = None;
    while let Some(data) = next(body).await? {
        if all.is_empty() && data.len() >= PREFIX {
            let (packed, length) = prefix(&data)?;
            if length > limit {
                return Err(Failure::TooLarge);
            }
            if data.len() == PREFIX + length {
                hold.grow(data.len())?;
                return end(body, packed, data.slice(PREFIX..)).await;
            }
            all.reserve((PREFIX + length).min(FIRST_BUFFER));
        }
        check_size(all.len() + data.len(), limit + PREFIX, hold, data.len())?;
        all.extend_from_slice(&data);
        if size.is_none() && all.len() >= PREFIX {
            let (packed, length) = prefix(&all)?;
            if length > limit {
                return Err(Failure::TooLarge);
            }
            size = Some((packed, PREFIX + length));
        }
        match size {
            Some((packed, whole)) if all.len() == whole => {
                all.advance(PREFIX);
                return end(body, packed, all.freeze()).await;
            }
            Some((_, whole)) if all.len() > whole => break,
            _ => {}
        }
    }
    Err(Failure::Broken("the body is not one gRPC message".into()))
}

async fn end(body: &mut Incoming, packed: bool, message: Bytes) -> Result<(bool, Bytes), Failure> {
    while !body.is_end_stream() {
        match next(body).await? {
            None => break,
            Some(data) if data.is_empty() => {}
            Some(_) => return Err(Failure::Broken("more than one message in a unary call".into())),
        }
    }
    Ok((packed, message))
}

fn prefix(data: &[u8]) -> Result<(bool, usize), Failure> {
    if data[0] > 1 {
        return Err(Failure::Broken(format!("{} is no flag of a gRPC message", data[0])));
    }
    Ok((data[0] == 1, u32::from_be_bytes([data[1], data[2], data[3], data[4]]) as usize))
}

fn check_size(all: usize, limit: usize, hold: &mut Hold, more: usize) -> Result<(), Failure> {
    if all > limit {
        return Err(Failure::TooLarge);
    }
    Ok(hold.grow(more)?)
}

/// Read on and forget, for a bounded time and size.
pub async fn drain(body: &mut Incoming) {
    let reading = async {
        let mut size = 0;
        while let Ok(Some(data)) = next(body).await {
            size += data.len();
            if size > DRAIN_BYTES {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIME, reading).await;
}
