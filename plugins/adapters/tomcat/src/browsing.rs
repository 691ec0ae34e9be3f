//! The manager application as a person uses it. Signing in is the browser's own question (basic authentication), or, with the setting
//! `console_sign_in = "form"`, a page with the fields that the servlet standard names (j_username, j_password).

use crate::Tomcat;
use crate::console::{consoles, has_no_manager};
use crate::deployment::clean_up_later;
use touchstone_sdk::adapter::{Console, Error, View, WayIn, setting};
use touchstone_sdk::browser::{Attached, Entrusted, Locator, Step, Visit};

impl Console for Tomcat {
    fn sign_in(credential: Option<String>) -> Result<Option<WayIn>, Error> {
        let Some(console) = consoles().into_iter().next() else { return has_no_manager().map(|()| None) };
        let credential = credential.or_else(|| console.credential()).unwrap_or_default();
        let form = setting("console_sign_in").is_some_and(|how| how == "form");
        let mut steps = vec![go(console.entrance(), Some(&credential).filter(|_| !form))];
        if form {
            let of = |name: &str| Entrusted { at: css(&format!("input[name={name}]")), credential: credential.clone() };
            steps.push(Step::FillUser(of("j_username")));
            steps.push(Step::FillPassword(of("j_password")));
            steps.push(Step::Press(css("form [type=submit]")));
        }
        Ok(Some(WayIn { steps, inside: xpath("//form[contains(@action,'/html/upload')]") }))
    }

    fn deploy(path: String, file: String) -> Result<Vec<Step>, Error> {
        clean_up_later(&path)?;
        let form = "//form[contains(@action,'/html/upload')]";
        Ok(vec![
            list()?,
            Step::Attach(Attached { at: xpath(&format!("{form}//input[@type='file']")), name: file }),
            Step::Press(xpath(&format!("{form}//input[@type='submit']"))),
        ])
    }

    fn stop(path: String) -> Result<Vec<Step>, Error> {
        command("stop", &path)
    }

    fn start(path: String) -> Result<Vec<Step>, Error> {
        command("start", &path)
    }

    fn undeploy(path: String) -> Result<Vec<Step>, Error> {
        command("undeploy", &path)
    }

    fn state(path: String) -> Result<View, Error> {
        Ok(View { steps: vec![list()?], at: xpath(&format!("//tr[td[1][normalize-space()='{path}']]/td[4]")) })
    }

    fn heap() -> Result<Option<View>, Error> {
        // The part of the heap that old objects are in, and the last of its columns: used.
        let at = "//tr[td[2]='Heap memory'][contains(td[1],'Tenured') or contains(td[1],'Old')]/td[6]";
        Ok(Some(View { steps: vec![at_console("/manager/status")?], at: xpath(at) }))
    }

    fn logs() -> Result<Option<View>, Error> {
        let Some(page) = setting("log_page") else { return Ok(None) };
        Ok(Some(View { steps: vec![at_console(&page)?], at: css("body") }))
    }
}

fn command(name: &str, path: &str) -> Result<Vec<Step>, Error> {
    let form = format!("//form[contains(@action,'/html/{name}?path={path}')]");
    Ok(vec![list()?, Step::Press(xpath(&format!("{form}//input[@type='submit']")))])
}

fn list() -> Result<Step, Error> {
    at_console("/manager/html")
}

/// Another page of the first console. Its credential goes along where the browser is asked for it once more.
fn at_console(path: &str) -> Result<Step, Error> {
    let console = consoles().into_iter().next();
    let console = console.ok_or_else(|| Error::Unavailable("there is no console".into()))?;
    let form = setting("console_sign_in").is_some_and(|how| how == "form");
    let credential = console.credential().filter(|_| !form);
    Ok(go(console.at(path), credential.as_ref()))
}

fn go(url: String, credential: Option<&String>) -> Step {
    Step::Go(Visit { url, credential: credential.cloned().filter(|name| !name.is_empty()) })
}

fn css(selector: &str) -> Locator {
    Locator::Css(selector.into())
}

fn xpath(path: &str) -> Locator {
    Locator::Xpath(path.into())
}
