//! `touchstone timestamp`

use crate::args::TimestampArgs;
use crate::bundle::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen;
use std::collections::BTreeMap;
use std::path::Path;
use touchstone_bundle::{BundleError, add_stamp, is_bundle, stamp_query};
use touchstone_model::inventory::{HttpSpec, TargetSpec};
use touchstone_model::text::Lang;
use touchstone_probes::Target;
use touchstone_probes::http::{Exchange, Request};
use touchstone_seal::time_stamp::Imprint;

/// Asks an authority, or writes what to ask, or takes in what was answered.
pub async fn run(args: &TimestampArgs, lang: Lang) -> Result<Exit, Failure> {
    let bundle = &args.bundle;
    if !is_bundle(bundle) {
        let shown = bundle.display();
        return Err(Failure::usage(format!("{shown} 不是交付包"), format!("{shown} is no bundle")));
    }
    let imprint = if args.sm3 { Imprint::Sm3 } else { Imprint::Sha256 };
    if let Some(out) = &args.query {
        write(out, &stamp_query(bundle, imprint).map_err(told)?)?;
        println!("{}: {}", lang.pick("时间戳请求", "request"), out.display());
        return Ok(Exit::Accepted);
    }
    if let Some(path) = &args.response {
        let response = std::fs::read(path)
            .map_err(|e| Failure::usage(format!("{}：{e}", path.display()), format!("{}: {e}", path.display())))?;
        return add(bundle, &response, lang);
    }
    let Some(url) = &args.url else {
        return Err(Failure::usage("请给出 --url、--query 或 --response", "give --url, --query or --response"));
    };
    ask(bundle, url, imprint, lang).await
}

/// Asks the authority at `url` and keeps its answer.
pub async fn ask(bundle: &Path, url: &str, imprint: Imprint, lang: Lang) -> Result<Exit, Failure> {
    let query = stamp_query(bundle, imprint).map_err(told)?;
    let target = Target::new(authority(url), screen::redactor());
    let unreachable =
        |why: String| Failure::usage(format!("时间戳服务 {url}：{why}"), format!("time-stamping authority {url}: {why}"));
    let client = target.http().map_err(|error| unreachable(error.to_string()))?;
    let headers = vec![("Content-Type".to_owned(), "application/timestamp-query".to_owned())];
    let request = Request { method: "POST".to_owned(), headers, body: query, ..Request::get(url) };
    let answered = client.send(request).await.map_err(|error| unreachable(error.to_string()))?;
    match answered {
        Exchange::Answered(response) if response.status == 200 && !response.body_truncated => add(bundle, &response.body, lang),
        Exchange::Answered(response) => Err(unreachable(format!("HTTP {}", response.status))),
        Exchange::Failed(failure) => Err(unreachable(failure.to_string())),
    }
}

fn add(bundle: &Path, response: &[u8], lang: Lang) -> Result<Exit, Failure> {
    let imprint = add_stamp(bundle, response).map_err(told)?;
    let name = imprint.name();
    let note = "签发机构的签名请按 VERIFY.md 第 8 步核验";
    println!(
        "{} ({name}); {}",
        lang.pick("已加入时间戳", "time stamp added"),
        lang.pick(note, "VERIFY.md, step 8, verifies the authority's signature")
    );
    Ok(Exit::Accepted)
}

fn told(error: BundleError) -> Failure {
    match error {
        BundleError::Unfit(text) => Failure::usage(text.zh, text.en),
        other => Failure::broken(other),
    }
}

/// The authority as a target of its own: only that one place is spoken to.
fn authority(url: &str) -> TargetSpec {
    let endpoints = BTreeMap::from([("authority".to_owned(), url.to_owned())]);
    TargetSpec {
        name: "time-stamping-authority".to_owned(),
        kind: "service".to_owned(),
        tags: Vec::new(),
        adapter: None,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        permits: Vec::new(),
        shells: Vec::new(),
        sql: None,
        http: Some(HttpSpec { endpoints, credentials: BTreeMap::new(), ca_file: None, insecure: false }),
        addresses: Vec::new(),
        load: None,
    }
}
