//! The bytes of a connection: they tell the watch, can be waited for without a protocol's state, and say which protocol it is.

use super::watch::Watch;
use bytes::{Buf, Bytes};
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How a client of HTTP/2 begins (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// As much as hyper's first buffer holds: what was waited for is read by it at once.
const FIRST_READ: usize = 8 << 10;

/// A stream, the bytes that were read from it and not yet given to the protocol, and the watch that is told.
pub struct Wire<S> {
    stream: S,
    kept: Bytes,
    http2: Option<bool>,
    watch: Arc<Watch>,
}

impl<S> Wire<S> {
    pub fn new(stream: S, watch: Arc<Watch>) -> Self {
        Self { stream, kept: Bytes::new(), http2: None, watch }
    }

    /// Take back what a protocol had read and not used.
    pub fn put_back(&mut self, unused: Bytes) {
        if unused.is_empty() {
            return;
        }
        self.watch.bytes(&unused);
        self.kept = if self.kept.is_empty() { unused } else { [unused, std::mem::take(&mut self.kept)].concat().into() };
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Wait until the client says something; whether it speaks HTTP/2, or None at the end of the stream.
    pub async fn opening(&mut self) -> std::io::Result<Option<bool>> {
        loop {
            if !self.kept.is_empty() {
                if let Some(http2) = self.http2.or_else(|| speaks_http2(&self.kept)) {
                    self.http2 = Some(http2);
                    return Ok(Some(http2));
                }
            }
            let more = poll_fn(|context| self.poll_some(context)).await?;
            if more.is_empty() {
                return Ok(None);
            }
            self.kept = if self.kept.is_empty() { more } else { [&self.kept[..], &more].concat().into() };
        }
    }

    /// The buffer is on the stack: none belongs to a connection that waits.
    fn poll_some(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<Bytes>> {
        let mut space = [MaybeUninit::uninit(); FIRST_READ];
        let mut buffer = ReadBuf::uninit(&mut space);
        std::task::ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer))?;
        let data = buffer.filled();
        if !data.is_empty() {
            self.watch.bytes(data);
        }
        Poll::Ready(Ok(Bytes::copy_from_slice(data)))
    }
}

/// None while the bytes may still become the preface.
fn speaks_http2(data: &[u8]) -> Option<bool> {
    if data.len() < PREFACE.len() { (!PREFACE.starts_with(data)).then_some(false) } else { Some(data.starts_with(PREFACE)) }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        if !self.kept.is_empty() {
            let size = self.kept.len().min(buffer.remaining());
            buffer.put_slice(&self.kept[..size]);
            self.kept.advance(size);
            if self.kept.is_empty() {
                self.kept = Bytes::new(); // an empty slice would keep its memory
            }
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.watch.bytes(&buffer.filled()[before..]);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    fn writing<T>(&self, poll: Poll<T>) -> Poll<T> {
        self.watch.writes(poll.is_pending());
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<std::io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, data);
        self.writing(poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        self.writing(poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_shutdown(context);
        self.writing(poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(context, data);
        self.writing(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn pair() -> (DuplexStream, Wire<DuplexStream>) {
        let (client, server) = tokio::io::duplex(1 << 16);
        (client, Wire::new(server, Arc::new(Watch::new())))
    }

    #[test]
    fn the_first_bytes_decide_on_the_protocol_as_soon_as_they_can() {
        assert_eq!(speaks_http2(b"POST /"), Some(false));
        assert_eq!(speaks_http2(b"PR"), None);
        assert_eq!(speaks_http2(b"PRI * HTTP/1.1\r\n"), Some(false));
        assert_eq!(speaks_http2(&[PREFACE, b"more"].concat()), Some(true));
    }

    #[test]
    fn what_was_read_to_find_the_protocol_is_read_again_and_then_the_rest() {
        run(async {
            let (mut client, mut wire) = pair();
            client.write_all(&PREFACE[..3]).await.unwrap();
            let (opened, ()) = tokio::join!(wire.opening(), async {
                tokio::task::yield_now().await;
                client.write_all(&PREFACE[3..]).await.unwrap();
            });
            assert_eq!(opened.unwrap(), Some(true));
            client.write_all(b"frames").await.unwrap();
            drop(client);
            let mut all = Vec::new();
            wire.read_to_end(&mut all).await.unwrap();
            assert_eq!(all, [PREFACE, b"frames"].concat());
        });
    }

    #[test]
    fn a_stream_that_ends_before_it_says_anything_is_over() {
        run(async {
            let (client, mut wire) = pair();
            drop(client);
            assert_eq!(wire.opening().await.unwrap(), None);
        });
    }

    #[test]
    fn what_a_protocol_left_comes_before_what_follows_and_keeps_the_connection_from_resting() {
        run(async {
            let (mut client, mut wire) = pair();
            client.write_all(b"GET /second").await.unwrap();
            assert_eq!(wire.opening().await.unwrap(), Some(false));
            drop(wire.watch.request());
            assert!(wire.watch.rests());
            wire.put_back(Bytes::from_static(b"PRI"));
            assert!(!wire.watch.rests());
            assert_eq!(wire.opening().await.unwrap(), Some(false)); // the protocol does not change within a connection
            let mut all = [0; 14];
            wire.read_exact(&mut all).await.unwrap();
            assert_eq!(&all, b"PRIGET /second");
        });
    }

    #[test]
    fn a_connection_that_cannot_write_does_not_rest() {
        run(async {
            let (client, server) = tokio::io::duplex(4);
            let mut wire = Wire::new(server, Arc::new(Watch::new()));
            assert!(wire.watch.rests());
            let mut writing = Box::pin(wire.write_all(b"longer"));
            assert!(poll_fn(|context| Poll::Ready(writing.as_mut().poll(context).is_pending())).await);
            drop(writing);
            assert!(!wire.watch.rests());
            drop(client);
        });
    }
}
