//! A real browser that goes to the target's endpoints.

use super::http::DEFAULT_TIMEOUT;
use crate::bindings::browser::{Host, HostSession, Locator, Page, Step, Taken};
use crate::bindings::types::Error;
use crate::hand::Hand;
use crate::observe::{Done, Pieces};
use crate::state::State;
use std::time::Duration;
use touchstone_model::description::Need;
use touchstone_model::observation::ActResult;
use touchstone_probes::browser as probe;
use wasmtime::component::Resource;

/// Browsers of one check at once: each is hundreds of MiB.
const MOST: usize = 2;

/// A browser that a plugin opened.
pub struct Browser {
    probe: probe::Browser,
}

impl Host for State {
    async fn open(&mut self) -> wasmtime::Result<Result<Resource<Browser>, Error>> {
        let hand = self.hand.clone();
        Ok(match hand.open_browser(self.handles, self.browsers).await {
            Ok(browser) => {
                self.browsers += 1;
                Ok(self.keep(browser)?)
            }
            Err(error) => Err(error),
        })
    }
}

impl HostSession for State {
    async fn put_file(
        &mut self,
        session: Resource<Browser>,
        name: String,
        content: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let hand = self.hand.clone();
        Ok(hand.put_file(self.table.get(&session)?, &name, &content))
    }

    async fn take(&mut self, session: Resource<Browser>, step: Step, timeout_ms: u32) -> wasmtime::Result<Result<Taken, Error>> {
        let hand = self.hand.clone();
        Ok(hand.take_step(self.table.get_mut(&session)?, step, timeout_ms).await)
    }

    async fn look(&mut self, session: Resource<Browser>) -> wasmtime::Result<Result<Page, Error>> {
        let hand = self.hand.clone();
        Ok(hand.look_at_page(self.table.get(&session)?).await)
    }

    async fn text_of(&mut self, session: Resource<Browser>, at: Locator) -> wasmtime::Result<Result<Option<String>, Error>> {
        let hand = self.hand.clone();
        Ok(hand.read_element(self.table.get(&session)?, at).await)
    }

    async fn drop(&mut self, session: Resource<Browser>) -> wasmtime::Result<()> {
        let browser = self.give_up(session)?;
        self.browsers = self.browsers.saturating_sub(1);
        browser.probe.close().await;
        Ok(())
    }
}

impl Hand {
    async fn open_browser(&self, open: usize, browsers: usize) -> Result<Browser, Error> {
        let act = self.begin_opening(&Need::Http, "open a browser", open)?;
        if browsers >= MOST {
            return Err(act.refused(Error::Limit(format!("{MOST} browsers at once"))));
        }
        let opening = async {
            let client = self.run.target.http().map_err(|error| self.told(error))?;
            let probe = probe::Browser::open(client).await.map_err(|error| self.told(error))?;
            Ok((Browser { probe }, None))
        };
        act.settle(opening.await)
    }

    fn put_file(&self, browser: &Browser, name: &str, content: &[u8]) -> Result<(), Error> {
        let act = self.begin(&Need::Http, &format!("browser: a file {name} of {} bytes to attach", content.len()))?;
        let put = self.check_content("a file to attach", content.len());
        let put = put.and_then(|()| browser.probe.put_file(name, content).map_err(|error| self.told(error)));
        act.settle(put.map(|()| ((), Some((ActResult::Local { amount: content.len() as u64 }, Pieces::default())))))
    }

    async fn take_step(&self, browser: &mut Browser, step: Step, timeout_ms: u32) -> Result<Taken, Error> {
        let act = self.begin(&Need::Http, &format!("browser: {}", words(&step)))?;
        act.settle(self.try_take_step(browser, step, timeout_ms).await)
    }

    async fn try_take_step(&self, browser: &mut Browser, step: Step, timeout_ms: u32) -> Result<Done<Taken>, Error> {
        self.check_size("a step", words(&step).len())?;
        let within = self.time(Some(timeout_ms), DEFAULT_TIMEOUT).max(Duration::from_millis(100));
        let taken = browser.probe.take(&to_probe(step), within).await.map_err(|error| self.told(error))?;
        Ok(match taken {
            // What came of it is seen by looking.
            probe::Taken::Done => (Taken::Done, Some((ActResult::Local { amount: 1 }, Pieces::default()))),
            probe::Taken::Absent(what) => {
                let what = self.clean_text(&what);
                let pieces = Pieces::default().with("absent", what.as_bytes(), false);
                (Taken::Absent(what), Some((ActResult::Done { amount: 0 }, pieces)))
            }
            probe::Taken::Failed(failure) => {
                let said = self.clean_text(&failure.to_string());
                let (seen, _) = self.failure(failure);
                (Taken::Failed(said), Some((seen, Pieces::default())))
            }
        })
    }

    async fn look_at_page(&self, browser: &Browser) -> Result<Page, Error> {
        let act = self.begin(&Need::Http, "browser: look at the page")?;
        act.settle(self.try_look_at_page(browser).await)
    }

    async fn try_look_at_page(&self, browser: &Browser) -> Result<Done<Page>, Error> {
        let page = browser.probe.look().await.map_err(|error| self.told(error))?;
        let text = self.clean_text(&page.text);
        // A picture cannot be cleaned: it is not kept where the page shows a secret.
        let shows_none = text == page.text && self.clean_text(&page.fields) == page.fields;
        let picture: &[u8] = if shows_none { &page.screenshot } else { &[] };
        let (url, title) = (self.clean_text(&page.url), self.clean_text(&page.title));
        let pieces = Pieces::default()
            .with("url", url.as_bytes(), false)
            .with("title", title.as_bytes(), false)
            .with("text", text.as_bytes(), false)
            .with("screenshot.png", picture, false);
        let seen = match page.status {
            Some(status) => ActResult::Answered { status },
            None => ActResult::Local { amount: text.len() as u64 },
        };
        Ok((Page { url, title, text, status: page.status }, Some((seen, pieces))))
    }

    async fn read_element(&self, browser: &Browser, at: Locator) -> Result<Option<String>, Error> {
        let act = self.begin(&Need::Http, &format!("browser: read {}", where_words(&at)))?;
        let read = browser.probe.text_of(&locator(at)).await.map_err(|error| self.told(error));
        act.settle(read.map(|text| {
            let text = text.map(|text| self.clean_text(&text));
            let shown = text.as_deref().unwrap_or_default();
            let pieces = Pieces::default().with("text", shown.as_bytes(), false);
            let seen = ActResult::Done { amount: shown.len() as u64 };
            (text, Some((seen, pieces)))
        }))
    }
}

fn locator(at: Locator) -> probe::Locator {
    match at {
        Locator::Css(css) => probe::Locator::Css(css),
        Locator::Xpath(path) => probe::Locator::XPath(path),
    }
}

fn to_probe(step: Step) -> probe::Step {
    match step {
        Step::Go(visit) => probe::Step::Go { url: visit.url, credential: visit.credential },
        Step::Fill(typed) => probe::Step::Fill(locator(typed.at), typed.text),
        Step::FillUser(entrusted) => probe::Step::FillUser(locator(entrusted.at), entrusted.credential),
        Step::FillPassword(entrusted) => probe::Step::FillPassword(locator(entrusted.at), entrusted.credential),
        Step::Attach(attached) => probe::Step::Attach(locator(attached.at), attached.name),
        Step::Press(at) => probe::Step::Press(locator(at)),
        Step::Accept => probe::Step::Accept,
        Step::Await(at) => probe::Step::Await(locator(at)),
    }
}

fn words(step: &Step) -> String {
    match step {
        Step::Go(visit) => {
            let credential = visit.credential.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
            format!("go to {}{credential}", visit.url)
        }
        Step::Fill(typed) => format!("write {:?} into {}", typed.text, where_words(&typed.at)),
        Step::FillUser(entrusted) => format!("write the user of {} into {}", entrusted.credential, where_words(&entrusted.at)),
        Step::FillPassword(entrusted) => {
            format!("write the password of {} into {}", entrusted.credential, where_words(&entrusted.at))
        }
        Step::Attach(attached) => format!("attach {} to {}", attached.name, where_words(&attached.at)),
        Step::Press(at) => format!("press {}", where_words(at)),
        Step::Accept => "say yes to the dialogue".to_owned(),
        Step::Await(at) => format!("wait for {}", where_words(at)),
    }
}

fn where_words(at: &Locator) -> &str {
    match at {
        Locator::Css(words) | Locator::Xpath(words) => words,
    }
}
