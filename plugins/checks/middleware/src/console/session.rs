//! Somebody before a console, with a browser.

use super::LATER_MS;
use touchstone_sdk::browser::{Browser, Page, Step, Visit};
use touchstone_sdk::context::{View, WayIn};
use touchstone_sdk::prelude::*;

/// The console's door.
pub struct Entry {
    way: WayIn,
}

/// Somebody behind the door.
pub struct Visitor {
    pub browser: Browser,
}

impl Entry {
    /// None where the product has no console.
    pub fn of(cx: &Context, credential: Option<&str>) -> Result<Option<Self>, Stop> {
        Ok(cx.console().sign_in(credential)?.map(|way| Self { way }))
    }

    /// Goes where the others go, but without a credential; `Err` is what was seen when that was let in.
    pub fn stranger(&self, cx: &Context) -> Result<Result<String, String>, Stop> {
        let first = self.way.steps.iter().find_map(|step| match step {
            Step::Go(visit) => Some(visit.url.clone()),
            _ => None,
        });
        let Some(url) = first else {
            return inconclusive(say("适配器没有给出控制台的地址", "the adapter names no address of the console"));
        };
        let browser = cx.browser()?;
        let gone = browser.take(&[Step::Go(Visit { url, credential: None })])?;
        // Basic authentication without a credential ends in the browser's own question, which nobody answers.
        let page = browser.look()?;
        if let Err(why) = gone
            && page.status.is_none()
        {
            return unreachable(&why, &page);
        }
        let inside = browser.text_of(&self.way.inside)?.is_some();
        let seen = shown(&page);
        Ok(if inside { Err(seen) } else { Ok(seen) })
    }

    /// Signs in; who cannot has seen nothing that speaks about the console.
    pub fn enter(&self, cx: &Context) -> Result<(Visitor, String), Stop> {
        let browser = cx.browser()?;
        let taken = browser.take(&self.way.steps)?;
        let mut page = browser.look()?;
        let until = cx.elapsed_ms() + LATER_MS;
        while browser.text_of(&self.way.inside)?.is_none() {
            if let Err(why) = &taken
                && page.status.is_none()
            {
                return unreachable(why, &page);
            }
            if page.status.is_some_and(|status| status >= 400) || taken.is_err() || cx.elapsed_ms() >= until {
                let seen = format!("{}{}", shown(&page), taken.err().map(|why| format!("; {why}")).unwrap_or_default());
                return inconclusive(say(
                    format!("未能登录控制台，请核对清单中的地址和凭据：{seen}"),
                    format!("could not sign in to the console; look at address and credential in the inventory: {seen}"),
                ));
            }
            cx.sleep_ms(250);
            page = browser.look()?;
        }
        let seen = shown(&page);
        Ok((Visitor { browser }, seen))
    }
}

fn unreachable<T>(why: &str, page: &Page) -> Result<T, Stop> {
    let seen = shown(page);
    inconclusive(say(
        format!(
            "浏览器无法打开控制台（{why}）：{seen}。若控制台转到别处，请将该地址也列为清单中的入口；证书须由清单的ca_file信任"
        ),
        format!(
            "the browser cannot open the console ({why}): {seen}. Where a console sends elsewhere, list that address among the inventory's \
             endpoints, too; its certificate must be trusted by the inventory's ca_file"
        ),
    ))
}

impl Visitor {
    /// Takes the steps; what the console shows then, or what kept them from being taken.
    pub fn act(&self, steps: &[Step]) -> Result<Result<String, String>, Stop> {
        let taken = self.browser.take(steps)?;
        let seen = shown(&self.browser.look()?);
        Ok(match taken {
            Ok(()) => Ok(seen),
            Err(why) => Err(format!("{why}; {seen}")),
        })
    }

    /// What stands there, asked again until it is as wanted or the time is over.
    pub fn read(&self, cx: &Context, view: &View, wanted: impl Fn(&Option<String>) -> bool) -> Result<Option<String>, Stop> {
        let until = cx.elapsed_ms() + LATER_MS;
        loop {
            let taken = self.browser.take(&view.steps)?;
            let text = self.browser.text_of(&view.at)?.map(|text| text.trim().to_owned()).filter(|_| taken.is_ok());
            if wanted(&text) || cx.elapsed_ms() >= until {
                self.browser.look()?;
                return Ok(text);
            }
            cx.sleep_ms(500);
        }
    }
}

/// A page in a few words.
pub fn shown(page: &Page) -> String {
    let status = page.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
    let line: String = page.text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
    format!("{status}, {:?}: {line}", page.title)
}
