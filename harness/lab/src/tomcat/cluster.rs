//! Two Tomcat servers that copy their sessions to each other, both supervised.

use super::{Member, Tomcat, TomcatOptions};
use crate::{Lab, LabError};

/// The nodes; what balances requests over them is started apart.
#[derive(Debug)]
pub struct TomcatCluster {
    /// Node 1 and node 2.
    pub nodes: [Tomcat; 2],
}

impl TomcatCluster {
    /// Starts both nodes at once.
    ///
    /// # Errors
    /// A package is absent, or a node does not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        Self::start_over(lab, false)
    }

    /// As [`Self::start`]; the nodes talk to each other over IPv6.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_ipv6(lab: &Lab) -> Result<Self, LabError> {
        Self::start_over(lab, true)
    }

    fn start_over(lab: &Lab, ipv6: bool) -> Result<Self, LabError> {
        let ports = [lab.free_port()?, lab.free_port()?];
        let node = |number: u8, port: u16, other_port: u16| {
            let member = Some(Member { number, port, other_port, ipv6 });
            Tomcat::start_with(lab, TomcatOptions { supervised: true, member, ..TomcatOptions::default() })
        };
        let [one, two] = ports;
        let (first, second) = std::thread::scope(|scope| {
            let second = scope.spawn(|| node(2, two, one));
            (node(1, one, two), second.join())
        });
        let panicked = |_| LabError::Unable { service: "tomcat-cluster".to_owned(), reason: "its start panicked".to_owned() };
        Ok(Self { nodes: [first?, second.map_err(panicked)??] })
    }
}
