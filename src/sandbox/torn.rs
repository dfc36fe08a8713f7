//! A body that breaks off.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use http_body::Frame;

/// Sends its bytes, then fails: the connection ends in the middle of the body.
pub(super) struct TornBody {
    bytes: Option<Bytes>,
}

impl TornBody {
    pub(super) fn new(bytes: Bytes) -> TornBody {
        TornBody { bytes: Some(bytes) }
    }
}

impl HttpBody for TornBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(match self.bytes.take() {
            Some(bytes) => Ok(Frame::data(bytes)),
            None => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        }))
    }
}
