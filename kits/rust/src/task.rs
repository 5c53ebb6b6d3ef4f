//! Running futures: an executor over the ABI's `wait`, and timers.
//!
//! A worker has one thread and one task. What a future waits for is an operation of the ABI; when nothing can go on, the
//! executor waits for all of them at once, and wakes whoever registered the one that is ready.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::host::{LIMIT, STEADY_CLOCK, host};

/// The most timers that are the server's at a time. It has room for more, but `wait` takes 1,024 operations, and bodies
/// need some.
const MOST_TIMERS: usize = 1000;

/// The most operations that `wait` takes.
const MOST_OPERATIONS: usize = 1024;

thread_local! {
    static REACTOR: RefCell<Reactor> = const { RefCell::new(Reactor::new()) };
}

/// What the executor waits for.
///
/// Who waits has a key, and knows by its absence that what it waited for happened: the server may give the number of a
/// timer that ended to another.
struct Reactor {
    last_key: u64,
    /// Three of one length: a key, its operation, and who is to be woken. The operations are what `wait` takes.
    keys: Vec<u64>,
    operations: Vec<u32>,
    wakers: Vec<Option<Waker>>,
    /// Operations that are not always there: timers, and those of the key-value store.
    timers: usize,
    /// Timers beyond what the server has room for. Each gets a place when another ends.
    queue: VecDeque<Queued>,
}

struct Queued {
    key: u64,
    end: i64,
    waker: Option<Waker>,
}

fn is_timer(operation: u32) -> bool {
    operation > crate::host::RESPONSE_BODY
}

impl Reactor {
    const fn new() -> Self {
        Reactor {
            last_key: 0,
            keys: Vec::new(),
            operations: Vec::new(),
            wakers: Vec::new(),
            timers: 0,
            queue: VecDeque::new(),
        }
    }

    fn new_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }

    /// Waits for an operation under a key.
    fn add(&mut self, key: u64, operation: u32, waker: Option<Waker>) {
        self.keys.push(key);
        self.operations.push(operation);
        self.wakers.push(waker);
        self.timers += usize::from(is_timer(operation));
    }

    /// Starts a timer.
    fn add_timer(&mut self, nanoseconds: i64) -> u64 {
        let key = self.new_key();
        if let Some(operation) = self.start_timer(nanoseconds) {
            self.add(key, operation, None);
        } else {
            let end = host().clock(STEADY_CLOCK).saturating_add(nanoseconds);
            self.queue.push_back(Queued { key, end, waker: None });
        }
        key
    }

    fn start_timer(&self, nanoseconds: i64) -> Option<u32> {
        if self.timers >= MOST_TIMERS {
            return None;
        }
        match host().timer(nanoseconds) {
            LIMIT => None,
            operation => Some(u32::try_from(operation).expect("the server starts timers of any length")),
        }
    }

    /// Says who is to be woken for a key, and gives who was before; `None`: the key waits no more.
    ///
    /// Wakers are dropped where nothing is borrowed: with the last one of a task, its futures may go.
    fn set_waker(&mut self, key: u64, waker: Waker) -> Option<Option<Waker>> {
        let place = match self.find(key) {
            Some(index) => &mut self.wakers[index],
            None => &mut self.queue.iter_mut().find(|queued| queued.key == key)?.waker,
        };
        Some(place.replace(waker))
    }

    fn find(&self, key: u64) -> Option<usize> {
        self.keys.iter().position(|known| *known == key)
    }

    /// A key waits no more. Gives its operation, if it had one, and who was to be woken.
    fn remove(&mut self, key: u64) -> (Option<u32>, Option<Waker>) {
        if let Some(index) = self.find(key) {
            let (operation, waker) = self.remove_at(index);
            return (Some(operation), waker);
        }
        let queued = self.queue.iter().position(|queued| queued.key == key);
        (None, queued.and_then(|index| self.queue.remove(index)?.waker))
    }

    fn remove_at(&mut self, index: usize) -> (u32, Option<Waker>) {
        self.keys.swap_remove(index);
        let operation = self.operations.swap_remove(index);
        self.timers -= usize::from(is_timer(operation));
        (operation, self.wakers.swap_remove(index))
    }

    /// Gives the room that a timer left to the first that had none.
    fn start_queued(&mut self) {
        while let Some(first) = self.queue.front() {
            let left = first.end.saturating_sub(host().clock(STEADY_CLOCK)).max(0);
            let Some(operation) = self.start_timer(left) else { return };
            let Some(first) = self.queue.pop_front() else { return };
            self.add(first.key, operation, first.waker);
        }
    }

    /// Waits until something is ready; who is to be woken for it.
    fn wait(&mut self) -> Option<Waker> {
        assert!(!self.operations.is_empty(), "a future waits for something that nothing in this worker will bring");
        // Those beyond what it takes get their turn when others are done.
        let place = host().wait(&self.operations[..self.operations.len().min(MOST_OPERATIONS)]);
        let index = usize::try_from(place).expect("all of these operations exist");
        let (_, waker) = self.remove_at(index);
        self.start_queued();
        waker
    }
}

/// What wakes the task: it is to be polled again.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a future to its end, waiting where it waits. For handlers that are not `async`; those that are run in this.
///
/// Within another future it holds that one up.
///
/// # Panics
///
/// The future waits for something else than this crate's timers and bodies, and nothing wakes it.
///
/// ```
/// use std::time::Duration;
/// use wasm_workers_rs::{block_on, join, sleep};
///
/// block_on(join(sleep(Duration::from_millis(2)), sleep(Duration::from_millis(1))));
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        while woken.0.swap(false, Ordering::Relaxed) {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
        }
        let ready = REACTOR.with_borrow_mut(Reactor::wait);
        if let Some(waker) = ready {
            waker.wake();
        }
    }
}

/// Waits for a time: `sleep(Duration::from_millis(10)).await`.
///
/// The time begins with the call, not with the `await`. Many run at once, as in
/// `join_all((0..100).map(|_| sleep(time))).await`, which takes no longer than one.
pub fn sleep(time: Duration) -> Sleep {
    let key = REACTOR.with_borrow_mut(|reactor| reactor.add_timer(nanoseconds(time)));
    Sleep { key: Some(key) }
}

/// Waits for a time without `await`: nothing else of this worker goes on.
pub fn pause(time: Duration) {
    host().sleep(nanoseconds(time));
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// The future that [`sleep`] gives. Dropping it ends the timer.
#[derive(Debug)]
#[must_use = "a timer is waited for with .await"]
pub struct Sleep {
    /// `None`: it ended.
    key: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(key) = self.key else { return Poll::Ready(()) };
        if is_waiting(key, context) {
            return Poll::Pending;
        }
        self.key = None;
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let waker = REACTOR.with_borrow_mut(|reactor| {
            let (operation, waker) = reactor.remove(key);
            if let Some(operation) = operation {
                host().cancel(operation);
                reactor.start_queued();
            }
            waker
        });
        drop(waker);
    }
}

/// Whether a key waits still; then it is for this task.
fn is_waiting(key: u64, context: &Context<'_>) -> bool {
    let waker = context.waker().clone();
    REACTOR.with_borrow_mut(|reactor| reactor.set_waker(key, waker)).is_some()
}

/// Waits until an operation is ready that does not end with that: of a body, of the key-value store.
#[derive(Debug)]
pub(crate) struct Ready {
    operation: u32,
    key: Option<u64>,
}

impl Ready {
    pub(crate) fn new(operation: u32) -> Self {
        Ready { operation, key: None }
    }
}

impl Future for Ready {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(key) = self.key else {
            let operation = self.operation;
            self.key = Some(REACTOR.with_borrow_mut(|reactor| {
                let key = reactor.new_key();
                reactor.add(key, operation, Some(context.waker().clone()));
                key
            }));
            return Poll::Pending;
        };
        if is_waiting(key, context) { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            drop(REACTOR.with_borrow_mut(|reactor| {
                let removed = reactor.remove(key);
                reactor.start_queued();
                removed
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fake, join_all};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn timers_overlap() {
        fake::install();
        let slept = block_on(join_all((0..100).map(|_| sleep(SECOND))));
        assert_eq!(slept.len(), 100);
        fake::with(|state| {
            assert_eq!(state.now, 1_000_000_000);
            assert_eq!(state.waits, 100);
            assert!(state.timers.is_empty());
        });
    }

    #[test]
    fn a_timer_runs_from_its_call_on() {
        fake::install();
        block_on(async {
            let first = sleep(SECOND);
            sleep(SECOND * 3).await;
            first.await;
        });
        fake::with(|state| assert_eq!(state.now, 3_000_000_000));
    }

    #[test]
    fn timers_beyond_the_limit_get_their_turn_and_end_in_time() {
        fake::install();
        fake::with(|state| state.most_timers = 10);
        let times: Vec<_> = (1..=25).map(|number| SECOND * number).collect();
        let ends = block_on(join_all(times.iter().rev().map(async |time| {
            sleep(*time).await;
            fake::with(|state| state.now)
        })));
        // All are created first, the longest before the others; those without a place end when one is free.
        assert_eq!(ends[0], 25_000_000_000);
        assert_eq!(ends[9], 16_000_000_000);
        assert!(ends[10..].iter().all(|end| (16_000_000_000..=25_000_000_000).contains(end)), "{ends:?}");
        fake::with(|state| assert!(state.timers.is_empty()));
    }

    #[test]
    fn dropping_a_timer_ends_it() {
        fake::install();
        fake::with(|state| state.most_timers = 2);
        let mut timers: Vec<_> = (0..4).map(|_| sleep(SECOND)).collect();
        fake::with(|state| assert_eq!(state.timers.len(), 2));
        // One that has a place, which the next takes, and one that has none.
        drop((timers.swap_remove(0), timers.pop()));
        block_on(join_all(timers));
        fake::with(|state| {
            assert!(state.timers.is_empty());
            assert_eq!(state.now, 1_000_000_000);
        });
    }

    #[test]
    fn futures_that_wake_themselves_go_on() {
        fake::install();
        let mut polls = 0;
        let output = block_on(std::future::poll_fn(|context| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls < 5 { Poll::Pending } else { Poll::Ready(polls) }
        }));
        assert_eq!(output, 5);
        fake::with(|state| assert_eq!(state.waits, 0));
    }

    #[test]
    #[should_panic(expected = "nothing in this worker will bring")]
    fn what_nothing_wakes_is_an_error() {
        fake::install();
        block_on(std::future::pending::<()>());
    }

    #[test]
    fn pauses_are_the_servers() {
        fake::install();
        pause(SECOND);
        fake::with(|state| assert_eq!(state.now, 1_000_000_000));
    }
}
