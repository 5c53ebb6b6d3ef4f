//! A worker of the first version's kind, a binary that runs through `wws-json`: it sends on what it is sent.

use wasm_workers_rs::{
    Content, Result, bindings,
    http::{Request, Response},
    worker,
};

#[worker]
fn handler(request: Request<String>) -> Result<Response<Content>> {
    let url = request.uri().query().unwrap_or_default().to_owned();
    let outgoing = Request::builder().method(request.method()).uri(url).header("x-sent", "yes").body(request.into_body())?;
    Ok(match bindings::send_http_request(outgoing) {
        Ok(answer) => {
            let values = answer.headers().get_all("x-a").iter().map(|value| value.to_str()).collect::<Result<Vec<_>, _>>()?;
            Response::builder().status(answer.status()).header("x-upstream", values.join(", ")).body(answer.into_body().into())?
        }
        Err(error) => Response::builder().status(502).body(format!("{:?}\n{error}", error.error).into())?,
    })
}
