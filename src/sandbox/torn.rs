//! A body that breaks off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use http_body::Frame;

/// Sends its bytes, then fails: the connection ends in the middle of the body.
pub(super) enum TornBody {
    Whole(Bytes),
    Sent,
    Flushed,
}

impl TornBody {
    pub(super) fn new(bytes: Bytes) -> TornBody {
        TornBody::Whole(bytes)
    }
}

impl HttpBody for TornBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match std::mem::replace(&mut *self, TornBody::Sent) {
            TornBody::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            TornBody::Sent => {
                // A body that fails at once takes its headers with it: the server writes out what
                // it holds only while it waits for more.
                *self = TornBody::Flushed;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            TornBody::Flushed => {
                *self = TornBody::Flushed;
                Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
            }
        }
    }
}
