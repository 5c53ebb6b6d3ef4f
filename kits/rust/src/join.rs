//! Futures of futures: several at once, and one that may take too long.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::sleep;

/// Runs two futures at once, and gives what both give.
pub async fn join<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut first_output, mut second_output) = (None, None);
    poll_fn(|context| {
        poll_into(first.as_mut(), &mut first_output, context);
        poll_into(second.as_mut(), &mut second_output, context);
        match (first_output.take(), second_output.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (first, second) => {
                (first_output, second_output) = (first, second);
                Poll::Pending
            }
        }
    })
    .await
}

fn poll_into<F: Future>(future: Pin<&mut F>, output: &mut Option<F::Output>, context: &mut Context<'_>) {
    if output.is_none() {
        if let Poll::Ready(value) = future.poll(context) {
            *output = Some(value);
        }
    }
}

/// A future, or no more than this long.
///
/// # Errors
///
/// The time was over first. The future is dropped then.
pub async fn timeout<F: Future>(time: Duration, future: F) -> Result<F::Output, Elapsed> {
    let (mut future, mut end) = (pin!(future), pin!(sleep(time)));
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        end.as_mut().poll(context).map(|()| Err(Elapsed))
    })
    .await
}

/// The error of [`timeout`]: the time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("it took too long")
    }
}

impl std::error::Error for Elapsed {}

/// Runs futures at once, and gives what they give, in their order.
///
/// Each is polled only when it was woken: a thousand timers cost a thousand times what one costs.
pub fn join_all<I>(futures: I) -> JoinAll<I::Item>
where
    I: IntoIterator,
    I::Item: Future,
{
    let futures: Vec<_> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
    let outputs = futures.iter().map(|_| None).collect();
    let woken = Arc::new(Woken { state: Mutex::new(State { indices: (0..futures.len()).collect(), parent: None }) });
    JoinAll { left: futures.len(), futures, outputs, woken }
}

/// The future that [`join_all`] gives.
#[must_use = "futures do nothing unless they are awaited"]
pub struct JoinAll<F: Future> {
    /// `None`: it gave its output.
    futures: Vec<Option<Pin<Box<F>>>>,
    outputs: Vec<Option<F::Output>>,
    left: usize,
    woken: Arc<Woken>,
}

/// Which of the futures are to be polled, and who polls all of them.
struct Woken {
    state: Mutex<State>,
}

struct State {
    indices: Vec<usize>,
    parent: Option<Waker>,
}

impl Woken {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Wakes one of them.
struct Child {
    index: usize,
    woken: Arc<Woken>,
}

impl Wake for Child {
    fn wake(self: Arc<Self>) {
        let parent = self.woken.with(|state| {
            state.indices.push(self.index);
            state.parent.clone()
        });
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

// The futures are boxed: moving this moves none of them.
impl<F: Future> Unpin for JoinAll<F> {}

impl<F: Future> Future for JoinAll<F> {
    type Output = Vec<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let woken = this.woken.with(|state| {
            state.parent = Some(context.waker().clone());
            std::mem::take(&mut state.indices)
        });
        for index in woken {
            let Some(future) = &mut this.futures[index] else { continue };
            let waker = Waker::from(Arc::new(Child { index, woken: this.woken.clone() }));
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                this.futures[index] = None;
                this.outputs[index] = Some(output);
                this.left -= 1;
            }
        }
        if this.left > 0 {
            return Poll::Pending;
        }
        Poll::Ready(std::mem::take(&mut this.outputs).into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sleep, block_on, fake};

    const SECOND: Duration = Duration::from_secs(1);

    async fn after(seconds: u32) -> u32 {
        sleep(SECOND * seconds).await;
        seconds
    }

    #[test]
    fn outputs_are_in_the_order_of_the_futures() {
        fake::install();
        assert_eq!(block_on(join_all([3, 1, 2].map(after))), [3, 1, 2]);
        assert_eq!(block_on(join(after(5), async { "now" })), (5, "now"));
        assert_eq!(block_on(join_all(Vec::<Sleep>::new())), []);
    }

    #[test]
    fn each_is_polled_only_when_it_was_woken() {
        fake::install();
        let polls = std::cell::Cell::new(0);
        let futures = (1..=50).map(|seconds| {
            let mut future = Box::pin(after(seconds));
            let polls = &polls;
            poll_fn(move |context| {
                polls.set(polls.get() + 1);
                future.as_mut().poll(context)
            })
        });
        block_on(join_all(futures));
        assert_eq!(polls.get(), 100);
    }

    #[test]
    fn what_takes_too_long_is_dropped() {
        fake::install();
        assert_eq!(block_on(timeout(SECOND, after(2))), Err(Elapsed));
        assert_eq!(block_on(timeout(SECOND * 3, after(2))), Ok(2));
        fake::with(|state| {
            assert!(state.timers.is_empty());
            assert_eq!(state.now, 3_000_000_000);
        });
    }
}
