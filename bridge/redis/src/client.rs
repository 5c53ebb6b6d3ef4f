//! The thread with the event loop, and one call from its queue to its answer.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;
use tokio::time::{Instant, timeout_at};

use crate::error::{Problem, words};
use crate::link::{Manner, ask, is_missing};
use crate::route::{Route, Topology};
use crate::stream::Address;

/// Redirections that one call follows.
const REDIRECTIONS: usize = 3;

pub struct Options {
    pub topology: Topology,
    pub hosts: Vec<Address>,
    pub manner: Manner,
    pub limit: Duration,
}

/// What came of a call; the numbers are those of the header.
#[derive(Clone, Copy, PartialEq)]
#[repr(u32)]
pub enum Kind {
    Reply = 0,
    /// It was not done.
    Unavailable = 1,
    /// It may have been done.
    Unknown = 2,
    /// Not done: the server has no room.
    OutOfMemory = 3,
    /// Not done: the server cannot write its files.
    Disk = 4,
    /// Somebody can be reached again, as the text says.
    Up = 5,
    /// Somebody cannot be reached, for the reason in the text.
    Down = 6,
}

pub enum Item {
    Nil,
    Number(i64),
    Bytes(Vec<u8>),
}

pub struct Event {
    pub kind: Kind,
    pub id: u64,
    pub items: Vec<Item>,
    pub text: String,
}

/// Where events wait for C++, which is woken.
pub struct Outbox {
    events: Mutex<Vec<Event>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Outbox {
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { events: Mutex::new(Vec::new()), wake: Box::new(wake) })
    }

    fn put(&self, event: Event) {
        let was_empty = {
            let mut events = self.events.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            events.push(event);
            events.len() == 1
        };
        if was_empty {
            (self.wake)();
        }
    }

    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

/// Tells of each change, and not of each attempt.
#[derive(Clone)]
pub struct Notices {
    outbox: Arc<Outbox>,
    known: Rc<RefCell<HashMap<String, Option<Problem>>>>,
}

impl Notices {
    pub fn tell(&self, name: &str, outcome: Result<(), &Problem>) {
        let problem = outcome.err().cloned();
        let before = self.known.borrow_mut().insert(name.to_string(), problem.clone());
        if before.as_ref() == Some(&problem) {
            return;
        }
        let (kind, text) = match problem {
            None => (Kind::Up, name.to_string()),
            Some(problem) => (Kind::Down, format!("{name} {problem}")),
        };
        self.outbox.put(Event { kind, id: 0, items: Vec::new(), text });
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Effect {
    Reads,
    Writes,
}

enum Order {
    Call { call: Call, answer: Answer },
    Names { pattern: Vec<u8>, deadline: Instant, answer: Answer },
}

struct Call {
    slot: u16,
    effect: Effect,
    command: Cmd,
    deadline: Instant,
}

/// The duty to answer: whoever drops it without, for whatever reason, has answered that nobody knows.
struct Answer {
    id: u64,
    outbox: Option<Arc<Outbox>>,
}

impl Answer {
    fn give(mut self, kind: Kind, items: Vec<Item>, text: String) {
        if let Some(outbox) = self.outbox.take() {
            outbox.put(Event { kind, id: self.id, items, text });
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(outbox) = self.outbox.take() {
            outbox.put(Event { kind: Kind::Unknown, id: self.id, items: Vec::new(), text: String::new() });
        }
    }
}

pub struct Client {
    outbox: Arc<Outbox>,
    limit: Duration,
    options: Option<Options>,
    queue: Option<UnboundedSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Client {
    pub fn new(options: Options, outbox: Arc<Outbox>) -> Self {
        Self { outbox, limit: options.limit, options: Some(options), queue: None, thread: None }
    }

    /// Starts the threads, and returns when no other will be started.
    pub fn start(&mut self) -> Result<(), Problem> {
        let options = self.options.take().ok_or("it runs")?;
        let (queue, orders) = unbounded_channel();
        let (tell, told) = mpsc::channel();
        let outbox = self.outbox.clone();
        let thread = std::thread::Builder::new()
            .name("wws-redis".to_string())
            .spawn(move || run(options, orders, outbox, &tell))
            .map_err(|error| error.to_string())?;
        told.recv().map_err(|_| "its thread ended".to_string())??;
        self.queue = Some(queue);
        self.thread = Some(thread);
        Ok(())
    }

    fn answer(&self, id: u64) -> Answer {
        Answer { id, outbox: Some(self.outbox.clone()) }
    }

    pub fn call(&self, id: u64, slot: u16, effect: Effect, command: Cmd) {
        let call = Call { slot, effect, command, deadline: Instant::now() + self.limit };
        self.send(Order::Call { call, answer: self.answer(id) });
    }

    pub fn names(&self, id: u64, pattern: Vec<u8>) {
        let deadline = Instant::now() + self.limit;
        self.send(Order::Names { pattern, deadline, answer: self.answer(id) });
    }

    fn send(&self, order: Order) {
        // Without a thread the order is dropped, which answers it.
        if let Some(queue) = &self.queue {
            let _ = queue.send(order);
        }
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    options: Options,
    mut orders: UnboundedReceiver<Order>,
    outbox: Arc<Outbox>,
    tell: &mpsc::Sender<Result<(), Problem>>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // One thread more, for the resolver, which cannot be asked otherwise; started now, and kept.
        .max_blocking_threads(1)
        .thread_name("wws-redis-names")
        .thread_keep_alive(Duration::from_secs(u64::from(u32::MAX)))
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = tell.send(Err(error.to_string()));
            return;
        }
    };
    let local = LocalSet::new();
    local.block_on(&runtime, async move {
        let _ = tokio::task::spawn_blocking(|| {
            use std::net::ToSocketAddrs;
            let _ = ("localhost", 0).to_socket_addrs(); // has libraries loaded
        })
        .await;
        let _ = tell.send(Ok(()));
        let notices = Notices { outbox, known: Rc::default() };
        let route =
            Rc::new(Route::new(options.topology, options.hosts, Rc::new(options.manner), notices));
        while let Some(order) = orders.recv().await {
            let route = route.clone();
            // First in, first out: calls reach a connection in the order in which they were made.
            tokio::task::spawn_local(async move {
                match order {
                    Order::Call { call, answer } => match perform(&route, &call).await {
                        Ok(value) => answer.give(Kind::Reply, items(value), String::new()),
                        Err((kind, text)) => answer.give(kind, Vec::new(), text),
                    },
                    Order::Names { pattern, deadline, answer } => {
                        match timeout_at(deadline, names(&route, &pattern)).await {
                            Ok(Ok(found)) => answer.give(Kind::Reply, found, String::new()),
                            Ok(Err(text)) => answer.give(Kind::Unavailable, Vec::new(), text),
                            Err(_) => answer.give(Kind::Unavailable, Vec::new(), String::new()),
                        }
                    }
                }
            });
        }
    });
    runtime.shutdown_background();
}

type Failure = (Kind, String);

/// Does the call on the primary of its slot: once, except where a server says that it has not done it and who would.
async fn perform(route: &Route, call: &Call) -> Result<Value, Failure> {
    let unavailable = || (Kind::Unavailable, String::new());
    let in_doubt = match call.effect {
        Effect::Reads => Kind::Unavailable,
        Effect::Writes => Kind::Unknown,
    };
    let mut redirected = None;
    let mut is_asking = false;
    for _ in 0..=REDIRECTIONS {
        let link = match redirected.take() {
            Some(link) => link,
            None => match timeout_at(call.deadline, route.link(call.slot)).await {
                Ok(Some(link)) => link,
                _ => return Err(unavailable()),
            },
        };
        let Ok(Some((mut connection, number))) = timeout_at(call.deadline, link.connection.get()).await
        else {
            return Err(unavailable());
        };
        let sent = send(&mut connection, &call.command, is_asking);
        let error = match timeout_at(call.deadline, sent).await {
            Ok(Ok(value)) => {
                link.answered();
                return Ok(value);
            }
            Ok(Err(error)) => error,
            Err(_) => {
                link.was_silent(number);
                return Err((in_doubt, "no answer in time".to_string()));
            }
        };
        if !matches!(error.kind(), ErrorKind::Io | ErrorKind::Parse) {
            link.answered();
        }
        is_asking = error.kind() == ErrorKind::Server(ServerErrorKind::Ask);
        match error.kind() {
            ErrorKind::Io | ErrorKind::Parse => {
                link.connection.lose(number);
                return Err((in_doubt, words(&error)));
            }
            ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask) => {
                let to = error.redirect_node().map(|(to, _)| to.to_string()).unwrap_or_default();
                redirected = route.redirected(call.slot, &to, !is_asking);
                if redirected.is_none() {
                    return Err((Kind::Unavailable, words(&error)));
                }
            }
            _ if is_missing(&error) => link.connection.lose(number), // the next one loads them
            _ => {
                let kind = refusal(&error, in_doubt);
                if error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly) {
                    link.connection.lose(number); // the primary is another one now
                }
                if kind == Kind::Unavailable {
                    route.doubt();
                }
                return Err((kind, words(&error)));
            }
        }
    }
    Err(unavailable())
}

async fn send(
    connection: &mut MultiplexedConnection,
    command: &Cmd,
    is_asking: bool,
) -> Result<Value, RedisError> {
    if !is_asking {
        return ask(connection, command).await;
    }
    let mut both = redis::pipe();
    both.cmd("ASKING").add_command(command.clone());
    let mut answers = connection.send_packed_commands(&both, 0, 2).await?;
    answers.pop().unwrap_or(Value::Nil).extract_error()
}

/// Before it begins with a function, a server checks whether it can; these are its ways to say that it cannot.
fn refusal(error: &RedisError, otherwise: Kind) -> Kind {
    if let ErrorKind::Server(
        ServerErrorKind::BusyLoading
        | ServerErrorKind::ClusterDown
        | ServerErrorKind::MasterDown
        | ServerErrorKind::NoPerm
        | ServerErrorKind::ReadOnly
        | ServerErrorKind::TryAgain,
    ) = error.kind()
    {
        return Kind::Unavailable;
    }
    match error.code() {
        Some("OOM") => Kind::OutOfMemory,
        Some("MISCONF") => Kind::Disk,
        Some("BUSY" | "NOAUTH" | "NOREPLICAS" | "UNBLOCKED") => Kind::Unavailable,
        _ => otherwise,
    }
}

/// Names of keys on all primaries.
async fn names(route: &Route, pattern: &[u8]) -> Result<Vec<Item>, String> {
    let mut found = Vec::new();
    for link in route.links().await {
        let Some((mut connection, _)) = link.connection.get().await else { return Err(String::new()) };
        let mut cursor = b"0".to_vec();
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1000);
            let answer =
                ask(&mut connection, &scan).await.map_err(|error| words(&error))?;
            let Value::Array(parts) = answer else { return Err("SCAN answers oddly".to_string()) };
            let mut parts = parts.into_iter();
            let (Some(Value::BulkString(next)), Some(keys)) = (parts.next(), parts.next()) else {
                return Err("SCAN answers oddly".to_string());
            };
            found.extend(items(keys));
            if next == b"0" {
                break;
            }
            cursor = next;
        }
    }
    Ok(found)
}

/// A reply in one level; functions of ours answer so.
fn items(value: Value) -> Vec<Item> {
    let item = |value| match value {
        Value::Int(number) => Item::Number(number),
        Value::BulkString(bytes) => Item::Bytes(bytes),
        Value::SimpleString(text) => Item::Bytes(text.into_bytes()),
        Value::Okay => Item::Bytes(b"OK".to_vec()),
        _ => Item::Nil,
    };
    match value {
        Value::Array(values) => values.into_iter().map(item).collect(),
        single => vec![item(single)],
    }
}
