//! The pace of bodies that come in.

use super::Patience;
use crate::ambient::moment;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Gives every request's body the pace it must keep. Time runs only while we wait for its bytes: when we are slow
/// ourselves, nobody is blamed.
pub async fn paced(State(patience): State<Patience>, request: Request, next: Next) -> Response {
    next.run(request.map(|body| Body::new(Paced::new(body, patience))))
        .await
}

/// The body came too slowly.
#[derive(Debug)]
struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body came too slowly")
    }
}

impl std::error::Error for TooSlow {}

/// A body that must come at a pace: behind the grace, so many bytes a second on average, and all of it in time.
struct Paced {
    body: Body,
    patience: Patience,
    /// How long we waited for bytes so far, and how many came.
    waited: Duration,
    came: u64,
    /// Since when we are waiting, and until when.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Paced {
    fn new(body: Body, patience: Patience) -> Self {
        Self {
            body,
            patience,
            waited: Duration::ZERO,
            came: 0,
            waiting: None,
        }
    }

    /// How long we may have waited in all, with what came so far.
    fn may_wait(&self) -> Duration {
        let earned = Duration::from_secs_f64(self.came as f64 / f64::from(self.patience.rate.max(1)));
        (self.patience.grace + earned).min(self.patience.body)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            if let Some((since, _)) = self.waiting.take() {
                self.waited += since.elapsed();
            }
            if let Some(Ok(Some(bytes))) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
                self.came += bytes.len() as u64;
            }
            return Poll::Ready(frame);
        }
        if self.waiting.is_none() {
            let now = moment();
            let left = self.may_wait().saturating_sub(self.waited);
            self.waiting = Some((now, Box::pin(sleep_until(now + left))));
        }
        if let Some((_, over)) = &mut self.waiting {
            ready!(over.as_mut().poll(context));
        }
        Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    /// A body of `length` bytes, `slice` of them every `every`.
    fn trickle(length: usize, slice: usize, every: Duration) -> Body {
        let slices = (0..length.div_ceil(slice)).map(move |_| Bytes::from(vec![0; slice]));
        let stream = futures_util::stream::unfold(slices, move |mut slices| async move {
            tokio::time::sleep(every).await;
            Some((Ok::<_, std::io::Error>(slices.next()?), slices))
        });
        Body::from_stream(stream)
    }

    async fn taken(body: Body) -> (bool, Duration) {
        let began = moment();
        let came = Paced::new(body, Patience::default()).collect().await;
        (came.is_ok(), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn s15_a_body_at_the_pace_of_2g_comes_whole_and_a_trickle_is_cut() {
        let second = Duration::from_secs(1);
        // 20 kbit/s, half a megabyte: three minutes and a half.
        let (whole, _) = taken(trickle(512_000, 2_500, second)).await;
        assert!(whole);
        // The same with pauses of twenty seconds, as on a train.
        let (whole, _) = taken(trickle(512_000, 50_000, 20 * second)).await;
        assert!(whole);
        // 100 bytes a second: the grace, and as much more as what came by then is worth.
        let (whole, took) = taken(trickle(512_000, 100, second)).await;
        assert!(!whole && took > 30 * second && took < 35 * second, "{took:?}");
        // Nothing at all.
        let (whole, took) = taken(trickle(1, 1, 3_600 * second)).await;
        assert!(!whole && took == 30 * second, "{took:?}");
        // At the pace, but without end.
        let (whole, took) = taken(trickle(50_000_000, 2_500, second)).await;
        assert!(
            !whole && took >= 1_800 * second && took < 1_802 * second,
            "{took:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn s15_time_in_which_we_do_not_listen_is_not_counted() {
        let mut body = Paced::new(trickle(10, 1, Duration::from_secs(14)), Patience::default());
        assert!(body.frame().await.unwrap().is_ok());
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert!(body.frame().await.unwrap().is_ok());
    }
}
