//! A connection of which every byte counts.

use super::Patience;
use crate::ambient::moment;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep};

/// A stream that fails with [`ErrorKind::TimedOut`] when nothing moves on it for too long, or when what it is to carry
/// out goes out too slowly. Holds its place among the connections until it is gone.
pub struct Watched<Stream> {
    stream: Stream,
    patience: Patience,
    /// Runs out when nothing moved.
    idle: Pin<Box<Sleep>>,
    /// There while the other side does not take what we have for it; runs out when it takes too little.
    blocked: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl<Stream> Watched<Stream> {
    pub(super) fn new(stream: Stream, patience: Patience, place: OwnedSemaphorePermit) -> Self {
        Self {
            stream,
            patience,
            idle: Box::pin(sleep(patience.idle)),
            blocked: None,
            _place: place,
        }
    }

    fn moved(&mut self) {
        self.idle.as_mut().reset(moment() + self.patience.idle);
    }

    fn has_idled(&mut self, context: &mut Context<'_>) -> bool {
        self.idle.as_mut().poll(context).is_ready()
    }

    /// What a try to write came to, and whether it goes on too slowly.
    fn wrote(
        &mut self,
        tried: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match &tried {
            Poll::Ready(Ok(bytes)) => {
                self.moved();
                let earned = Duration::from_secs_f64(*bytes as f64 / f64::from(self.patience.rate.max(1)));
                if let Some(blocked) = &mut self.blocked {
                    // Time is earned by bytes, but never more than the grace again.
                    let most = moment() + self.patience.grace;
                    let until = (blocked.deadline() + earned.min(self.patience.grace)).min(most);
                    blocked.as_mut().reset(until);
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                let grace = self.patience.grace;
                let blocked = self.blocked.get_or_insert_with(|| Box::pin(sleep(grace)));
                if blocked.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Err(ErrorKind::TimedOut.into()));
                }
            }
        }
        tried
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for Watched<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        match read {
            Poll::Ready(_) => self.moved(),
            Poll::Pending if self.has_idled(context) => return Poll::Ready(Err(ErrorKind::TimedOut.into())),
            Poll::Pending => {}
        }
        read
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for Watched<Stream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(tried, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tried = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(tried, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Whoever flushes has handed over everything, so the other side has kept up.
        self.blocked = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
