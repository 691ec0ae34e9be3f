//! A cluster of databases. An adapter says who belongs to it and where clients go; who takes writes is found out by writing.

pub mod failover;
pub mod replication;
pub mod series;
pub mod splitting;
pub mod switchover;

use touchstone_sdk::context::{Entrances, Member};
use touchstone_sdk::prelude::*;
use touchstone_sdk::workload::{Answer, Clients, Judged, LedgerPlan, ask, write_ledger};

/// Role that writes and reads.
pub const ROLE: &str = "app";
/// How long a cluster may need to be whole before a check begins: another one may just have disturbed it.
const WHOLE_WITHIN_MS: u64 = 60_000;
/// How long a member is given to answer.
const ANSWER_MS: u32 = 5000;
/// Between two looks.
const LOOK_MS: u32 = 200;

/// How much is written to a ledger.
#[derive(Clone, Copy, Debug)]
pub struct LedgerLoad {
    /// Clients that keep their connection.
    pub pooled: u32,
    /// Between two writes of a client.
    pub interval_ms: u32,
}

pub struct Cluster<'a> {
    cx: &'a Context,
    pub members: Vec<Member>,
    pub entrances: Entrances,
    /// By the inventory's own place: says what is to be undone.
    own: Sql,
    /// Prefix of the check's own tables.
    pub name: String,
}

/// What became of a write to one member by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was accepted, and is there.
    Yes,
    /// The server said no.
    Refused,
    /// Nobody answers, or it is not known.
    Unknown,
}

impl<'a> Cluster<'a> {
    /// Finds it; a target that is no cluster makes the check inconclusive.
    pub fn find(cx: &'a Context) -> Result<Self, Stop> {
        let (members, entrances) = (cx.members()?, cx.entrances()?);
        if members.len() < 2 {
            return inconclusive(say(
                "适配器只列出一个成员",
                "the adapter names one member only: there is no cluster to be seen",
            ));
        }
        Ok(Self { cx, members, entrances, own: cx.sql(ROLE)?, name: cx.scratch_name() })
    }

    pub fn table(&self, what: &str) -> String {
        format!("{}_{what}", self.name)
    }

    /// A statement of the product's dialect on a table; what clients fill in themselves is left.
    pub fn statement(&self, case: &str, table: &str) -> Result<String, Stop> {
        crate::bench::statement(self.cx, &format!("database/cluster/{case}"), &[("t", table)])
    }

    /// Makes a table of that kind (a case of the dialect) by whichever entrance lets it; it is dropped when the check is over.
    pub fn create(&self, what: &str, kind: &str) -> Result<(), Stop> {
        let table = self.table(what);
        let script = self.cx.script(&format!("database/cluster/{kind}"), &[("t", &table)])?;
        let way = script.ways.first();
        let Some((statement, undo)) = way.and_then(|way| way.statements.first().zip(way.undo.first())) else {
            return inconclusive(say("方言数据没有建表语句", format!("the dialect {} has no table of {kind}", script.source)));
        };
        // By the inventory's own place, whatever became of the members.
        self.own.undo(undo)?;
        let mut said = String::new();
        let until = self.cx.elapsed_ms() + WHOLE_WITHIN_MS;
        while self.cx.elapsed_ms() < until {
            for place in &self.entrances.write {
                match ask(ROLE, place, statement, ANSWER_MS)? {
                    Answer::Rows(_) => return Ok(()),
                    Answer::Refused((sqlstate, words)) => said = format!("{sqlstate} {words}"),
                    Answer::Silent(words) => said = words,
                }
            }
            self.cx.sleep_ms(LOOK_MS);
        }
        inconclusive(say("没有入口接受建表", format!("no entrance lets a table be made: {said}")))
    }

    /// Writes an entry to one member by itself, and looks whether it is there.
    pub fn write_to(&self, member: &Member, table: &str, id: u64) -> Result<Taken, Stop> {
        match ask(ROLE, &member.place, &format!("INSERT INTO {table} (id) VALUES ({id})"), ANSWER_MS)? {
            Answer::Silent(_) => return Ok(Taken::Unknown),
            Answer::Refused((sqlstate, _)) => {
                // For any other reason (it starts, it ends, it has no such table yet) than that it takes no writes it may follow.
                let for_good = ["25", "0A", "HY"].iter().any(|class| sqlstate.starts_with(class));
                return Ok(if for_good { Taken::Refused } else { Taken::Unknown });
            }
            Answer::Rows(_) => {}
        }
        match ask(ROLE, &member.place, &format!("SELECT count(*) FROM {table} WHERE id = {id}"), ANSWER_MS)? {
            Answer::Silent(_) => Ok(Taken::Unknown),
            Answer::Rows(rows) if rows.first().and_then(|row| row.first()) == Some(&Some("1".to_owned())) => Ok(Taken::Yes),
            _ => inconclusive(say(
                "成员确认了写入却并不保存，其回答不可信",
                format!("{} says that it has written, and does not keep it: its answers cannot be believed", member.name),
            )),
        }
    }

    /// A session with one member by itself.
    pub fn answers(&self, member: &Member) -> Result<Option<Sql>, Stop> {
        self.cx.sql_if_answers(ROLE, &member.place)
    }

    /// Waits until all members answer, hold the same of a fresh table of entries, and exactly one takes writes: that one.
    pub fn whole(&self, table: &str, within_ms: u64) -> Result<Result<&Member, String>, Stop> {
        let until = self.cx.elapsed_ms() + within_ms;
        loop {
            let id = 1_000_000_000 + self.cx.elapsed_ms() * 100;
            let (mut takers, mut deaf) = (Vec::new(), Vec::new());
            for (number, member) in self.members.iter().enumerate() {
                match self.write_to(member, table, id + number as u64)? {
                    Taken::Yes => takers.push(member),
                    Taken::Refused => {}
                    Taken::Unknown => deaf.push(member.name.as_str()),
                }
            }
            let mut behind = Vec::new();
            if let ([primary], true) = (takers.as_slice(), deaf.is_empty()) {
                self.cx.sleep_ms(LOOK_MS);
                let wanted = self.content(primary, table)?;
                for member in &self.members {
                    if self.content(member, table)? != wanted {
                        behind.push(member.name.as_str());
                    }
                }
                if wanted.is_some() && behind.is_empty() {
                    return Ok(Ok(primary));
                }
            }
            if self.cx.elapsed_ms() >= until {
                let takers: Vec<&str> = takers.iter().map(|member| member.name.as_str()).collect();
                return Ok(Err(format!(
                    "take writes: [{}]; do not answer: [{}]; lag behind: [{}]",
                    takers.join(" "),
                    deaf.join(" "),
                    behind.join(" ")
                )));
            }
            self.cx.sleep_ms(LOOK_MS);
        }
    }

    /// How the cluster is to be when a check begins: else nothing can be said about what it does next.
    pub fn whole_at_first(&self, table: &str) -> Result<&Member, Stop> {
        match self.whole(table, WHOLE_WITHIN_MS)? {
            Ok(primary) => Ok(primary),
            Err(words) => inconclusive(say(
                format!("开始时集群不完整：{words}"),
                format!("the cluster is not whole in the beginning: {words}"),
            )),
        }
    }

    /// Count and sums of a table at one member; none where it does not answer, or has no such table.
    pub fn content(&self, member: &Member, table: &str) -> Result<Option<Vec<Option<String>>>, Stop> {
        let query = format!("SELECT count(*), sum(id), min(id), max(id) FROM {table}");
        match ask(ROLE, &member.place, &query, ANSWER_MS)? {
            Answer::Rows(rows) => Ok(rows.into_iter().next()),
            Answer::Refused(_) | Answer::Silent(_) => Ok(None),
        }
    }

    /// Waits until a member other than `old` takes writes.
    pub fn successor(&self, old: &str, table: &str, within_ms: u64) -> Result<Option<&Member>, Stop> {
        let until = self.cx.elapsed_ms() + within_ms;
        while self.cx.elapsed_ms() < until {
            for (number, member) in self.members.iter().enumerate().filter(|(_, member)| member.name != old) {
                let id = 2_000_000_000 + self.cx.elapsed_ms() * 100 + number as u64;
                if self.write_to(member, table, id)? == Taken::Yes {
                    return Ok(Some(member));
                }
            }
            self.cx.sleep_ms(LOOK_MS);
        }
        Ok(None)
    }

    /// Clients that write a ledger by the entrances, under way: enough was acknowledged before this returns.
    pub fn ledger(&self, what: &str) -> Result<Clients, Stop> {
        self.ledger_of(what, LedgerLoad { pooled: 3, interval_ms: 10 })
    }

    /// As [`Self::ledger`], with so many clients, and one more on new connections.
    pub fn ledger_of(&self, what: &str, load: LedgerLoad) -> Result<Clients, Stop> {
        self.create(what, "entries")?;
        let table = self.table(what);
        let clients = write_ledger(&LedgerPlan {
            role: ROLE.to_owned(),
            places: self.entrances.write.clone(),
            write: self.statement("add", &table)?,
            read: self.statement("after", &table)?,
            pooled: load.pooled,
            fresh: 1,
            interval_ms: load.interval_ms,
            timeout_ms: 3000,
        })?;
        let until = self.cx.elapsed_ms() + 20_000;
        while clients.acknowledged()? < 100 {
            if self.cx.elapsed_ms() > until {
                return inconclusive(say("写入太少", "too few writes were acknowledged before anything was done"));
            }
            self.cx.sleep_ms(LOOK_MS / 4);
        }
        Ok(clients)
    }
}

/// Has something done to a member; what the adapter could not bring about shows nothing.
pub fn bring_about(said: &touchstone_sdk::adapter::Said, what: &str) -> Result<(), Stop> {
    if said.accepted {
        return Ok(());
    }
    inconclusive(say(format!("适配器未能做到：{what}"), format!("the adapter could not do it: {what}: {}", said.words)))
}

/// The longest silence of both kinds of clients; none where one of them was not served again.
pub fn silence(judged: &Judged) -> Option<f64> {
    Some(judged.figure("rto_pooled_ms")?.max(judged.figure("rto_fresh_ms")?))
}

/// What a ledger shows, in a few words.
pub fn ledger_words(judged: &Judged) -> String {
    let whole = |name: &str| judged.figure(name).unwrap_or_default();
    format!(
        "{} acknowledged, {} indeterminate, {} lost (the oldest {:.0} ms old); {}",
        whole("acknowledged"),
        whole("indeterminate"),
        whole("lost"),
        whole("rpo_ms"),
        judged.said()
    )
}

/// Times without service, in a few words.
pub fn silence_words(judged: &Judged) -> String {
    let one = |name: &str| judged.figure(name).map_or("did not come back".to_owned(), |ms| format!("{ms:.0} ms"));
    format!("pooled connections {}, new connections {}", one("rto_pooled_ms"), one("rto_fresh_ms"))
}

/// Whether nothing but what may be lost was lost. `Err`: the ledger is undecided.
pub fn kept(judged: &Judged, allowed_ms: f64) -> Result<bool, Stop> {
    if judged.is_undecided() {
        return inconclusive(say("账本无法判定", format!("the ledger cannot be judged: {}", judged.said())));
    }
    let others = judged.findings.iter().any(|finding| finding.forbidden && finding.anomaly != "lost");
    let age = judged.figure("rpo_ms").unwrap_or_default();
    Ok(!others && (judged.count("lost") == 0 || (allowed_ms > 0.0 && age <= allowed_ms)))
}
