//! The code of kits/rust/README.md, which scripts/fill takes from here. It only has to compile.
#![allow(dead_code, unused_variables)]

pub type Error = Box<dyn std::error::Error>;
pub type Result<T> = std::result::Result<T, Error>;

mod inspect {
    use wasm_workers_rs::{Content, form, http::Request, worker};

    // [inspect
    #[worker]
    fn inspect(request: Request<String>) -> Content {
        let agent = request.headers().get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or("somebody");
        let page = form::value(request.uri().query().unwrap_or_default(), "page");
        Content::text(format!("{} by {agent}, page {page:?}: {}\n", request.method(), request.body()))
    }
    // inspect]
}

mod create {
    use wasm_workers_rs::{Content, Json, http::{Request, Response}, worker};

    use serde::{Deserialize, Serialize};

    use super::Result;

    #[derive(Deserialize, Serialize)]
    struct Order {
        item: String,
    }

    fn store(_: &Order) -> Result<u32> {
        Ok(7)
    }

    // [create
    #[worker]
    fn create(request: Request<Json<Order>>) -> Result<Response<Content>> {
        let Json(order) = request.into_body();
        let id = store(&order)?;
        Ok(Response::builder()
            .status(201)
            .header("location", format!("/orders/{id}"))
            .body(Content::json(&order)?)?)
    }
    // create]
}

mod vars {
    use wasm_workers_rs::{Content, Params, http::Request, var, worker};

    // [vars
    #[worker(params)]
    fn item(_request: Request<()>, params: &Params) -> Content {
        let greeting = var("greeting").unwrap_or_default();
        Content::text(format!("{greeting} {}\n", params["id"])) // of item/[id].wasm
    }
    // vars]
}

mod visit {
    use wasm_workers_rs::{Content, Params, http::Request, kv, worker};

    use super::Result;

    // [visit
    #[worker(params)]
    async fn visit(_request: Request<()>, params: &Params) -> Result<Content> {
        let visits = kv::increment(&params["id"], 1).await?; // exact, however many do it at once
        Ok(Content::text(format!("visit {}\n", visits.number)))
    }
    // visit]
}

mod keys {
    use std::time::Duration;

    use wasm_workers_rs::{kv, log};

    pub async fn keys() -> super::Result<()> {
        // [keys
        if let Some(entry) = kv::get("greeting").await? {
            log::info(format!("{:?}, version {}", entry.value, entry.version));
        }
        kv::put("greeting", "good day").await?;
        kv::put_with("lock", "mine", kv::Options::new().if_absent().time_to_live(Duration::from_secs(60))).await?;
        kv::delete("greeting").await?;
        let entries = kv::get_many(["a", "b"]).await?; // of one moment

        let mut users = kv::list("user/").with_values().walk(); // page by page
        while let Some(user) = users.next().await {
            let user = user?;
        }
        // keys]
        drop(entries);
        Ok(())
    }
}

mod swap {
    use wasm_workers_rs::kv;

    pub async fn swap(key: &str, from: &str, to: &str, entry: kv::Entry, changed: fn(&[u8]) -> Vec<u8>) -> super::Result<()> {
        // [swap
        kv::compare_and_swap(key, entry.version, changed(&entry.value)).await?;
        kv::Transaction::new().check(from, entry.version).put(to, &entry.value).delete(from).commit().await?;
        // swap]
        Ok(())
    }
}

mod both {
    use wasm_workers_rs::{Content, fetch, http::Request, join, worker};

    use super::{Error, Result};

    // [both
    #[worker]
    async fn both(_request: Request<()>) -> Result<Content> {
        let get = |path: &str| Ok::<_, Error>(fetch(Request::get(format!("https://api.example.com/{path}")).body(())?));
        let (one, two) = join(get("one")?, get("two")?).await; // on their way at once
        let (mut one, mut two) = (one?, two?);
        Ok(Content::text(one.body_mut().text().await? + &two.body_mut().text().await?))
    }
    // both]
}

mod pass {
    use wasm_workers_rs::{Body, fetch, http::{Request, Response}, worker};

    use super::Result;

    // [pass
    #[worker]
    async fn pass(request: Request<Body>) -> Result<Response<Body>> {
        Ok(fetch(Request::put("https://store.example.com/").body(request.into_body())?).await?)
    }
    // pass]
}

mod upper {
    use wasm_workers_rs::{Body, Content, http::Request, worker};

    // [upper
    #[worker]
    fn upper(request: Request<Body>) -> Content {
        let mut body = request.into_body();
        Content::text(Content::stream(async move |mut out| {
            while let Some(chunk) = body.chunk().await? {
                out.send(chunk.to_ascii_uppercase()).await?;
            }
            Ok(())
        }))
    }
    // upper]
}

mod events {
    use std::time::Duration;

    use wasm_workers_rs::{Content, events::Event, sleep};

    pub fn events() -> impl Into<Content> {
        // [events
        Content::events(async move |mut events| {
            for number in 1..=3 {
                events.send(Event::new(number.to_string()).name("count")).await?;
                sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        })
        // events]
    }
}

mod wait {
    use std::time::Duration;

    use wasm_workers_rs::{Content, http::Request, join_all, sleep, timeout, worker};

    use super::Result;

    // [wait
    #[worker]
    async fn wait(_request: Request<()>) -> Result<Content> {
        let all = join_all((0..100).map(|_| sleep(Duration::from_millis(100))));
        timeout(Duration::from_secs(1), all).await?;      // 0.1 s, not 10
        Ok(Content::text("a hundred timers\n"))
    }
    // wait]
}

mod search {
    use std::sync::LazyLock;

    use wasm_workers_rs::{Content, http::Request, worker};

    // [search
    static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("words").lines().collect());

    fn prepare() {
        LazyLock::force(&WORDS);
    }

    #[worker(init = prepare)]
    fn search(_request: Request<()>) -> Content {
        Content::text(format!("{} words\n", WORDS.len()))
    }
    // search]
}
