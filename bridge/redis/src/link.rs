//! A connection to one primary, with the functions loaded.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, RedisError, Value};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::client::Notices;
use crate::error::{Problem, problem, words};
use crate::kept::Kept;
use crate::route::Finder;
use crate::stream::{Address, CONNECT_LIMIT, connect};

/// So many calls in a row that are not answered in time, and the connection is given up.
const SILENCE: u32 = 3;
/// Calls that are sent and not answered on one connection; more wait behind them.
const IN_FLIGHT: usize = 4096;

/// How servers are spoken to.
pub struct Manner {
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: i64,
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// The functions' text, and one of them that only a primary runs.
    pub library: Vec<u8>,
    pub check: String,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Credentials {
    Ours,
    None,
}

/// A connection on which commands can be sent.
pub async fn open(
    address: &Address,
    manner: &Manner,
    credentials: Credentials,
) -> Result<MultiplexedConnection, Problem> {
    let stream = connect(address, manner.tls.as_ref()).await?;
    let mut info = RedisConnectionInfo::default().set_skip_set_lib_name();
    if credentials == Credentials::Ours {
        info = info.set_db(manner.database);
        if let Some(user) = &manner.user {
            info = info.set_username(user);
        }
        if let Some(password) = &manner.password {
            info = info.set_password(password);
        }
    }
    let config = AsyncConnectionConfig::new()
        .set_response_timeout(None)
        .set_pipeline_buffer_size(IN_FLIGHT);
    let made =
        timeout(CONNECT_LIMIT, MultiplexedConnection::new_with_config(&info, stream, config)).await;
    let (connection, driver) = match made {
        Ok(Ok(made)) => made,
        Ok(Err(error)) => return Err(problem(&error)),
        Err(_) => return Err("does not answer".to_string()),
    };
    tokio::task::spawn_local(driver);
    Ok(connection)
}

/// One command and its answer.
pub async fn ask(connection: &mut MultiplexedConnection, command: &Cmd) -> Result<Value, RedisError> {
    connection.send_packed_command(command).await.and_then(Value::extract_error)
}

/// Calls the function that shows that all is there; loads the library where it is not.
async fn prepare(connection: &mut MultiplexedConnection, manner: &Manner) -> Result<(), RedisError> {
    let mut check = redis::cmd("FCALL");
    check.arg(&manner.check).arg(0);
    match ask(connection, &check).await {
        Ok(_) => return Ok(()),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(error),
    }
    let mut load = redis::cmd("FUNCTION");
    load.arg("LOAD").arg(&manner.library);
    match ask(connection, &load).await {
        Err(error) if !words(&error).contains("already exists") => return Err(error),
        _ => {}
    }
    ask(connection, &check).await.map(|_| ())
}

/// The functions were removed, or never were there: nothing was done.
pub fn is_missing(error: &RedisError) -> bool {
    words(error).contains("Function not found")
}

/// The connection to a primary. Ends when it is dropped.
pub struct Link {
    pub connection: Rc<Kept<MultiplexedConnection>>,
    silent: Cell<u32>,
    keeper: AbortHandle,
}

impl Link {
    /// `on_down` is called after each attempt that failed: the primary may be another one by now.
    pub fn new(
        finder: Finder,
        manner: Rc<Manner>,
        notices: Notices,
        on_down: impl Fn() + 'static,
    ) -> Rc<Self> {
        let connection = Rc::new(Kept::new());
        let kept = connection.clone();
        let keeper = tokio::task::spawn_local(async move {
            let name = finder.name();
            let make = async || {
                let address = finder.find(&manner).await?;
                let about = |problem| {
                    if address.to_string() == name { problem } else { format!("{address} {problem}") }
                };
                let mut connection = open(&address, &manner, Credentials::Ours).await.map_err(about)?;
                match timeout(CONNECT_LIMIT, prepare(&mut connection, &manner)).await {
                    Ok(Ok(())) => Ok(connection),
                    Ok(Err(error)) => Err(about(problem(&error))),
                    Err(_) => Err(about("does not answer".to_string())),
                }
            };
            let tell = |outcome: Result<(), &Problem>| {
                notices.tell(&name, outcome);
                if outcome.is_err() {
                    on_down();
                }
            };
            kept.keep(make, tell).await;
        })
        .abort_handle();
        Rc::new(Self { connection, silent: Cell::new(0), keeper })
    }

    pub fn answered(&self) {
        self.silent.set(0);
    }

    /// A call was not answered in time on the connection of this number.
    pub fn was_silent(&self, number: u64) {
        self.silent.set(self.silent.get() + 1);
        if self.silent.get() >= SILENCE {
            self.silent.set(0);
            self.connection.lose(number);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}
