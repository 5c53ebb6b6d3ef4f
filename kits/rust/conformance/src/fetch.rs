//! The routes of outgoing requests.

use std::time::Duration;

use wasm_workers_rs::fetch::{self, Error, Redirect, fetch, fetch_with};
use wasm_workers_rs::http::{Request, Response, StatusCode, request::Builder};
use wasm_workers_rs::{Body, Content, Result, form, join_all, timeout};

pub async fn answer(request: Request<Body>) -> Result<Response<Content>> {
    let path = request.uri().path().to_owned();
    let operation = path.rsplit('/').next().unwrap_or_default();
    let result = match operation {
        "send" => send(request).await,
        "pass" => pass(request).await,
        "made" => made(request).await,
        "overlap" => overlap(request).await,
        "drop" => drop_early(request).await,
        "late" => late(request).await,
        _ => return Ok(Response::builder().status(404).body(Content::text("nothing here"))?),
    };
    match result.map_err(|error| error.downcast::<Error>()) {
        Ok(response) => Ok(response),
        Err(Ok(error)) => {
            let text = format!("{:?}\n{error}", error.kind());
            Ok(Response::builder().status(502).body(Content::text(text))?)
        }
        Err(Err(error)) => Err(error),
    }
}

fn query(request: &Request<Body>, name: &str) -> String {
    form::value(request.uri().query().unwrap_or_default(), name).unwrap_or_default().into()
}

fn text(text: impl Into<Content>) -> Result<Response<Content>> {
    Ok(Response::new(Content::text(text)))
}

/// A request to the URL in the query, with the method of the one that came.
fn begin(request: &Request<Body>) -> Builder {
    let mut builder = Request::builder().method(request.method()).uri(query(request, "url"));
    let sent = query(request, "x");
    if !sent.is_empty() {
        builder = builder.header("x-sent", sent);
    }
    builder
}

/// The answer that came, told of by header fields.
fn answer_of(response: Response<Body>) -> Result<Response<Content>> {
    let url = fetch::url(&response).map(ToString::to_string).unwrap_or_default();
    let (head, body) = response.into_parts();
    let values: Vec<_> = head.headers.get_all("x-a").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut answer =
        Response::builder().status(head.status).header("x-upstream", values.join(", ")).header("x-url", url);
    if let Some(kind) = head.headers.get("content-type") {
        answer = answer.header("content-type", kind);
    }
    Ok(answer.body(body.into())?)
}

async fn send(mut request: Request<Body>) -> Result<Response<Content>> {
    let body = request.body_mut().whole().await?;
    let redirect = match query(&request, "redirect").as_str() {
        "manual" => Redirect::Manual,
        "error" => Redirect::Error,
        _ => Redirect::Follow,
    };
    answer_of(fetch_with(begin(&request).body(body)?, redirect).await?)
}

async fn pass(request: Request<Body>) -> Result<Response<Content>> {
    let builder = begin(&request);
    answer_of(fetch(builder.body(request.into_body())?).await?)
}

async fn made(request: Request<Body>) -> Result<Response<Content>> {
    let mut left: usize = query(&request, "bytes").parse()?;
    let body = Body::stream(async move |mut out| {
        while left > 0 {
            let now = left.min(50_000);
            out.send(vec![b'x'; now]).await?;
            left -= now;
        }
        Ok(())
    });
    answer_of(fetch(begin(&request).method("POST").body(body)?).await?)
}

async fn overlap(request: Request<Body>) -> Result<Response<Content>> {
    let mut requests = Vec::new();
    for number in 0..query(&request, "count").parse::<usize>()? {
        requests.push(fetch(Request::get(format!("{}{number}", query(&request, "url"))).body(())?));
    }
    let texts = join_all(requests.into_iter().map(async |request| {
        let mut response = request.await?;
        Ok::<_, wasm_workers_rs::Error>(response.body_mut().text().await?)
    }));
    text(texts.await.into_iter().collect::<Result<Vec<_>>>()?.join("\n"))
}

async fn drop_early(request: Request<Body>) -> Result<Response<Content>> {
    let mut response = fetch(begin(&request).body(())?).await?;
    let first = response.body_mut().chunk().await?;
    drop(response);
    text(if first.is_some() { "dropped" } else { "ended" })
}

async fn late(request: Request<Body>) -> Result<Response<Content>> {
    let time = Duration::from_millis(query(&request, "ms").parse()?);
    match timeout(time, fetch(begin(&request).body(())?)).await {
        Err(_) => text("late"),
        Ok(response) => text(if response?.status() == StatusCode::OK { "in time" } else { "not found" }),
    }
}
