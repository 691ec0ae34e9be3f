//! Pooled data sources of a server, in its own configuration.

use crate::error::Doing;
use crate::{LabError, MariaDb, Postgres, system};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Connections that a pool gives out at once.
pub const POOL_SIZE: u32 = 4;

/// A database behind a data source.
#[derive(Clone, Debug)]
pub struct DataSource {
    /// `java:comp/env/...` of an application.
    pub name: &'static str,
    url: String,
    user: String,
    password: String,
    driver: &'static str,
    jar: &'static str,
    careful: bool,
}

impl DataSource {
    /// A pool before a PostgreSQL server. `careful`: connections are tried before they are given out, and taken back from whoever
    /// keeps them for 5 seconds; without, the product's defaults.
    #[must_use]
    pub fn postgres(server: &Postgres, careful: bool) -> Self {
        Self {
            name: if careful { "jdbc/postgres" } else { "jdbc/postgres-careless" },
            url: format!("jdbc:postgresql://127.0.0.1:{}/{}", server.port, server.database),
            user: server.app_user.clone(),
            password: server.app_password.clone(),
            driver: "org.postgresql.Driver",
            jar: "/usr/share/java/postgresql.jar",
            careful,
        }
    }

    /// A careful pool before a MariaDB server.
    #[must_use]
    pub fn mariadb(server: &MariaDb) -> Self {
        Self {
            name: "jdbc/mariadb",
            url: format!("jdbc:mariadb://127.0.0.1:{}/{}", server.port, server.database),
            user: server.app_user.clone(),
            password: server.app_password.clone(),
            driver: "org.mariadb.jdbc.Driver",
            jar: "/usr/share/java/mariadb-java-client.jar",
            careful: true,
        }
    }
}

/// Writes them into a server's own folder, for all its applications.
pub(super) fn install(base: &Path, sources: &[DataSource]) -> Result<(), LabError> {
    let path = base.join("conf/context.xml");
    let text = std::fs::read_to_string(&path).doing(|| format!("reading {}", path.display()))?;
    let lib = base.join("lib");
    system::make_folder(&lib, 0o755)?;
    let mut resources = String::new();
    for source in sources {
        let jar = Path::new(source.jar);
        if !jar.exists() {
            return Err(LabError::Missing { what: source.jar.to_owned() });
        }
        let to = lib.join(jar.file_name().unwrap_or_default());
        std::fs::copy(jar, &to).doing(|| format!("copying to {}", to.display()))?;
        let DataSource { name, url, user, password, driver, .. } = source;
        let care = if source.careful {
            "testOnBorrow=\"true\" validationQuery=\"SELECT 1\" removeAbandonedOnBorrow=\"true\" removeAbandonedTimeout=\"5\" \
             logAbandoned=\"true\""
        } else {
            ""
        };
        resources += &format!(
            "  <Resource name=\"{name}\" auth=\"Container\" type=\"javax.sql.DataSource\" driverClassName=\"{driver}\" \
             url=\"{url}\" username=\"{user}\" password=\"{password}\" maxTotal=\"{POOL_SIZE}\" maxIdle=\"{POOL_SIZE}\" \
             maxWaitMillis=\"2000\" {care}/>\n"
        );
    }
    system::write_secret(&path, &text.replace("</Context>", &format!("{resources}</Context>")))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).doing(|| format!("opening {}", path.display()))
}
