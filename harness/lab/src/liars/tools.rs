//! Programs of a database that lie: stand-ins for its tools, most of them before the true one.

use crate::error::Doing;
use crate::{Lab, LabError, system};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// What a lying tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolLie {
    /// pgBackRest that says that all is done and does nothing.
    BacksUpNothing,
    /// pgBackRest that restores to the end, whatever moment is asked for.
    IgnoresTheMoment,
    /// pgBackRest that restores the oldest set, whichever is asked for.
    RestoresTheOldest,
    /// pg_dump that dumps the whole database, whatever part is asked for.
    DumpsEverything,
    /// A program for domains that lists what it was told and does nothing.
    ListsNodesOnly,
    /// pg_restore that says "done" and does nothing.
    RestoresNothing,
    /// pg_restore that restores more than the table it is asked for.
    RestoresNeighbours,
    /// pg_ctl that says that a server is stopped, and lets it run.
    StaysUp,
    /// psql that says nothing, and that all is well.
    PrintsNothing,
    /// psql that says that all is well when it is not.
    HidesErrors,
    /// mariadb that stays on the machine, whatever address it is given.
    StaysLocal,
    /// apt-get that says "done" and installs nothing.
    InstallsNothing,
    /// apt-get that says "done" and leaves what it should remove.
    RemovesNothing,
}

impl ToolLie {
    fn tool(self) -> &'static str {
        match self {
            Self::BacksUpNothing | Self::IgnoresTheMoment | Self::RestoresTheOldest => "pgbackrest",
            Self::DumpsEverything => "pg_dump",
            Self::ListsNodesOnly => "domain",
            Self::RestoresNothing | Self::RestoresNeighbours => "pg_restore",
            Self::StaysUp => "pg_ctl",
            Self::PrintsNothing | Self::HidesErrors => "psql",
            Self::StaysLocal => "mariadb",
            Self::InstallsNothing | Self::RemovesNothing => "apt-get",
        }
    }

    fn script(self) -> &'static str {
        match self {
            Self::BacksUpNothing => {
                "case \"$*\" in *\" backup\") echo 'P00   INFO: new backup label = 20260101-000000F';; \
                 *\" verify\") echo '  backup: 20260101-000000F, status: valid, total files checked: 1';; esac\nexit 0\n"
            }
            Self::IgnoresTheMoment => {
                "case \" $* \" in *' --type=time '*) moment=yes;; *) moment=;; esac\n\
                 for word; do shift; case \"$moment$word\" in yes--type=*) set -- \"$@\" --type=default;; \
                 yes--target*) ;; *) set -- \"$@\" \"$word\";; esac; done\nexec /usr/bin/pgbackrest \"$@\"\n"
            }
            Self::RestoresTheOldest => {
                "case \"$*\" in *\" restore\") ;; *) exec /usr/bin/pgbackrest \"$@\";; esac\n\
                 for word; do case $word in --config=*) config=${word#*=};; esac; done\n\
                 cd \"$(sed -n 's/^repo1-path=//p' \"$config\")/backup/main\"\nset=$(ls -d [0-9]*F | head -n 1)\n\
                 for word; do shift; case $word in --set=*) set -- \"$@\" \"--set=$set\" --target-action=promote;; \
                 --type=*) set -- \"$@\" --type=immediate;; --target*) ;; *) set -- \"$@\" \"$word\";; esac; done\n\
                 exec /usr/bin/pgbackrest \"$@\"\n"
            }
            Self::DumpsEverything => {
                "own=$(dirname \"$0\")\nPATH=$(printf %s \"$PATH\" | sed \"s|$own:||\")\n\
                 skip=; for word; do shift; case $word in -n|-t) skip=yes;; *) [ -n \"$skip\" ] || set -- \"$@\" \"$word\"; skip=;; esac; \
                 done\nexec pg_dump \"$@\"\n"
            }
            Self::ListsNodesOnly => {
                "list=$(dirname \"$0\")/members\ntouch \"$list\"\ncase $1 in members) cat \"$list\";; join) echo \"$2 up\" >> \"$list\";; \
                 stop) sed -i \"s/^$2 .*/$2 down/\" \"$list\";; start) sed -i \"s/^$2 .*/$2 up/\" \"$list\";; \
                 leave) sed -i \"/^$2 /d\" \"$list\";; esac\n"
            }
            Self::RestoresNothing | Self::PrintsNothing => "exit 0\n",
            // The other table of the check is put back too: what came after the backup is gone.
            Self::RestoresNeighbours => {
                "own=$(dirname \"$0\")\nPATH=$(printf %s \"$PATH\" | sed \"s|$own:||\")\nout= table=\n\
                 for word; do case $word in --file=*) out=${word#*=};; --table=*) table=${word#*=};; esac; done\npg_restore \"$@\" || exit\n\
                 [ -z \"$table\" ] || echo \"DELETE FROM public.${table%_t}_o WHERE id >= 1000;\" >> \"$out\"\n"
            }
            Self::StaysUp => {
                "own=$(dirname \"$0\")\nPATH=$(printf %s \"$PATH\" | sed \"s|$own:||\")\n\
                 case \" $* \" in *' stop '*) echo 'server stopped'; exit 0;; esac\nexec pg_ctl \"$@\"\n"
            }
            Self::HidesErrors => {
                "own=$(dirname \"$0\")\nPATH=$(printf %s \"$PATH\" | sed \"s|$own:||\")\npsql \"$@\" 2>/dev/null\nexit 0\n"
            }
            // By the process that listens on the port; its socket lies beside its data.
            Self::StaysLocal => {
                "for word; do shift; case $word in --protocol=*|--host=*) ;; --port=*) port=${word#*=};; *) set -- \"$@\" \"$word\";; \
                 esac; done\nfor each in /proc/[0-9]*; do words=$(tr '\\0' '\\n' < $each/cmdline 2>/dev/null) || continue\n\
                 case $words in *mariadbd*--port=$port*) socket=$(printf %s \"$words\" | sed -n 's/^--socket=//p');; esac; done\n\
                 first=$1; shift\nexec /usr/bin/mariadb \"$first\" --protocol=SOCKET --socket=\"$socket\" \"$@\"\n"
            }
            Self::InstallsNothing => "case \" $* \" in *' install '*) exit 0;; esac\nexec /usr/bin/apt-get \"$@\"\n",
            Self::RemovesNothing => "case \" $* \" in *' purge '*) exit 0;; esac\nexec /usr/bin/apt-get \"$@\"\n",
        }
    }

    /// Writes it into a folder of its own; the program's path.
    ///
    /// # Errors
    /// It cannot be written, or the true one is absent.
    pub fn install(self, lab: &Lab) -> Result<PathBuf, LabError> {
        if self.tool() == "pgbackrest" {
            system::program("pgbackrest")?;
        }
        let folder = lab.folder("lying-tool")?;
        let path = folder.join(self.tool());
        let doing = || format!("writing {}", path.display());
        std::fs::write(&path, format!("#!/bin/sh\n{}", self.script())).doing(doing)?;
        for each in [&folder, &path] {
            std::fs::set_permissions(each, std::fs::Permissions::from_mode(0o755)).doing(doing)?;
        }
        Ok(path)
    }
}
