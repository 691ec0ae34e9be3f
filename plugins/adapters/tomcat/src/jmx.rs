//! Attributes of MBeans, by the manager's JMX proxy.

use crate::console::Console;
use touchstone_sdk::adapter::{Error, Said, http};
use touchstone_sdk::http::Exchange;

/// Bytes of a list of MBeans that are read.
const MOST: u32 = 8 << 20;

impl Console {
    /// An attribute's value; of a composed one, the part named. None where there is no such thing.
    pub(crate) fn attribute(&self, bean: &str, attribute: &str, key: Option<&str>) -> Result<Option<String>, Error> {
        let key = key.map(|key| format!("&key={key}")).unwrap_or_default();
        let said = self.ask("GET", &format!("jmxproxy/?get={}&att={attribute}{key}", encoded(bean)), Vec::new())?;
        let value = said.words.split_once(" = ").map(|(_, value)| value.trim().to_owned());
        Ok(value.filter(|_| said.accepted))
    }

    pub(crate) fn set_attribute(&self, bean: &str, attribute: &str, value: u64) -> Result<Said, Error> {
        self.ask("GET", &format!("jmxproxy/?set={}&att={attribute}&val={value}", encoded(bean)), Vec::new())
    }

    /// Sets it to 0 when the check is over, also when the harness was killed meanwhile.
    pub(crate) fn reset_later(&self, bean: &str, attribute: &str) -> Result<(), Error> {
        let url = self.url(&format!("jmxproxy/?set={}&att={attribute}&val=0", encoded(bean)));
        let mut request = http().request("GET", &url);
        request.credential = self.credential();
        Ok(http().undo(&request, "OK")?)
    }

    /// Every MBean that a pattern names, as the lines of its attributes.
    pub(crate) fn beans(&self, pattern: &str) -> Result<Vec<Bean>, Error> {
        let mut request = http().request("GET", &self.query(pattern));
        request.credential = self.credential();
        request.body_limit = Some(MOST);
        let Exchange::Answered(response) = http().send(&request)? else { return Ok(Vec::new()) };
        let text = String::from_utf8_lossy(&response.body).replace('\r', "");
        Ok(text
            .split("\n\n")
            .filter(|block| block.trim_start().starts_with("Name: "))
            .map(|block| Bean(block.trim().to_owned()))
            .collect())
    }

    /// Where all that a pattern names is shown.
    pub(crate) fn query(&self, pattern: &str) -> String {
        self.url(&format!("jmxproxy/?qry={}", encoded(pattern)))
    }
}

/// An MBean as the proxy writes it.
pub(crate) struct Bean(String);

impl Bean {
    /// The first line of that name: its own name, for `Name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

fn encoded(name: &str) -> String {
    name.replace('%', "%25").replace(' ', "%20").replace('&', "%26").replace('"', "%22")
}
