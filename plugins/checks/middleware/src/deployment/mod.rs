//! How applications come and go: looked at through HTTP, whatever the product says.

pub mod broken_archive;
pub mod directory;
pub mod hot;
pub mod one_action;

use crate::probe::Probe;
use touchstone_sdk::net::Place;
use touchstone_sdk::prelude::*;

/// Within this time an application must be there, or gone: products look at their folders every few seconds.
pub const SOON_MS: u64 = 45_000;

/// The probe application, deployed and serving; for checks of something else.
pub fn deployed(cx: &Context) -> Result<(Probe, Place), Stop> {
    let probe = Probe::new(cx, "application")?;
    let version = probe.version(1);
    let said = cx.deploy(&probe.path, &probe.archive(&version))?;
    let (serves, seen) = probe.serves(cx, &version, SOON_MS)?;
    if !serves {
        return inconclusive(say(
            format!("探针应用未能部署（产品称：{}；所见：{seen}）", said.words),
            format!("the probe application could not be deployed (the product said: {}; seen: {seen})", said.words),
        ));
    }
    match Place::of(&probe.url("about")) {
        Some(place) => Ok((probe, place)),
        None => inconclusive(say("入口地址无法解析", "no URL")),
    }
}

/// Takes the application away again, as far as the product can; what it leaves the adapter's clean-up removes.
pub fn undeployed(cx: &Context, probe: &Probe) -> Result<(), Stop> {
    let said = cx.undeploy(&probe.path)?;
    cx.note(format!("undeploy: {}", said.words));
    Ok(())
}
