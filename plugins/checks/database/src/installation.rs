//! Database: installation by command line and silently, from the package to the first query, and what removal leaves.

use std::collections::BTreeSet;
use touchstone_sdk::context::{Plan, Step, Way};
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("installation")
    .title("命令行与静默安装", "Installation by command line and silently")
    .question(
        "产品能否由安装包以命令行和静默两种方式装到可用？适配器准备一处没有该产品的地方并说明步骤，由检查逐步执行；是否装成，以新装的\
         服务器能否经网络答出第一条查询为准；静默安装的每一步都得不到任何输入；卸载后不得再有新增的程序文件，也不得再有应答。",
        "Can the product be brought from its package to use by command line and silently? The adapter makes a place without the \
         product and names the steps, and the check takes them. It is installed when the new server answers its first query over \
         the network. No step of a silent installation gets any input. After removal no program that it brought is left, and \
         nobody answers any more.",
    )
    .effect(
        "读取软件源，在目标旁隔离的命名空间与临时目录中安装、运行并卸载该产品；目标自身的安装和数据不受影响。",
        "Reads the package sources; installs, runs and removes the product in namespaces and a scratch folder beside the target, \
         whose own installation and data stay as they are.",
    )
    .on("database")
    .needs(&[Need::Sql, Need::Shell, Need::Adapter("install")])
    .impact(Impact::Scratch)
    .limit_s(600)
    .param("role", "admin", "使用的数据库角色", "database role used")
    .expect("silent-installed", "静默安装后新服务器答出查询", "installed silently, the new server answers a query")
    .expect("silent-removed", "静默安装的卸载后没有遗留", "removed after that, nothing is left")
    .expect("command-line-installed", "命令行安装后新服务器答出查询", "installed by command line, the new server answers a query")
    .expect("command-line-removed", "命令行安装的卸载后没有遗留", "removed after that, nothing is left")
    .run(run);

fn run(cx: &Context) -> CheckResult {
    let role = cx.param("role")?;
    let db = cx.sql(&role)?;
    db.refuses_nonsense("INSTALL NONSENSE OF EVERYTHING PLEASE")?;
    let ways = cx.install_ways()?;
    for (way, name) in [(Way::Silent, "silent"), (Way::CommandLine, "command-line")] {
        let (installed, removed) = (format!("{name}-installed"), format!("{name}-removed"));
        if !ways.contains(&way) {
            // A look of its own at the target, whose product it is.
            db.refuses_nonsense("INSTALL MORE NONSENSE PLEASE")?;
            cx.expect(&installed).unmet("offered where the target gets its packages", "not offered")?;
            let why = say("没有可供卸载的安装", "nothing was installed that could be removed");
            cx.expect(&removed).unevaluated(why, "-")?;
            continue;
        }
        let trial = Trial::begin(cx, &role, way, &format!("{}{}", cx.scratch_name(), &name[..1]))?;
        trial.install(&db, &installed, &removed)?;
    }
    decided()
}

/// One installation beside the target.
struct Trial<'a> {
    cx: &'a Context,
    role: &'a str,
    way: Way,
    plan: Plan,
    shell: Shell,
    /// Programs that were there before.
    before: BTreeSet<String>,
    /// The same outside: what somebody else installs there meanwhile may show inside.
    outside: BTreeSet<String>,
}

impl<'a> Trial<'a> {
    fn begin(cx: &'a Context, role: &'a str, way: Way, name: &str) -> Result<Self, Stop> {
        let plan = cx.prepare_install(way, name)?;
        let shell = match &plan.node {
            Some(node) => cx.shell_on(node)?,
            None => cx.shell()?,
        };
        let mut trial = Self { cx, role, way, plan, shell, before: BTreeSet::new(), outside: BTreeSet::new() };
        trial.before = trial.programs(true)?;
        trial.outside = trial.programs(false)?;
        if trial.listens()? {
            return inconclusive(say("安装之前该端口已被占用", "somebody listens there before anything was installed"));
        }
        Ok(trial)
    }

    fn install(self, db: &Sql, installed: &str, removed: &str) -> Result<(), Stop> {
        let cx = self.cx;
        let expected = "programs that were not there, and a server that keeps and sums what it is given";
        let begun = cx.elapsed_ms();
        let none = say("没有装成，无可卸载", "it was not installed, so nothing can be removed");
        let steps: Vec<&Step> = self.plan.install.iter().chain(&self.plan.start).collect();
        if let Some(step) = steps.iter().find(|step| self.way == Way::Silent && !step.stdin.is_empty()) {
            let asks = format!("{} is to be answered", step.argv.join(" "));
            cx.expect(installed).unmet("no step that asks anything", asks)?;
            return cx.expect(removed).unevaluated(none, "-");
        }
        let mut failed = self.take(&self.plan.install)?;
        let new = self.new_programs()?;
        if failed.is_none() && new.is_empty() {
            cx.expect(installed).unmet(expected, "every step was said to be done; no program is there that was not before")?;
            return cx.expect(removed).unevaluated(none, "-");
        }
        if failed.is_none() {
            failed = self.take(&self.plan.start)?;
        }
        if let Some(said) = failed {
            let zh = format!("有一步未能完成，无从判断产品：{said}");
            let why = say(zh, format!("a step could not be taken, which shows nothing about the product: {said}"));
            cx.expect(installed).unevaluated(why, expected)?;
            return cx.expect(removed).unevaluated(none, "-");
        }
        let answer = self.first_query(db)?;
        let (met, actual) = match answer {
            Ok(words) => (true, format!("{} programs; {words}; {} ms", new.len(), cx.elapsed_ms() - begun)),
            Err(words) => (false, format!("{} programs; {words}", new.len())),
        };
        cx.expect(installed).that(met, expected, actual)?;

        let expected = "no new program, and nobody listens";
        if let Some(said) = self.take(&self.plan.remove)? {
            let why = say(format!("卸载的一步未能完成：{said}"), format!("a step of the removal could not be taken: {said}"));
            return cx.expect(removed).unevaluated(why, expected);
        }
        let answers = self.listens()?;
        let left = self.new_programs()?;
        let shown = left.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let actual =
            format!("{} new programs {shown}; {}", left.len(), if answers { "it still listens" } else { "nobody listens" });
        cx.expect(removed).that(left.is_empty() && !answers, expected, actual).map(drop)
    }

    /// What the first step that failed said.
    fn take(&self, steps: &[Step]) -> Result<Option<String>, Stop> {
        for step in steps {
            let output = self.shell.command(&step.argv).stdin(step.stdin.clone()).elevated().timeout_s(300).run()?;
            if !output.ok() {
                return Ok(Some(output.said()));
            }
        }
        Ok(None)
    }

    /// Of the new server, by the host's own means: it keeps rows that the check makes up, and is not the target.
    fn first_query(&self, target: &Sql) -> Result<Result<String, String>, Stop> {
        let cx = self.cx;
        if !self.listens()? {
            return Ok(Err("every step was said to be done; nobody listens where the server should be".into()));
        }
        // That it does not let the role in says nothing of the installation: no session, no decision.
        let db = cx.sql_at(self.role, &self.plan.place)?;
        let table = format!("{}_first", cx.scratch_name());
        let number = cx.elapsed_ns() % 1_000_000;
        db.setup(&format!("CREATE TABLE {table} (id INT, n INT)"))?;
        for id in 1..=3 {
            db.setup(&format!("INSERT INTO {table} (id, n) VALUES ({id}, {})", number + id))?;
        }
        let sum = db.scalar(&format!("SELECT SUM(n) FROM {table}"))?;
        if target.run(&format!("SELECT n FROM {table}"))?.is_done() {
            return Ok(Err("it is the target itself that answers there".into()));
        }
        let right = (number * 3 + 6).to_string();
        let plain = sum.split('.').next().unwrap_or_default().to_owned();
        Ok(if plain == right { Ok(format!("sum {sum}")) } else { Err(format!("sum {sum}, not {right}")) })
    }

    /// Whether a server listens at the place's port, as the kernel of the node has it.
    fn listens(&self) -> Result<bool, Stop> {
        let Some(port) = self.plan.place.port else {
            return inconclusive(say("适配器未说明新服务器的端口", "the adapter names no port of the new server"));
        };
        crate::restored::listens(&self.shell, port)
    }

    /// Those that were not there before, and did not come from outside meanwhile.
    fn new_programs(&self) -> Result<Vec<String>, Stop> {
        let mut new = self.programs(true)?;
        new.retain(|program| !self.before.contains(program));
        if !new.is_empty() && !self.plan.enter.is_empty() {
            let outside = self.programs(false)?;
            new.retain(|program| self.outside.contains(program) || !outside.contains(program));
        }
        Ok(new.into_iter().collect())
    }

    /// Every program of the place, or of the node outside of it.
    fn programs(&self, inside: bool) -> Result<BTreeSet<String>, Stop> {
        let mut words = if inside { self.plan.enter.clone() } else { Vec::new() };
        let places = ["/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/usr/local/", "/opt/"];
        let script = "find \"$@\" -xdev -type f -perm /111 2>/dev/null; :";
        words.extend(["sh", "-c", script, "sh"].iter().chain(&places).map(|word| (*word).to_owned()));
        let output = self.shell.command(&words).elevated().timeout_s(120).output_limit(8 * 1024 * 1024).run()?.success()?;
        Ok(output.lines().into_iter().filter(|line| line.starts_with('/')).collect())
    }
}
