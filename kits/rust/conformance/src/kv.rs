//! The routes of the key-value store.

use std::fmt::Write as _;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasm_workers_rs::http::{Request, Response};
use wasm_workers_rs::kv::{self, Error, Options, Transaction, Version};
use wasm_workers_rs::{Body, Bytes, Content, Result, form, join_all};

pub async fn answer(mut request: Request<Body>) -> Result<Response<Content>> {
    let body = request.body_mut().whole().await?;
    let query = Query(request.uri().query().unwrap_or_default());
    let operation = request.uri().path().rsplit('/').next().unwrap_or_default();
    match run(operation, &query, body).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(Response::builder().status(409).body(Content::text(format!("{error:?}")))?),
    }
}

struct Query<'a>(&'a str);

impl Query<'_> {
    fn text(&self, name: &str) -> Option<String> {
        form::value(self.0, name).map(Into::into)
    }

    fn number<T: FromStr + Default>(&self, name: &str) -> T {
        self.text(name).and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    fn version(&self, name: &str) -> Version {
        Version(self.number(name))
    }

    fn metadata(&self) -> String {
        String::from_utf8(self.key("metadata")).unwrap_or_default()
    }

    fn key(&self, name: &str) -> Vec<u8> {
        self.text(name).map(|text| from_hex(&text)).unwrap_or_default()
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap_or_default()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

fn text(text: impl ToString) -> Response<Content> {
    Response::new(Content::text(text.to_string()))
}

fn milliseconds(expires: Option<SystemTime>) -> u64 {
    let since = expires.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}

async fn run(operation: &str, query: &Query<'_>, body: Bytes) -> Result<Response<Content>, Error> {
    if let Some(binding) = query.text("binding") {
        kv::select(&binding)?;
    }
    let key = query.key("key");
    Ok(match operation {
        "get-with-metadata" => match kv::get_with_metadata(key).await? {
            Some(record) => {
                let mut response = Response::new(Content::text(record.value));
                let metadata = to_hex(&record.metadata).parse().expect("digits are a header value");
                response.headers_mut().insert("x-version", record.version.0.into());
                response.headers_mut().insert("x-expires", milliseconds(record.expires).into());
                response.headers_mut().insert("x-metadata", metadata);
                response
            }
            None => {
                let mut response = text("none");
                *response.status_mut() = wasm_workers_rs::http::StatusCode::NOT_FOUND;
                response
            }
        },
        "get-many-with-metadata" => {
            let keys = query.text("keys").unwrap_or_default();
            let records = kv::get_many_with_metadata(keys.split(',').map(from_hex)).await?;
            let lines = records.into_iter().map(|record| match record {
                Some(record) => {
                    let (metadata, value) = (to_hex(&record.metadata), to_hex(&record.value));
                    format!("{} {} {metadata} {value}\n", record.version, milliseconds(record.expires))
                }
                None => "0 0  \n".into(),
            });
            text(lines.collect::<String>())
        }
        "list-with-metadata" => {
            let mut list = kv::list(query.key("prefix")).page_size(query.number("limit")).with_metadata();
            if query.text("values").is_some() {
                list = list.with_values();
            }
            let page = list.page().await?;
            let lines = page.items.iter().map(|item| {
                let [key, metadata, value] = [&item.key, &item.metadata, &item.value].map(|bytes| to_hex(bytes));
                format!("{} {} {key} {metadata} {value}\n", item.version, milliseconds(item.expires))
            });
            text(lines.collect::<String>())
        }
        "get" => match kv::get(key).await? {
            Some(entry) => {
                let mut response = Response::new(Content::text(entry.value));
                response.headers_mut().insert("x-version", entry.version.0.into());
                response
            }
            None => {
                let mut response = text("none");
                *response.status_mut() = wasm_workers_rs::http::StatusCode::NOT_FOUND;
                response
            }
        },
        "get-many" => {
            let keys = query.text("keys").unwrap_or_default();
            let lines = kv::get_many(keys.split(',').map(from_hex)).await?.into_iter().map(|entry| match entry {
                Some(entry) => format!("{} {}\n", entry.version, to_hex(&entry.value)),
                None => "0 \n".into(),
            });
            text(lines.collect::<String>())
        }
        "list" => {
            let mut list = kv::list(query.key("prefix")).after(query.key("after")).page_size(query.number("limit"));
            if query.text("values").is_some() {
                list = list.with_values();
            }
            let page = list.page().await?;
            let lines = page
                .items
                .iter()
                .map(|item| format!("{} {} {}\n", item.version, to_hex(&item.key), to_hex(&item.value)));
            text(lines.collect::<String>() + "after " + &to_hex(&page.next.unwrap_or_default()))
        }
        "list-all" => {
            let mut lines = String::new();
            let mut walk = kv::list(query.key("prefix")).page_size(query.number("limit")).walk();
            while let Some(item) = walk.next().await {
                lines += &to_hex(&item?.key);
                lines.push('\n');
            }
            text(lines)
        }
        "put" => {
            let mut options = Options::new();
            if let Some(milliseconds) = query.text("ttl") {
                options = options.time_to_live(Duration::from_millis(milliseconds.parse().unwrap_or_default()));
            }
            match query.text("if").as_deref() {
                Some("absent") => options = options.if_absent(),
                Some(_) => options = options.if_present(),
                None => {}
            }
            text(match query.text("metadata") {
                Some(_) => kv::put_with_metadata(key, body, query.metadata(), options).await?,
                None => kv::put_with(key, body, options).await?,
            })
        }
        "delete" => text(if kv::delete(key).await? { "deleted" } else { "none" }),
        "increment" => {
            let sum = kv::increment(key, query.number("by")).wait()?;
            text(format!("{} {}", sum.number, sum.version))
        }
        "swap" => text(kv::compare_and_swap(key, query.version("version"), body).await?),
        "transaction" => {
            let mut changes = Transaction::new();
            if query.text("check").is_some() {
                changes = changes.check(query.key("check"), query.version("version"));
            }
            if query.text("since").is_some() {
                changes = changes.check_all(query.version("since"));
            }
            if query.text("put").is_some() {
                changes = match query.text("metadata") {
                    Some(_) => changes.put_with_metadata(query.key("put"), body, query.metadata(), Options::new()),
                    None => changes.put(query.key("put"), body),
                };
            }
            if query.text("delete").is_some() {
                changes = changes.delete(query.key("delete"));
            }
            text(changes.commit().await?)
        }
        "overlap" => {
            let sums = join_all((0..query.number("count")).map(|_: u32| kv::increment(&key, 1))).await;
            let sums: Result<Vec<_>, _> = sums.into_iter().collect();
            text(sums?.into_iter().map(|sum| sum.number).sum::<i64>())
        }
        _ => {
            let mut response = text("nothing here");
            *response.status_mut() = wasm_workers_rs::http::StatusCode::NOT_FOUND;
            response
        }
    })
}
