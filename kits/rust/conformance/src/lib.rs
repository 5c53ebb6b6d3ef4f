//! The worker of the conformance suite (kits/conformance/README.md).

mod fetch;
mod kv;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::{Body, Content, Error, Params, Result, form, join_all, log, now, random, sent_path, sleep, var, worker};

static PREPARATIONS: AtomicU32 = AtomicU32::new(0);
/// Made of hash maps, so that their seeds are in the snapshot.
static PREPARED: OnceLock<HashMap<&str, u32>> = OnceLock::new();

fn prepare() {
    let runs = PREPARATIONS.fetch_add(1, Ordering::Relaxed);
    PREPARED.get_or_init(|| HashMap::from([("number", 1 + runs)]));
}

#[worker(params, init = prepare)]
async fn answer(mut request: Request<Body>, params: &Params) -> Result<Response<Content>> {
    if let Some(id) = params.get("id") {
        return text(format!("item {id}"));
    }
    // Found by its decoded parameter: the path keeps its escapes.
    if params.get("path").is_some_and(|path| path == "sent") {
        return text(sent_path().unwrap_or_default());
    }
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/kit/hello" => text("hello"),
        "/kit/inspect" => inspect(request, params).await,
        "/kit/echo" => echo(request),
        "/kit/reverse" => {
            let mut bytes = Vec::from(request.body_mut().whole().await?);
            bytes.reverse();
            text(bytes)
        }
        "/kit/status" => Ok(Response::builder().status(query::<u16>(&request, "code")?).body(Content::empty())?),
        "/kit/headers" => Ok(Response::builder()
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .header("x-kit", "yes")
            .body(Content::text("ok"))?),
        "/kit/bad-header" => {
            match Response::builder().header("x-bad", "a\r\nx-injected: b").body(Content::text("accepted")) {
                Ok(response) => Ok(response),
                Err(_) => text("refused"),
            }
        }
        "/kit/large" => large(query(&request, "bytes")?),
        "/kit/sleep" => {
            let (time, count) = (query(&request, "ms")?, query(&request, "count")?);
            let slept = join_all((0..count).map(|_| sleep(Duration::from_millis(time)))).await;
            text(format!("slept {}", slept.len()))
        }
        "/kit/events" => Ok(Response::new(Content::events(async move |mut events| {
            for number in 1..=3 {
                if number > 1 {
                    sleep(Duration::from_millis(100)).await;
                }
                events.send(number.to_string()).await?;
            }
            Ok(())
        }))),
        "/kit/forever" => Ok(Response::new(Content::text(Content::stream(async move |mut out| {
            while out.send("tick\n").await.is_ok() {
                sleep(Duration::from_millis(10)).await;
            }
            log::info("the client left");
            Ok(())
        })))),
        "/kit/random" => {
            let mut bytes = [0; 16];
            random(&mut bytes);
            text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
        "/kit/seed" => text(RandomState::new().hash_one("seed").to_string()),
        "/kit/init" => {
            let number = PREPARED.get().and_then(|prepared| prepared.get("number")).copied().unwrap_or_default();
            text(format!("{number} {}", var("greeting").unwrap_or_default()))
        }
        "/kit/time" => text(now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis().to_string()),
        "/kit/log" => {
            let line: String = query(&request, "text")?;
            match query::<String>(&request, "level")?.as_str() {
                "error" => log::error(line),
                "warning" => log::warning(line),
                "info" => log::info(line),
                _ => log::debug(line),
            }
            text("logged")
        }
        "/kit/print" => {
            println!("{}", query::<String>(&request, "text")?);
            text("printed")
        }
        "/kit/trap" => panic!("as asked"),
        _ if path.contains("/kv/") => kv::answer(request).await,
        _ if path.contains("/fetch/") => fetch::answer(request).await,
        _ => Ok(Response::builder().status(404).body(Content::text("nothing here"))?),
    }
}

fn text(text: impl Into<Content>) -> Result<Response<Content>> {
    Ok(Response::new(Content::text(text)))
}

/// The value of a name in the query, as what is wanted of it.
fn query<T: std::str::FromStr<Err: Into<Error>>>(request: &Request<Body>, name: &str) -> Result<T> {
    let value =
        form::value(request.uri().query().unwrap_or_default(), name).ok_or(format!("no {name} in the query"))?;
    value.parse().map_err(Into::into)
}

async fn inspect(mut request: Request<Body>, params: &Params) -> Result<Response<Content>> {
    let mut lines = String::new();
    writeln!(lines, "method {}", request.method())?;
    writeln!(lines, "path {}", request.uri().path())?;
    writeln!(lines, "query {}", request.uri().query().unwrap_or_default())?;
    for (name, value) in request.headers().iter().filter(|(name, _)| name.as_str().starts_with("x-")) {
        writeln!(lines, "header {name}: {}", value.to_str()?)?;
    }
    for (name, value) in params.iter().collect::<BTreeMap<_, _>>() {
        writeln!(lines, "param {name}={value}")?;
    }
    writeln!(lines, "var greeting={}", var("greeting").unwrap_or_default())?;
    writeln!(lines, "body {}", request.body_mut().whole().await?.len())?;
    text(lines)
}

fn echo(request: Request<Body>) -> Result<Response<Content>> {
    let (head, mut body) = request.into_parts();
    let mut response = Response::new(Content::stream(async move |mut out| {
        while let Some(chunk) = body.chunk().await? {
            out.send(chunk).await?;
        }
        Ok(())
    }));
    if let Some(value) = head.headers.get("content-type") {
        response.headers_mut().insert("content-type", value.clone());
    }
    Ok(response)
}

fn large(bytes: usize) -> Result<Response<Content>> {
    text(Content::stream(async move |mut out| {
        let block = [b'x'; 64 << 10];
        let mut left = bytes;
        while left > 0 {
            let now = left.min(block.len());
            out.send(&block[..now]).await?;
            left -= now;
        }
        Ok(())
    }))
}
