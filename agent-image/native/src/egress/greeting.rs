//! Tells when a server has greeted: the first frame of an HTTP/2 connection has to be SETTINGS. Before that, a port that merely
//! accepts connections would pass for a peer.

use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

const FRAME_HEAD: usize = 9;
/// Kind and flags of SETTINGS that are no acknowledgement.
const SETTINGS: [u8; 2] = [4, 0];

/// A stream that looks at the first bytes read, and says once whether they begin with SETTINGS.
pub struct Greeted<S> {
    stream: S,
    head: Vec<u8>,
    tell: Option<oneshot::Sender<bool>>,
}

impl<S> Greeted<S> {
    pub fn new(stream: S) -> (Self, oneshot::Receiver<bool>) {
        let (tell, told) = oneshot::channel();
        (Self { stream, head: Vec::new(), tell: Some(tell) }, told)
    }

    fn look(&mut self, read: &[u8]) {
        self.head.extend(read.iter().take(FRAME_HEAD - self.head.len()));
        if self.head.len() == FRAME_HEAD
            && let Some(tell) = self.tell.take()
        {
            let _ = tell.send(self.head[3..5] == SETTINGS);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Greeted<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.tell.is_some() {
            self.look(&buffer.filled()[before..]);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Greeted<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
