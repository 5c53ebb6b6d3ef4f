//! Something that is lost and made anew, and those who wait for it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};

use crate::error::Problem;

/// Between two attempts to make it: short enough to be back within a second after the other side is.
pub const PAUSE: Duration = Duration::from_millis(100);
/// An attempt that takes longer is no reason any more to wait for it.
pub const PATIENCE: Duration = Duration::from_millis(500);

enum State<T> {
    /// The first attempt, or the first after a loss: it is worth waiting.
    Trying,
    Up(T),
    /// An attempt has failed. More are made; until one works, whoever asks is told so at once.
    Down,
}

/// A `T` while there is one. Each one has a number, so that a late report of its loss does not hit the next.
pub struct Kept<T> {
    state: RefCell<State<T>>,
    number: Cell<u64>,
    changed: Notify,
    lost: Notify,
    /// Held by the first of those who wait; it is given on in the order in which they came.
    turn: Mutex<()>,
}

impl<T: Clone> Kept<T> {
    pub fn new() -> Self {
        Self {
            state: RefCell::new(State::Trying),
            number: Cell::new(0),
            changed: Notify::new(),
            lost: Notify::new(),
            turn: Mutex::new(()),
        }
    }

    /// What there is, with its number; waits while the first attempt is made. None: there is none.
    /// Who asked first gets it first: nobody who comes as it is made overtakes those who waited.
    pub async fn get(&self) -> Option<(T, u64)> {
        let _turn = self.turn.lock().await;
        loop {
            let changed = self.changed.notified();
            match &*self.state.borrow() {
                State::Up(value) => return Some((value.clone(), self.number.get())),
                State::Down => return None,
                State::Trying => {}
            }
            changed.await;
        }
    }

    pub fn is_up(&self) -> bool {
        matches!(&*self.state.borrow(), State::Up(_))
    }

    /// The one of this number is not to be used any more.
    pub fn lose(&self, number: u64) {
        if self.number.get() == number && self.is_up() {
            self.set(State::Trying);
            self.lost.notify_one();
        }
    }

    fn set(&self, state: State<T>) {
        *self.state.borrow_mut() = state;
        self.changed.notify_waiters();
    }

    /// Makes one whenever there is none, for ever. `tell` hears of each attempt's outcome.
    pub async fn keep(
        &self,
        make: impl AsyncFn() -> Result<T, Problem>,
        tell: impl Fn(Result<(), &Problem>),
    ) {
        loop {
            let mut attempt = std::pin::pin!(make());
            let made = match timeout(PATIENCE, &mut attempt).await {
                Ok(made) => made,
                Err(_) => {
                    tell(Err(&"does not answer".to_string()));
                    self.set(State::Down);
                    attempt.await
                }
            };
            match made {
                Ok(value) => {
                    tell(Ok(()));
                    self.number.set(self.number.get() + 1);
                    self.set(State::Up(value));
                    self.lost.notified().await;
                }
                Err(problem) => {
                    tell(Err(&problem));
                    self.set(State::Down);
                    sleep(PAUSE).await;
                }
            }
        }
    }
}
