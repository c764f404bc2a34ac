//! The body of a request: one gRPC message, its prefix and the bytes that Python gave, which are not copied.

use bytes::buf::Chain;
use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use std::convert::Infallible;
use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll};

const PREFIX: usize = 5;

pub type Data = Chain<Cursor<[u8; PREFIX]>, Bytes>;

pub struct Message(Option<Data>);

impl Message {
    pub fn new(packed: bool, data: Bytes) -> Self {
        let [a, b, c, d] = (data.len() as u32).to_be_bytes(); // Python refuses what is longer
        Self(Some(Cursor::new([u8::from(packed), a, b, c, d]).chain(data)))
    }
}

impl Body for Message {
    type Data = Data;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Data>, Infallible>>> {
        Poll::Ready(self.0.take().map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |data| data.remaining() as u64))
    }
}
