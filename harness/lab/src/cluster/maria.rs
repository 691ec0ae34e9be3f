//! Two MariaDB servers, the second of which follows the first, and HAProxy before them: one entrance for writers, one for readers. Nobody
//! but an operator changes who is the primary.

use super::Enclosed;
use crate::inventory::{Access, Target};
use crate::{Lab, LabError, MariaDb, system};
use std::path::Path;

const USER: &str = "mysql";

const SCRIPT: &str = r#"
chown mysql "$R"
as() { setpriv --reuid=mysql --regid=mysql --clear-groups env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME="$R" TMPDIR="$R" "$@"; }
sql() { member=$1; shift; mariadb --no-defaults --user=root --socket="$R/$member.socket" --batch "$@"; }
at() { as mariadb --no-defaults --protocol=TCP -h 127.0.0.1 -P "$1" -u checker --connect-timeout=1 -N -e 'SELECT @@read_only' 2>/dev/null; }
for member in a b; do
    as mariadb-install-db --no-defaults --datadir="$R/$member" --auth-root-authentication-method=normal --skip-test-db >/dev/null
    case $member in a) port=$A id=1;; *) port=$B id=2;; esac
    # Read-only until somebody says otherwise: none wakes up as a second primary.
    keep $member mariadbd --no-defaults --datadir="$R/$member" --socket="$R/$member.socket" --port=$port --bind-address=127.0.0.1 \
        --skip-name-resolve --character-set-server=utf8mb4 --server-id=$id --log-bin=bin --log-slave-updates=1 --gtid-strict-mode=1 --read-only=1 \
        --innodb-buffer-pool-size=32M &
    until sql $member -e 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
    sql $member < "$R/users.sql"
done
{ printf "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %s, MASTER_USE_GTID = current_pos, " "$A"; cat "$R/login"; echo '; START SLAVE;'; } | sql b
sql a -e 'SET GLOBAL read_only = 0'
setpriv --reuid=haproxy --regid=haproxy --clear-groups haproxy -db -f "$R/haproxy.cfg" >"$R/haproxy.log" 2>&1 &
until [ "$(sql b -e 'SHOW SLAVE STATUS\G' | grep -c 'Running: Yes')" = 2 ] && [ "$(at "$WRITERS")" = 0 ] && [ "$(at "$READERS")" = 1 ]; do sleep 0.2; done
: > "$R/ready"
while :; do wait; sleep 1; done
"#;

/// Two servers.
#[derive(Debug)]
pub struct MariaReplication {
    /// Port of each.
    pub members: [u16; 2],
    /// Port of the entrance that leads to the one that takes writes.
    pub writers: u16,
    /// Port of the entrance that leads to those that refuse them.
    pub readers: u16,
    app_password: String,
    admin_password: String,
    inside: Enclosed,
}

impl MariaReplication {
    /// Starts both, and waits until the second follows.
    ///
    /// # Errors
    /// Not root, a package is absent, or they do not come up.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        for program in ["mariadbd", "mariadb", "haproxy", "setpriv"] {
            system::program(program)?;
        }
        let folder = lab.folder("replication")?;
        let port = || lab.free_port();
        let (members, writers, readers) = ([port()?, port()?], port()?, port()?);
        let (app_password, admin_password) = (system::random_password()?, system::random_password()?);
        let login = system::random_password()?;
        secret(&folder.join("login"), &format!("MASTER_USER = 'follower', MASTER_PASSWORD = '{login}'"))?;
        secret(
            &folder.join("users.sql"),
            &format!(
                "SET sql_log_bin = 0;\nCREATE DATABASE app;\nCREATE USER app@'127.0.0.1' IDENTIFIED BY '{app_password}';\n\
                 GRANT ALL ON app.* TO app@'127.0.0.1';\nCREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '{admin_password}';\n\
                 GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\nCREATE USER checker@'127.0.0.1';\n\
                 CREATE USER follower@'127.0.0.1' IDENTIFIED BY '{login}';\nGRANT REPLICATION SLAVE ON *.* TO follower@'127.0.0.1';\n\
                 ALTER USER root@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('{admin_password}') OR unix_socket;\n"
            ),
        )?;
        for (name, answer) in [("primary", 0), ("standby", 1)] {
            let script = format!(
                "#!/bin/sh\n[ \"$(timeout 1 mariadb --no-defaults --protocol=TCP -h \"$3\" -P \"$4\" -u checker --connect-timeout=1 -N \
                 -e 'SELECT @@read_only')\" = {answer} ]\n"
            );
            let path = folder.join(name);
            system::write_file(&path, &script)?;
            system::make_executable(&path)?;
        }
        system::write_file(&folder.join("haproxy.cfg"), &entrances(&folder, members, writers, readers))?;
        let variables = [
            ("A", members[0].to_string()),
            ("B", members[1].to_string()),
            ("WRITERS", writers.to_string()),
            ("READERS", readers.to_string()),
        ];
        let ready = folder.join("ready");
        let inside = Enclosed::start(lab, "replication", &folder, SCRIPT, &variables, || ready.exists())?;
        Ok(Self { members, writers, readers, app_password, admin_password, inside })
    }

    /// What the inventory says of it: readers go to the second.
    ///
    /// # Errors
    /// A secret can't be written, or the driver is absent.
    pub fn target(&self, lab: &Lab, name: &str) -> Result<Target, LabError> {
        let role = |role: &'static str, user: &str, password: &str| {
            Ok((role, user.to_owned(), Some(lab.secret_file(&format!("{name}-{role}"), password)?)))
        };
        let sql = Box::new(Access::Odbc {
            driver: MariaDb::driver()?,
            options: MariaDb::options_of(self.writers, "app", false),
            family: "mysql-like",
            product: "mariadb",
            roles: vec![role("app", "app", &self.app_password)?, role("admin", "root", &self.admin_password)?],
        });
        let folder = self.inside.folder.display();
        let [a, b] = self.members;
        let more = [
            ("write", format!("127.0.0.1:{}", self.writers)),
            ("read", format!("127.0.0.1:{}", self.readers)),
            ("socket", format!("{folder}/{{member}}.socket")),
            ("replication_login", format!("{folder}/login")),
        ];
        let settings = self.inside.settings(&[("a", a), ("b", b)], &more);
        // Nobody takes over: there is no use in waiting long.
        let params = vec![("database/failover.limit_ms", "8000".to_owned())];
        let access = Access::Inside { enter: self.inside.enter.clone(), sql, settings };
        Ok(Target { name: name.to_owned(), kind: "database", adapter: Some("mariadb-replication"), params, access })
    }
}

fn secret(path: &Path, text: &str) -> Result<(), LabError> {
    system::write_secret(path, text)?;
    system::give_to(USER, path)
}

/// Who is asked whether it takes writes, and who is sent where.
fn entrances(folder: &Path, [a, b]: [u16; 2], writers: u16, readers: u16) -> String {
    let section = |name: &str, port: u16| {
        format!(
            "listen {name}\n  bind 127.0.0.1:{port}\n  option external-check\n  external-check path /usr/bin:/bin\n  \
             external-check command {}/{name}\n  default-server inter 400ms fall 2 rise 1 on-marked-down shutdown-sessions\n  \
             server a 127.0.0.1:{a} check\n  server b 127.0.0.1:{b} check\n",
            folder.display()
        )
    };
    format!(
        "global\n  maxconn 500\n  external-check\n  insecure-fork-wanted\ndefaults\n  mode tcp\n  timeout connect 1s\n  timeout check 2s\n  \
         timeout client 60s\n  timeout server 60s\n{}{}",
        section("primary", writers),
        section("standby", readers)
    )
}
