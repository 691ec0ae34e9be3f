//! Database: physical backups of every kind, and what is restored from them.

use crate::bench::Bench;
use crate::restored::{Content, Instance, not_done};
use touchstone_sdk::context::{Kind, Location, Taken, Until};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("physical-backup")
    .title("物理备份与按时间点恢复", "Physical backup and point-in-time restore")
    .question(
        "完全、增量、差异、归档四种物理备份能否在负载下做出并各自恢复出内容相同的实例？能否恢复到任一时刻？备份损坏能否被发现？\
         备份与恢复由适配器去做，说成功不算数：检查连上恢复出的实例，逐表比对行数与校验和，看时刻前后的标记行；“自上次起”与\
         “自上次完全备份起”以所占空间和恢复所需区分；损坏由检查自己改动备份文件造成。",
        "Can full, incremental, differential and archive backups be taken under load, and is an instance of the same content restored \
         from each? Can any moment be restored? Is a damaged backup noticed? The adapter takes and restores, and its word counts \
         for nothing: the check connects to what was restored and compares row counts and checksums of every table and the marker \
         rows before and after the moment. Since-previous and since-full are told apart by size and by what a restore needs; the \
         check itself changes a file of a backup to damage it.",
    )
    .effect(
        "新建临时表，在备份库中做出若干备份，并在目标旁短暂运行恢复出的实例；结束后全部删除。其间由他人做出的增量备份会以本检查的备份\
         为基础，请避开计划备份的时段。",
        "Makes scratch tables and some backups in the repository, and runs restored instances beside the target for a while; all is \
         removed. An incremental backup that somebody else takes meanwhile would build on those: keep clear of scheduled ones.",
    )
    .on("database")
    .needs(&[Need::Sql, Need::Shell, Need::Adapter("backup")])
    .impact(Impact::Disrupt)
    .limit_s(900)
    .param("role", "app", "使用的数据库角色", "database role used")
    .expect("full", "完全备份恢复出相同内容", "a full backup restores the same content")
    .expect("online", "备份期间写入未中断，恢复内容前后一致", "writing went on during the backup, and what is restored is consistent")
    .expect("since-previous", "“自上次起”的备份恢复出相同内容", "a since-previous backup restores the same content")
    .expect("since-previous-size", "“自上次起”的备份小于完全备份与差异备份", "a since-previous backup is smaller than full and since-full")
    .expect("since-previous-chain", "缺少前一个备份则无法恢复", "without the backup before it, it cannot be restored")
    .expect("since-full", "“自上次完全备份起”的备份不靠其间的备份即恢复出相同内容", "a since-full backup restores the same content without those in between")
    .expect("archive", "归档备份补回数据备份之后的行", "the archive brings back rows of after the data backups")
    .expect("before-present", "恢复到指定时刻：之前的行都在", "restored to a moment: rows of before are there")
    .expect("after-absent", "恢复到指定时刻：之后的行不在", "restored to a moment: rows of after are not there")
    .expect("damage-noticed", "备份文件损坏会被发现", "damage of a backup's file is noticed")
    .run(run);

/// Between a marker row and the moment: clocks of logs may count whole seconds.
const APART_MS: u32 = 1_300;

/// Bytes that no backup can do without: 200 rows of 900 random letters, six bits each; a quarter off, to be sure.
const LEAST: u64 = 200 * 900 * 6 / 8 * 3 / 4;

fn run(cx: &Context) -> CheckResult {
    let bench = Bench::open(cx)?;
    bench.db.refuses_nonsense("BACKUP NONSENSE OF EVERYTHING PLEASE")?;
    let repository = cx.backup_repository()?;
    let shell = match &repository.node {
        Some(node) => cx.shell_on(node)?,
        None => cx.shell()?,
    };
    let offered = cx.backup_kinds()?;
    let mut work = Work { base: String::new(), mark: String::new(), bench, shell, repository, offered, made: 0 };
    work.base = work.table("base")?;
    work.mark = work.table("mark")?;
    work.fill(&work.base, 1, 200)?;
    work.all()?;
    decided()
}

struct Work<'a> {
    bench: Bench<'a>,
    shell: Shell,
    repository: Location,
    offered: Vec<Kind>,
    /// Present in every backup.
    base: String,
    /// Rows that tell before from after.
    mark: String,
    /// Instances restored so far.
    made: u32,
}

/// A backup that was taken, as far as the product says.
struct Set {
    name: String,
    files: Option<String>,
}

impl<'a> Work<'a> {
    fn all(&mut self) -> Result<(), Stop> {
        let Some(full) = self.full()? else {
            return self.none_after("没有可用的完全备份", "there is no full backup to build on");
        };
        // Much is new since the full backup, little since the one before.
        let big = self.table("big")?;
        self.fill(&big, 1, 3_000)?;
        let first = self.take(Kind::SincePrevious, "since-previous")?;
        let small = self.table("small")?;
        self.fill(&small, 1, 5)?;
        let second = match &first {
            Ok(_) => self.take(Kind::SincePrevious, "since-previous")?,
            Err(why) => Err(why.clone()),
        };
        let differential = self.take(Kind::SinceFull, "since-full")?;
        let later = [self.content(&self.base.clone())?, self.content(&big)?, self.content(&small)?];

        let moment = self.moment()?;
        let archived = self.archived()?;
        self.point_in_time(&full, second.as_ref().ok(), moment.as_deref(), &later)?;
        self.sizes(&full, second.as_ref(), differential.as_ref().ok())?;
        self.chain(first.as_ref().ok(), second.as_ref(), differential.as_ref(), archived, &full, &later)?;
        self.damage(&full)
    }

    fn none_after(&self, zh: &str, en: &str) -> Result<(), Stop> {
        for (kind, expectation) in
            [(Kind::SincePrevious, "since-previous"), (Kind::SinceFull, "since-full"), (Kind::Archive, "archive")]
        {
            let expect = self.bench.cx.expect(expectation);
            if self.offered.contains(&kind) {
                expect.unevaluated(say(zh, en), "restored")?;
            } else {
                expect.unmet("offered by the product as installed", format!("not offered; {}", self.look()?))?;
            }
        }
        let rest = ["online", "since-previous-size", "since-previous-chain", "before-present", "after-absent", "damage-noticed"];
        for expectation in rest {
            self.bench.cx.expect(expectation).unevaluated(say(zh, en), "-")?;
        }
        Ok(())
    }

    /// Takes a full backup while another session keeps writing.
    fn full(&mut self) -> Result<Option<Set>, Stop> {
        let cx = self.bench.cx;
        let writes = self.table("writes")?;
        let stop = self.bench.table("stop", "id INT")?;
        let writer = cx.sql(&cx.param("role")?)?;
        let statement = self.bench.statement("writer", &[("t", &writes), ("stop", &stop)])?;
        let writing = writer.start(&statement, 600_000)?;
        let before = self.rows_soon(&writes)?;
        let since = self.mark_repository()?;
        let taken = self.take(Kind::Full, "full")?;
        let written = self.written(&since)?;
        let after = self.count(&writes)?;
        self.bench.db.setup(&format!("INSERT INTO {stop} (id) VALUES (1)"))?;
        let wrote = match writing.wait(60_000)? {
            Reply::Done(_) => "done".to_owned(),
            Reply::Refused(failure) => failure.said(),
        };
        let Ok(set) = taken else { return Ok(None) };
        let base = self.content(&self.base.clone())?;
        let instance = self.restore(&set, &Until::Backup)?;
        // What is only in the live database now must not be there.
        self.mark(0)?;
        let expected = format!("{base}; not the row written after the restore");
        let live = instance.rows(&format!("SELECT id FROM {}", self.mark))?.is_some_and(|rows| !rows.is_empty());
        let seen = instance.content(&self.base)?;
        let same = seen.as_ref() == Some(&base) && !live;
        self.look()?;
        if let (true, Some(written @ ..LEAST)) = (instance.not_tried, written) {
            // The adapter's word alone would show nothing. But the product said that the backup is taken, what was written to the
            // repository since was seen, and what is new in the database does not go into it.
            let actual = format!("said to be taken; {written} bytes were written to the repository; {}", instance.words);
            let expected = format!("{expected}; {LEAST} bytes written at least, for so much is new and random");
            cx.expect("full").unmet(expected, actual)?;
            self.discard(instance)?;
            return Ok(None);
        }
        if instance.not_tried {
            cx.expect("full").unevaluated(instance.why_not_tried(), expected)?;
            self.discard(instance)?;
            return Ok(None);
        }
        cx.expect("full").that(same, &expected, instance.told(seen.as_ref(), live))?;
        if !same {
            self.discard(instance)?;
            return Ok(None);
        }
        let rows = instance.rows(&format!("SELECT COUNT(*), MIN(id), MAX(id) FROM {writes}"))?;
        let row = rows.and_then(|rows| rows.into_iter().next()).unwrap_or_default();
        let number = |at: usize| row.get(at).and_then(|cell| cell.parse::<u64>().ok());
        let expect = cx.expect("online");
        let expected = format!("rows 1..n without a gap, {before} <= n <= {after}, {before} < {after}");
        let actual = format!("{before} rows before the backup, {after} after it; restored: {}; writer: {wrote}", row.join(", "));
        if before == 0 {
            expect.unevaluated(say("写入者没有写成任何行", format!("the writer wrote no row: {wrote}")), expected)?;
        } else {
            let whole = number(0) == number(2) && number(1) == Some(1);
            let between = number(0).is_some_and(|n| before <= n && n <= after);
            expect.that(whole && between && before < after, expected, actual)?;
        }
        self.discard(instance)?;
        Ok(Some(set))
    }

    /// Asks for a backup. Where none comes, the expectation is decided by that.
    fn take(&mut self, kind: Kind, expectation: &str) -> Result<Result<Set, String>, Stop> {
        let cx = self.bench.cx;
        if !self.offered.contains(&kind) {
            cx.expect(expectation).unmet("offered by the product as installed", format!("not offered; {}", self.look()?))?;
            return Ok(Err("not offered".into()));
        }
        let begun = cx.elapsed_ms();
        let Taken { said, name, files } = cx.take_backup(kind)?;
        let took = cx.elapsed_ms() - begun;
        let Some(name) = name.filter(|_| said.accepted) else {
            cx.expect(expectation).unevaluated(not_done(&said.words), "a backup")?;
            return Ok(Err(said.words));
        };
        let files = files.map(|files| files.path);
        let size = match &files {
            Some(path) => format!("{} bytes", self.size(path)?),
            None => "size unknown".into(),
        };
        cx.note(format!("{kind:?} {name}: {took} ms, {size}"));
        Ok(Ok(Set { name, files }))
    }

    fn moment(&mut self) -> Result<Option<String>, Stop> {
        self.mark(1)?;
        self.bench.cx.sleep_ms(APART_MS);
        let moment = self.bench.cx.backup_moment()?;
        self.bench.cx.sleep_ms(APART_MS);
        self.mark(2)?;
        Ok(Some(moment))
    }

    /// Whether the logs up to now were put away.
    fn archived(&mut self) -> Result<bool, Stop> {
        let cx = self.bench.cx;
        if !self.offered.contains(&Kind::Archive) {
            cx.expect("archive").unmet("offered by the product as installed", format!("not offered; {}", self.look()?))?;
            return Ok(false);
        }
        let taken = cx.take_backup(Kind::Archive)?;
        if !taken.said.accepted {
            cx.expect("archive").unevaluated(not_done(&taken.said.words), "an archive")?;
        }
        Ok(taken.said.accepted)
    }

    fn point_in_time(&mut self, full: &Set, second: Option<&Set>, moment: Option<&str>, later: &[Content]) -> Result<(), Stop> {
        let cx = self.bench.cx;
        let set = second.unwrap_or(full);
        let until = Until::Moment(moment.unwrap_or_default().to_owned());
        let instance = self.restore(set, &until)?;
        let marks = instance.rows(&format!("SELECT id FROM {} ORDER BY id", self.mark))?;
        let actual = match &marks {
            Some(rows) => format!("marker rows: {}", rows.concat().join(", ")),
            None => instance.words.clone(),
        };
        let has = |id: &str| marks.as_ref().is_some_and(|rows| rows.iter().any(|row| row.first().is_some_and(|cell| cell == id)));
        self.look()?;
        let expected = "marker rows: 1, not 2";
        if instance.not_tried {
            cx.expect("before-present").unevaluated(instance.why_not_tried(), expected)?;
            cx.expect("after-absent").unevaluated(instance.why_not_tried(), expected)?;
        } else {
            cx.expect("before-present").that(has("1"), expected, &actual)?;
            cx.expect("after-absent").same_look().that(marks.is_some() && !has("2"), expected, &actual)?;
        }
        if second.is_some() {
            if instance.answers() {
                self.compare("since-previous", &instance, later)?;
            } else {
                // Perhaps only moments cannot be restored.
                let plain = self.restore(set, &Until::Backup)?;
                self.compare("since-previous", &plain, later)?;
                self.discard(plain)?;
            }
        }
        self.discard(instance)
    }

    fn compare(&self, expectation: &str, instance: &Instance, wanted: &[Content]) -> Result<(), Stop> {
        let mut seen = Vec::new();
        for content in wanted {
            seen.push(instance.content(&content.table)?.map_or(format!("no {}", content.table), |content| content.to_string()));
        }
        let expected = wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let actual = if instance.answers() { seen.join(", ") } else { instance.words.clone() };
        self.look()?;
        let expect = self.bench.cx.expect(expectation);
        if instance.not_tried {
            return expect.unevaluated(instance.why_not_tried(), expected);
        }
        expect.that(instance.answers() && actual == expected, &expected, &actual).map(drop)
    }

    fn sizes(&self, full: &Set, second: Result<&Set, &String>, differential: Option<&Set>) -> Result<(), Stop> {
        let expect = self.bench.cx.expect("since-previous-size");
        let expected = "since-previous < full, since-previous < since-full";
        let second = match second {
            Ok(set) => set,
            Err(why) => {
                return expect
                    .unevaluated(say(format!("没有这种备份：{why}"), format!("there is no such backup: {why}")), expected);
            }
        };
        let Some((previous, full)) = second.files.as_ref().zip(full.files.as_ref()) else {
            let why = say("产品的备份文件无法按备份集区分", "the product's files cannot be told apart by set");
            return expect.unevaluated(why, expected);
        };
        let (previous, full) = (self.size(previous)?, self.size(full)?);
        let since_full = match differential.and_then(|set| set.files.as_ref()) {
            Some(files) => Some(self.size(files)?),
            None => None,
        };
        let met = previous < full && since_full.is_none_or(|since_full| previous < since_full);
        let shown = since_full.map_or("-".to_owned(), |size| size.to_string());
        expect.that(met, expected, format!("since-previous {previous}, full {full}, since-full {shown} bytes"))?;
        Ok(())
    }

    /// The backup in between is put aside: one of the two later ones needs it, the other does not.
    fn chain(
        &mut self,
        first: Option<&Set>,
        second: Result<&Set, &String>,
        differential: Result<&Set, &String>,
        archived: bool,
        full: &Set,
        later: &[Content],
    ) -> Result<(), Stop> {
        let cx = self.bench.cx;
        let aside = match first.and_then(|set| set.files.as_ref()) {
            Some(files) => {
                let aside = format!("{}/aside", self.shell.scratch()?);
                let back = "if [ -e \"$2\" ]; then mv \"$2\" \"$1\"; fi";
                self.shell.undo(["sh", "-c", back, "sh", files, &aside])?;
                self.shell.root(["mv", files, &aside])?.success()?;
                Some((files, aside))
            }
            None => None,
        };
        if let Ok(set) = differential {
            let until = if archived { Until::Archive } else { Until::Backup };
            let instance = self.restore(set, &until)?;
            self.compare("since-full", &instance, later)?;
            if archived {
                self.archive(&instance)?;
            }
            self.discard(instance)?;
        } else if archived {
            let instance = self.restore(full, &Until::Archive)?;
            self.archive(&instance)?;
            self.discard(instance)?;
        }
        let expect = cx.expect("since-previous-chain");
        let expected = "nothing, or not all of it, without the backup before it";
        match (&aside, second) {
            (Some(_), Ok(set)) => {
                let instance = self.restore(set, &Until::Backup)?;
                let mut same = instance.answers();
                for content in later {
                    same &= instance.content(&content.table)?.as_ref() == Some(content);
                }
                self.look()?;
                expect.that(!same, expected, if same { "all of it".to_owned() } else { instance.words.clone() })?;
                self.discard(instance)?;
            }
            _ => expect
                .unevaluated(say("没有可以移开的前一个备份", "there is no backup before it that could be put aside"), expected)?,
        }
        if let Some((files, aside)) = aside {
            self.shell.root(["mv", &aside, files])?.success()?;
        }
        Ok(())
    }

    fn archive(&self, instance: &Instance) -> Result<(), Stop> {
        let marks = instance.rows(&format!("SELECT id FROM {} WHERE id IN (1, 2) ORDER BY id", self.mark))?;
        let actual = marks.as_ref().map_or(instance.words.clone(), |rows| format!("marker rows: {}", rows.concat().join(", ")));
        self.look()?;
        let expect = self.bench.cx.expect("archive");
        if instance.not_tried {
            return expect.unevaluated(instance.why_not_tried(), "marker rows: 1, 2");
        }
        expect.that(actual == "marker rows: 1, 2", "marker rows: 1, 2", actual).map(drop)
    }

    /// Changes some bytes in the middle of the largest files of the full backup.
    fn damage(&mut self, full: &Set) -> Result<(), Stop> {
        let cx = self.bench.cx;
        let expected = "verify: whole, damaged, whole again; or nothing restored from what is damaged";
        let Some(files) = &full.files else {
            let why = say("产品的备份文件无法按备份集区分", "the product's files cannot be told apart by set");
            return cx.expect("damage-noticed").unevaluated(why, expected);
        };
        let kept = format!("{}/kept", self.shell.scratch()?);
        let whole = cx.verify_backup(&full.name)?;
        let flip = "mkdir \"$2\" && find \"$1\" -type f -printf '%s %p\\n' | sort -n | tail -n 8 | cut -d' ' -f2- > \"$2/list\" && n=0 && \
                    while read -r f; do n=$((n + 1)); cp -p \"$f\" \"$2/$n\" || exit 1; at=$(($(stat -c %s \"$f\") / 2)); \
                    head -c 64 /dev/urandom | dd of=\"$f\" bs=1 seek=\"$at\" conv=notrunc 2>/dev/null; cmp -s \"$f\" \"$2/$n\" && exit 1; done < \"$2/list\"; \
                    [ \"$n\" -gt 0 ]";
        self.shell.root(["sh", "-c", flip, "sh", files, &kept])?.success()?;
        let damaged = cx.verify_backup(&full.name)?;
        let told = format!("verify: {}, then {}", word(whole.accepted), word(damaged.accepted));
        if whole.accepted && !damaged.accepted {
            let repair = "n=0; while read -r f; do n=$((n + 1)); cp -p \"$1/$n\" \"$f\" || exit 1; done < \"$1/list\"";
            self.shell.root(["sh", "-c", repair, "sh", &kept])?.success()?;
            let again = cx.verify_backup(&full.name)?;
            self.look()?;
            let actual = format!("{told}, then {}: {}", word(again.accepted), damaged.words);
            cx.expect("damage-noticed").that(again.accepted, expected, actual)?;
            return Ok(());
        }
        let instance = self.restore(full, &Until::Backup)?;
        let base = self.content(&self.base.clone())?;
        let seen = instance.content(&self.base)?;
        self.look()?;
        let expect = cx.expect("damage-noticed");
        if !instance.answers() {
            expect.met(expected, format!("{told}; {}", instance.words))?;
        } else if seen.as_ref() == Some(&base) {
            let why = say("被改动的部分没有影响检查的数据", "what was changed does not touch the check's own data");
            expect.unevaluated(why, expected)?;
        } else {
            expect.unmet(expected, format!("{told}; restored: {}", instance.told(seen.as_ref(), false)))?;
        }
        self.discard(instance)
    }

    fn restore(&mut self, set: &Set, until: &Until) -> Result<Instance<'a>, Stop> {
        self.made += 1;
        Instance::restore(self.bench.cx, &set.name, until, &format!("{}r{}", self.bench.name, self.made))
    }

    fn discard(&self, instance: Instance) -> Result<(), Stop> {
        let name = instance.name.clone();
        // Its sessions end before it does.
        drop(instance);
        self.bench.cx.discard_restored(&name).map(drop)
    }

    fn mark(&self, id: u32) -> Result<(), Stop> {
        self.bench.db.setup(&format!("INSERT INTO {} (id, v) VALUES ({id}, 'mark')", self.mark)).map(drop)
    }

    fn table(&self, suffix: &str) -> Result<String, Stop> {
        self.bench.table(suffix, "id INT NOT NULL PRIMARY KEY, v VARCHAR(1000)")
    }

    fn fill(&self, table: &str, from: u32, rows: u32) -> Result<(), Stop> {
        crate::restored::fill(self.bench.cx, &self.bench.db, table, from, rows, 900)
    }

    fn content(&self, table: &str) -> Result<Content, Stop> {
        Content::of(self.bench.cx, &self.bench.eye, table)
    }

    fn count(&self, table: &str) -> Result<u64, Stop> {
        Ok(self.bench.eye.scalar(&format!("SELECT COUNT(*) FROM {table}"))?.parse().unwrap_or(0))
    }

    /// Rows that the writer has written once it is at work.
    fn rows_soon(&self, table: &str) -> Result<u64, Stop> {
        for _ in 0..50 {
            let rows = self.count(table)?;
            if rows > 2 {
                return Ok(rows);
            }
            self.bench.cx.sleep_ms(100);
        }
        Ok(0)
    }

    /// Bytes below a folder.
    fn size(&self, path: &str) -> Result<u64, Stop> {
        let output = self.shell.root(["du", "-sb", path])?;
        Ok(output.text().split_whitespace().next().and_then(|size| size.parse().ok()).unwrap_or(0))
    }

    /// A file in the repository, by the clock of the disk that it is on: what is written after it is newer.
    fn mark_repository(&self) -> Result<String, Stop> {
        let mark = format!("{}/.{}", self.repository.path, self.bench.name);
        self.shell.undo(["rm", "-f", "--", &mark])?;
        self.shell.root(["touch", "--", &mark])?;
        // Clocks of files may count in ticks.
        self.bench.cx.sleep_ms(50);
        Ok(mark)
    }

    /// Bytes of the repository's files that were written since, whatever was removed meanwhile; none where that cannot be seen.
    fn written(&self, mark: &str) -> Result<Option<u64>, Stop> {
        let script = "[ -e \"$2\" ] && find \"$1\" -type f -cnewer \"$2\" -printf '%s\\n' | awk '{ n += $1 } END { printf \"%d\", n }'; \
                      rm -f -- \"$2\"";
        let output = self.shell.root(["sh", "-c", script, "sh", &self.repository.path, mark])?;
        Ok(output.text().parse().ok())
    }

    /// What the repository holds, by an own look.
    fn look(&self) -> Result<String, Stop> {
        Ok(format!("repository: {} bytes", self.size(&self.repository.path)?))
    }
}

fn word(accepted: bool) -> &'static str {
    if accepted { "whole" } else { "damaged" }
}
