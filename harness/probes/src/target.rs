//! One target and all connections to it.

use crate::reach::Reach;
use crate::secret::Redactor;
use crate::{ProbeError, http, net, shell, sql};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Mutex;
use touchstone_model::inventory::{ShellSpec, SshSpec, TargetSpec, Transport};

/// One target of the inventory. Connections are opened when first needed and shared by all checks of the target.
pub struct Target {
    spec: TargetSpec,
    redactor: Arc<Redactor>,
    reach: Arc<Reach>,
    links: Vec<(SshSpec, Arc<shell::Link>)>,
    nodes: HashMap<String, Place>,
    /// Whether the database was ever reached.
    sql_opened: AtomicBool,
    http: Option<Arc<http::Client>>,
    net: net::Net,
}

/// Where a node is kept once it was reached.
#[derive(Default)]
struct Place {
    node: Mutex<Option<Arc<shell::Node>>>,
    /// Kept apart: asking must not depend on who holds the lock at that moment.
    opened: AtomicBool,
}

impl Target {
    /// Opens nothing yet.
    pub fn new(spec: TargetSpec, redactor: Arc<Redactor>) -> Self {
        let reach = Arc::new(Reach::new(&spec));
        let mut links: Vec<(SshSpec, Arc<shell::Link>)> = Vec::new();
        for (_, shell) in &spec.shells {
            if let Transport::Ssh(ssh) = &shell.transport
                && !links.iter().any(|(known, _)| known == &**ssh)
            {
                links.push(((**ssh).clone(), Arc::new(shell::Link::new((**ssh).clone(), redactor.clone()))));
            }
        }
        let nodes = spec.shells.iter().map(|(name, _)| (name.clone(), Place::default())).collect();
        let http = spec.http.clone().map(|http| Arc::new(http::Client::new(http, reach.clone(), redactor.clone())));
        Self {
            net: net::Net::new(&spec, reach.clone()),
            spec,
            redactor,
            reach,
            links,
            nodes,
            sql_opened: AtomicBool::new(false),
            http,
        }
    }

    /// The inventory's entry.
    pub fn spec(&self) -> &TargetSpec {
        &self.spec
    }

    /// What is replaced in everything that is kept of this target.
    pub fn redactor(&self) -> &Arc<Redactor> {
        &self.redactor
    }

    /// A node; absent means the first one. An SSH connection is made here, so that a node that is lost is known at once.
    ///
    /// # Errors
    /// No such node; or it is lost, with the reason (refused, host key, login, no answer).
    pub async fn shell(&self, node: Option<&str>) -> Result<Arc<shell::Node>, ProbeError> {
        let none = || match node {
            Some(name) => ProbeError::Unavailable(format!("target {} has no node {name:?}", self.spec.name)),
            None => ProbeError::Unavailable(format!("target {} has no shell", self.spec.name)),
        };
        let wanted = self.spec.shells.iter().find(|(name, _)| node.is_none_or(|node| node == name));
        let (name, shell) = wanted.ok_or_else(none)?;
        let place = self.nodes.get(name).ok_or_else(none)?;
        let link = self.link(shell);
        if let Some(link) = &link {
            // Before queueing: those who wait for the same vain attempt share its answer.
            link.reach().await?;
        }
        let mut known = place.node.lock().await;
        if let Some(node) = &*known {
            return Ok(node.clone());
        }
        let node = Arc::new(shell::Node::open(name, shell, link, self.redactor.clone()).await?);
        *known = Some(node.clone());
        place.opened.store(true, Ordering::Release);
        Ok(node)
    }

    /// Whether that node was reached since this target was made: elsewhere nothing of ours can be running.
    pub fn has_opened(&self, node: &str) -> bool {
        self.nodes.get(node).is_some_and(|place| place.opened.load(Ordering::Acquire))
    }

    /// Whether a session of the database was ever opened: one that was never reached runs nothing of ours.
    pub fn has_opened_sql(&self) -> bool {
        self.sql_opened.load(Ordering::Acquire)
    }

    fn link(&self, shell: &ShellSpec) -> Option<Arc<shell::Link>> {
        let Transport::Ssh(wanted) = &shell.transport else { return None };
        self.links.iter().find(|(spec, _)| spec == &**wanted).map(|(_, link)| link.clone())
    }

    /// A new database session of a role.
    ///
    /// # Errors
    /// No database, no such role, a protocol that is not spoken here; or lost, with the reason.
    pub async fn sql(&self, role: &str) -> Result<sql::Session, ProbeError> {
        self.sql_marked(role, "").await
    }

    /// As [`Self::sql`]; the server is told `marker` as part of the application's name, by which [`Self::end_sessions`] finds it.
    ///
    /// # Errors
    /// As for [`Self::sql`].
    pub async fn sql_marked(&self, role: &str, marker: &str) -> Result<sql::Session, ProbeError> {
        match &self.spec.sql {
            Some(spec) => {
                let session = sql::Session::open(spec, &self.reach, role, marker, &self.redactor).await?;
                self.sql_opened.store(true, Ordering::Release);
                Ok(session)
            }
            None => Err(ProbeError::Unavailable(format!("target {} has no database", self.spec.name))),
        }
    }

    /// As [`Self::sql_marked`], at another place that belongs to the target.
    ///
    /// # Errors
    /// As for [`Self::sql`]; denied where the place is none of the target's, or would be shown a password.
    pub async fn sql_elsewhere(&self, role: &str, marker: &str, place: &sql::Place) -> Result<sql::Session, ProbeError> {
        match &self.spec.sql {
            Some(spec) => {
                let spec = sql::moved(spec, place, &self.reach)?;
                sql::Session::open_elsewhere(&spec, &self.reach, role, marker, &self.redactor).await
            }
            None => Err(ProbeError::Unavailable(format!("target {} has no database", self.spec.name))),
        }
    }

    /// Ends every session of a role that was opened with this marker and that the server still holds: one of a harness that
    /// was killed goes on with its statement otherwise. A server that does not list its sessions is left alone.
    ///
    /// # Errors
    /// The database is lost, or a session is still there.
    pub async fn end_sessions(&self, role: &str, marker: &str) -> Result<(), ProbeError> {
        sql::end_marked(&self.sql(role).await?, marker).await
    }

    /// Looks up the names of all its addresses once and for all; what cannot be looked up now is, when it is needed.
    pub async fn pin_names(&self) {
        self.reach.pin().await;
    }

    /// Names of its addresses and what they were found to be: they stay that for as long as this target is used.
    pub fn pinned_names(&self) -> Vec<(String, Vec<std::net::IpAddr>)> {
        self.reach.pinned()
    }

    pub(crate) fn reach(&self) -> &Arc<Reach> {
        &self.reach
    }

    /// HTTP exchanges.
    ///
    /// # Errors
    /// The inventory names no endpoints.
    pub fn http(&self) -> Result<&Arc<http::Client>, ProbeError> {
        self.http.as_ref().ok_or_else(|| ProbeError::Unavailable(format!("target {} has no HTTP endpoints", self.spec.name)))
    }

    /// Names and sockets.
    pub fn net(&self) -> &net::Net {
        &self.net
    }

    /// Ends the shared connections.
    pub async fn close(&self) {
        for (_, link) in &self.links {
            link.close().await;
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("name", &self.spec.name).finish_non_exhaustive()
    }
}
