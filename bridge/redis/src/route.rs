//! Which primary has a key: one server, the one that Sentinel names, or one of a Cluster.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use redis::Value;
use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};

use crate::client::Notices;
use crate::error::{Problem, problem};
use crate::kept::{PATIENCE, PAUSE};
use crate::link::{Credentials, Link, Manner, ask, open};
use crate::stream::{Address, CONNECT_LIMIT};

const SLOTS: usize = 16384;

pub enum Topology {
    One,
    Sentinel(String),
    Cluster,
}

/// Says where a primary is, each time anew.
pub enum Finder {
    Fixed(Address),
    Sentinel { sentinels: Vec<Address>, primary: String },
}

impl Finder {
    /// For notices.
    pub fn name(&self) -> String {
        match self {
            Finder::Fixed(address) => address.to_string(),
            Finder::Sentinel { primary, .. } => format!("the primary {primary}"),
        }
    }

    pub async fn find(&self, manner: &Manner) -> Result<Address, Problem> {
        let (sentinels, primary) = match self {
            Finder::Fixed(address) => return Ok(address.clone()),
            Finder::Sentinel { sentinels, primary } => (sentinels, primary),
        };
        let mut problem = String::new();
        for sentinel in sentinels {
            let asked = timeout(CONNECT_LIMIT, ask_sentinel(sentinel, primary, manner)).await;
            match asked.unwrap_or_else(|_| Err("does not answer".to_string())) {
                Ok(address) => return Ok(address),
                Err(words) => problem = format!("is not known: the sentinel {sentinel} {words}"),
            }
        }
        Err(problem)
    }
}

/// Sentinels mostly want no credentials; those that do get the same.
async fn ask_sentinel(sentinel: &Address, primary: &str, manner: &Manner) -> Result<Address, Problem> {
    let mut command = redis::cmd("SENTINEL");
    command.arg("GET-MASTER-ADDR-BY-NAME").arg(primary);
    let mut connection = open(sentinel, manner, Credentials::None).await?;
    let mut answer = ask(&mut connection, &command).await;
    if answer.as_ref().is_err_and(|error| error.code() == Some("NOAUTH")) {
        connection = open(sentinel, manner, Credentials::Ours).await?;
        answer = ask(&mut connection, &command).await;
    }
    match answer.map_err(|error| problem(&error))? {
        Value::Array(parts) => match parts.as_slice() {
            [Value::BulkString(host), Value::BulkString(port)] => {
                let port = std::str::from_utf8(port).ok().and_then(|port| port.parse().ok());
                let port = port.ok_or("names a port that is none")?;
                Ok(Address { host: String::from_utf8_lossy(host).into_owned(), port })
            }
            _ => Err("answers what is no address".to_string()),
        },
        _ => Err(format!("knows no primary {primary}")),
    }
}

/// The slot of a hash tag (CRC-16/XMODEM).
pub fn slot(tag: &[u8]) -> u16 {
    let crc = tag.iter().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            (crc << 1) ^ if crc & 0x8000 != 0 { 0x1021 } else { 0 }
        })
    });
    crc % SLOTS as u16
}

/// Gives the link to the primary of a slot.
pub enum Route {
    One(Rc<Link>),
    Cluster(Rc<Cluster>),
}

impl Route {
    pub fn new(topology: Topology, hosts: Vec<Address>, manner: Rc<Manner>, notices: Notices) -> Self {
        let finder = match topology {
            Topology::Cluster => return Route::Cluster(Cluster::new(hosts, manner, notices)),
            Topology::Sentinel(primary) => Finder::Sentinel { sentinels: hosts, primary },
            Topology::One => Finder::Fixed(hosts.into_iter().next().expect("a host")),
        };
        Route::One(Link::new(finder, manner, notices, || {}))
    }

    /// None: it is not known which it is. Waits while that is being asked for the first time.
    pub async fn link(&self, slot: u16) -> Option<Rc<Link>> {
        match self {
            Route::One(link) => Some(link.clone()),
            Route::Cluster(cluster) => cluster.link(slot).await,
        }
    }

    /// All primaries.
    pub async fn links(&self) -> Vec<Rc<Link>> {
        match self {
            Route::One(link) => vec![link.clone()],
            Route::Cluster(cluster) => cluster.primaries().await,
        }
    }

    /// Where a redirection leads; `moved`: for good.
    pub fn redirected(&self, slot: u16, to: &str, moved: bool) -> Option<Rc<Link>> {
        match self {
            Route::One(_) => None,
            Route::Cluster(cluster) => cluster.redirected(slot, to, moved),
        }
    }

    /// The cluster says that it is in trouble.
    pub fn doubt(&self) {
        if let Route::Cluster(cluster) = self {
            cluster.doubt.notify_one();
        }
    }
}

/// What a Cluster's nodes say of who has which slots, asked again whenever there is doubt.
pub struct Cluster {
    seeds: Vec<Address>,
    manner: Rc<Manner>,
    notices: Notices,
    /// Of each slot its place in `nodes`.
    slots: RefCell<Vec<Option<Rc<Link>>>>,
    nodes: RefCell<HashMap<Address, Rc<Link>>>,
    is_known: Cell<Option<bool>>,
    changed: Notify,
    doubt: Notify,
    /// As Kept's.
    turn: Mutex<()>,
}

impl Cluster {
    fn new(seeds: Vec<Address>, manner: Rc<Manner>, notices: Notices) -> Rc<Self> {
        let cluster = Rc::new(Self {
            seeds,
            manner,
            notices,
            slots: RefCell::new(vec![None; SLOTS]),
            nodes: RefCell::new(HashMap::new()),
            is_known: Cell::new(None),
            changed: Notify::new(),
            doubt: Notify::new(),
            turn: Mutex::new(()),
        });
        tokio::task::spawn_local(Self::keep(cluster.clone()));
        cluster
    }

    async fn keep(self: Rc<Self>) {
        loop {
            let asked = timeout(CONNECT_LIMIT * 2, self.ask_somebody());
            let mut asked = std::pin::pin!(asked);
            let answer = match timeout(PATIENCE, &mut asked).await {
                Ok(answer) => answer,
                Err(_) => {
                    self.know(false);
                    asked.await
                }
            };
            match answer.unwrap_or_else(|_| Err("does not answer".to_string())) {
                Ok(ranges) => {
                    self.notices.tell("the cluster", Ok(()));
                    self.take(ranges);
                    self.know(true);
                    // However many doubt at once, it is asked again once, and not at once again.
                    self.doubt.notified().await;
                }
                Err(problem) => {
                    self.notices.tell("the cluster", Err(&problem));
                    self.know(false);
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// An old map is better than none.
    fn know(&self, is_known: bool) {
        if is_known || self.is_known.get().is_none() {
            self.is_known.set(Some(is_known));
        }
        self.changed.notify_waiters();
    }

    async fn ask_somebody(&self) -> Result<Vec<(u16, u16, Address)>, Problem> {
        let mut all: Vec<Address> = self.nodes.borrow().keys().cloned().collect();
        all.extend(self.seeds.iter().cloned());
        let mut problem = "has no nodes".to_string();
        for address in all {
            match timeout(PATIENCE, ask_node(&address, &self.manner)).await {
                Ok(Ok(ranges)) => return Ok(ranges),
                Ok(Err(words)) => problem = format!("is not known: {address} {words}"),
                Err(_) => problem = format!("is not known: {address} does not answer"),
            }
        }
        Err(problem)
    }

    fn take(self: &Rc<Self>, ranges: Vec<(u16, u16, Address)>) {
        let mut slots = vec![None; SLOTS];
        let mut named = HashMap::new();
        for (first, last, address) in ranges {
            let link = self.node(&address);
            for slot in first..=last.min(SLOTS as u16 - 1) {
                slots[usize::from(slot)] = Some(link.clone());
            }
            named.insert(address, link);
        }
        *self.slots.borrow_mut() = slots;
        *self.nodes.borrow_mut() = named; // those that are not named any more end
    }

    fn node(self: &Rc<Self>, address: &Address) -> Rc<Link> {
        if let Some(link) = self.nodes.borrow().get(address) {
            return link.clone();
        }
        let cluster: Weak<Self> = Rc::downgrade(self);
        let link = Link::new(
            Finder::Fixed(address.clone()),
            self.manner.clone(),
            self.notices.clone(),
            move || {
                if let Some(cluster) = cluster.upgrade() {
                    cluster.doubt.notify_one();
                }
            },
        );
        self.nodes.borrow_mut().insert(address.clone(), link.clone());
        link
    }

    async fn link(&self, slot: u16) -> Option<Rc<Link>> {
        let _turn = self.turn.lock().await;
        loop {
            let changed = self.changed.notified();
            if self.is_known.get().is_some() {
                let link = self.slots.borrow()[usize::from(slot)].clone();
                if link.is_none() {
                    self.doubt.notify_one();
                }
                return link;
            }
            changed.await;
        }
    }

    async fn primaries(&self) -> Vec<Rc<Link>> {
        self.link(0).await;
        let mut all: Vec<Rc<Link>> = Vec::new();
        for link in self.slots.borrow().iter().flatten() {
            if !all.iter().any(|known| Rc::ptr_eq(known, link)) {
                all.push(link.clone());
            }
        }
        all
    }

    fn redirected(self: &Rc<Self>, slot: u16, to: &str, moved: bool) -> Option<Rc<Link>> {
        let (host, port) = to.rsplit_once(':')?;
        let address = Address { host: host.to_string(), port: port.parse().ok()? };
        if address.host.is_empty() {
            return None; // the node that answered does not know itself
        }
        let link = self.node(&address);
        if moved {
            self.slots.borrow_mut()[usize::from(slot)] = Some(link.clone());
            self.doubt.notify_one();
        }
        Some(link)
    }
}

/// CLUSTER SLOTS: of each range its first and last slot, and its primary, then replicas.
async fn ask_node(address: &Address, manner: &Manner) -> Result<Vec<(u16, u16, Address)>, Problem> {
    let mut connection = open(address, manner, Credentials::Ours).await?;
    let mut command = redis::cmd("CLUSTER");
    command.arg("SLOTS");
    let answer = ask(&mut connection, &command).await.map_err(|error| problem(&error))?;
    let read = |value: &Value| -> Option<(u16, u16, Address)> {
        let Value::Array(range) = value else { return None };
        let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = range.as_slice() else {
            return None;
        };
        let host = match primary.first()? {
            Value::BulkString(host) if !host.is_empty() && host != b"?" => {
                String::from_utf8_lossy(host).into_owned()
            }
            _ => address.host.clone(), // as whoever was asked is reached
        };
        let Value::Int(port) = primary.get(1)? else { return None };
        Some((
            u16::try_from(*first).ok()?,
            u16::try_from(*last).ok()?,
            Address { host, port: u16::try_from(*port).ok()? },
        ))
    };
    let Value::Array(ranges) = answer else { return Err("is in no cluster".to_string()) };
    let ranges: Vec<_> = ranges.iter().filter_map(read).collect();
    if ranges.is_empty() { Err("knows of no slots".to_string()) } else { Ok(ranges) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(super::slot(b"123456789"), 0x31C3);
        assert_eq!(super::slot(b""), 0);
    }
}
