//! The inventory file that tells a run how to reach the lab's targets.

use std::fmt::Write as _;
use std::path::PathBuf;

/// One target, as the inventory names it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Unique name.
    pub name: String,
    /// host, database, middleware.
    pub kind: &'static str,
    /// Adapter that knows the product.
    pub adapter: Option<&'static str>,
    /// Overrides of check parameters: `plugin/check.param` and value.
    pub params: Vec<(&'static str, String)>,
    /// How it is reached.
    pub access: Access,
}

/// How a target is reached.
#[derive(Clone, Debug)]
pub enum Access {
    /// Commands on this machine, each with this prefix.
    Local {
        /// Prefix: chroot, nsenter, setarch; empty for none.
        enter: Vec<String>,
    },
    /// Commands by SSH.
    Ssh {
        /// Address.
        address: String,
        /// TCP port.
        port: u16,
        /// User to log in as.
        user: String,
        /// Private key.
        key: PathBuf,
        /// Host keys that are trusted.
        known_hosts: PathBuf,
    },
    /// SQL over the PostgreSQL protocol, on 127.0.0.1.
    Sql {
        /// TCP port.
        port: u16,
        /// Database.
        database: String,
        /// Dialect family.
        family: &'static str,
        /// Product.
        product: &'static str,
        /// Authority of the server's certificate.
        ca_file: Option<PathBuf>,
        /// Roles: name, user, file with the password.
        roles: Vec<(&'static str, String, PathBuf)>,
    },
    /// SQL by ODBC.
    Odbc {
        /// The driver's library.
        driver: PathBuf,
        /// Attributes of the connection string.
        options: Vec<(&'static str, String)>,
        /// Dialect family.
        family: &'static str,
        /// Product.
        product: &'static str,
        /// Roles: name, user, file with the password.
        roles: Vec<(&'static str, String, Option<PathBuf>)>,
    },
    /// A database as above, with commands on the machine that it runs on, this one.
    Server {
        /// Prefix of the commands; empty for none.
        enter: Vec<String>,
        /// How its SQL is reached.
        sql: Box<Access>,
        /// For the adapter.
        settings: Vec<(&'static str, String)>,
    },
    /// As [`Access::Server`], with a prefix of the commands.
    Inside {
        /// Prefix: nsenter.
        enter: Vec<String>,
        /// How its SQL is reached.
        sql: Box<Access>,
        /// For the adapter.
        settings: Vec<(&'static str, String)>,
    },
    /// As [`Access::Http`], with an authority that is trusted.
    Secure {
        /// PEM file.
        ca_file: PathBuf,
        /// The endpoints.
        http: Box<Access>,
    },
    /// As [`Access::Http`], with nodes of its own instead of this machine.
    Nodes {
        /// Name and prefix of the commands.
        nodes: Vec<(&'static str, Vec<String>)>,
        /// The endpoints.
        http: Box<Access>,
    },
    /// HTTP endpoints, and commands on this machine.
    Http {
        /// Prefix of the commands; empty for none.
        enter: Vec<String>,
        /// Purpose and base URL.
        endpoints: Vec<(&'static str, String)>,
        /// Name, user, file with the password.
        credentials: Vec<(&'static str, String, PathBuf)>,
        /// Further `host:port`.
        addresses: Vec<String>,
        /// For the adapter.
        settings: Vec<(&'static str, String)>,
        /// Attacks are permitted.
        attackable: bool,
    },
}

/// The file's text.
#[must_use]
pub fn render(targets: &[Target]) -> String {
    let mut text = "schema = 1\n".to_owned();
    for target in targets {
        // Writing into a String can't fail.
        let _ = render_target(&mut text, target);
    }
    text
}

fn render_target(text: &mut String, target: &Target) -> std::fmt::Result {
    writeln!(text, "\n[[target]]\nname = {}\nkind = {}", quote(&target.name), quote(target.kind))?;
    if let Some(adapter) = target.adapter {
        writeln!(text, "adapter = {}", quote(adapter))?;
    }
    if target.kind != "host" {
        writeln!(text, "load = {{ max_rate = 1000000, max_connections = 64 }}")?;
    }
    let inner = match &target.access {
        Access::Secure { http, .. } | Access::Nodes { http, .. } => http,
        other => other,
    };
    if let Access::Http { addresses, attackable, .. } = inner {
        if *attackable {
            writeln!(text, "permits = [\"denial-of-service\"]")?;
        }
        if !addresses.is_empty() {
            writeln!(text, "addresses = [{}]", addresses.iter().map(|at| quote(at)).collect::<Vec<_>>().join(", "))?;
        }
    }
    render_access(text, &target.access)?;
    if !target.params.is_empty() {
        writeln!(text, "[target.params]")?;
        for (name, value) in &target.params {
            writeln!(text, "{} = {}", quote(name), quote(value))?;
        }
    }
    Ok(())
}

fn render_settings(text: &mut String, settings: &[(&'static str, String)]) -> std::fmt::Result {
    if !settings.is_empty() {
        writeln!(text, "[target.settings]")?;
        for (name, value) in settings {
            writeln!(text, "{} = {}", quote(name), quote(value))?;
        }
    }
    Ok(())
}

fn render_access(text: &mut String, access: &Access) -> std::fmt::Result {
    match access {
        Access::Server { enter, sql, settings } => {
            render_shell(text, enter)?;
            render_settings(text, settings)?;
            render_access(text, sql)?;
        }
        Access::Inside { enter, sql, settings } => {
            render_shell(text, enter)?;
            render_settings(text, settings)?;
            render_access(text, sql)?;
        }
        Access::Local { enter } => render_shell(text, enter)?,
        Access::Ssh { address, port, user, key, known_hosts } => writeln!(
            text,
            "shell = {{ transport = \"ssh\", address = {}, port = {port}, user = {}, key = {}, known_hosts = {} }}",
            quote(address),
            quote(user),
            file(key),
            quote_path(known_hosts),
        )?,
        Access::Sql { port, database, family, product, ca_file, roles } => {
            writeln!(text, "[target.sql]\nprotocol = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {port}")?;
            writeln!(text, "database = {}\ntls = \"disable\"", quote(database))?;
            if let Some(ca_file) = ca_file {
                writeln!(text, "ca_file = {}", quote_path(ca_file))?;
            }
            writeln!(text, "family = {}\nproduct = {}", quote(family), quote(product))?;
            for (role, user, password) in roles {
                writeln!(text, "[target.sql.roles.{role}]\nuser = {}\npassword = {}", quote(user), file(password))?;
            }
        }
        Access::Odbc { driver, options, family, product, roles } => {
            writeln!(text, "[target.sql]\nprotocol = \"odbc\"\ndriver = {}", quote_path(driver))?;
            writeln!(text, "family = {}\nproduct = {}\n[target.sql.options]", quote(family), quote(product))?;
            for (key, value) in options {
                writeln!(text, "{key} = {}", quote(value))?;
            }
            for (role, user, password) in roles {
                writeln!(text, "[target.sql.roles.{role}]\nuser = {}", quote(user))?;
                if let Some(password) = password {
                    writeln!(text, "password = {}", file(password))?;
                }
            }
        }
        Access::Secure { ca_file, http } => {
            render_access(text, http)?;
            writeln!(text, "[target.http]\nca_file = {}", quote_path(ca_file))?;
        }
        Access::Nodes { nodes, http } => {
            let mut inner = String::new();
            render_access(&mut inner, http)?;
            // Its own shell gives way to the nodes'.
            let rest = inner.split_once('\n').map_or("", |(_, rest)| rest);
            text.push_str(rest);
            writeln!(text, "[target.nodes]")?;
            for (name, enter) in nodes {
                let prefix = enter.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", ");
                let enter = if enter.is_empty() { String::new() } else { format!(", enter = [{prefix}]") };
                writeln!(text, "{name} = {{ transport = \"local\"{enter} }}")?;
            }
        }
        Access::Http { enter, endpoints, credentials, settings, .. } => {
            render_shell(text, enter)?;
            render_settings(text, settings)?;
            writeln!(text, "[target.http.endpoints]")?;
            for (purpose, url) in endpoints {
                writeln!(text, "{} = {}", quote(purpose), quote(url))?;
            }
            for (name, user, password) in credentials {
                writeln!(
                    text,
                    "[target.http.credentials.{}]\nuser = {}\npassword = {}",
                    quote(name),
                    quote(user),
                    file(password)
                )?;
            }
        }
    }
    Ok(())
}

fn render_shell(text: &mut String, enter: &[String]) -> std::fmt::Result {
    let prefix = enter.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", ");
    if enter.is_empty() {
        writeln!(text, "shell = {{ transport = \"local\" }}")
    } else {
        writeln!(text, "shell = {{ transport = \"local\", enter = [{prefix}] }}")
    }
}

fn file(path: &std::path::Path) -> String {
    format!("{{ file = {} }}", quote_path(path))
}

fn quote_path(path: &std::path::Path) -> String {
    quote(&path.to_string_lossy())
}

/// A TOML basic string; JSON's escapes are a subset of TOML's.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
