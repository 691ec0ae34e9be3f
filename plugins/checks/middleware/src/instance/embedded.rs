//! Middleware: a Java program starts the server inside itself.

use super::{UP_MS, free_place, process, serves};
use crate::probe::words;
use touchstone_sdk::prelude::*;

pub const CHECK: Check = check("embedded-deployment")
    .title("嵌入式部署", "Embedded deployment")
    .question(
        "由本检查编写的Java程序在自己的进程内启动服务器：应答应用的是否正是该进程，程序在启动之后设置的系统属性是否能在应用中读到，程序结束后端口是否随之\
         关闭？",
        "A Java program, written by this check, starts the server inside itself: is it this very process that answers for the application, does the \
         application read the property that the program set after the start, and does the port close when the program ends?",
    )
    .effect("编译并运行一个Java程序，结束时连同其文件一并移除。", "Compiles and runs a Java program; ends it and removes its files.")
    .on("middleware")
    .needs(&[Need::Http, Need::Shell, Need::Adapter("embedding")])
    .impact(Impact::Scratch)
    .limit_s(240)
    .required_param("port", "服务器的端口，须在清单的addresses中", "port of the server, among the inventory's addresses")
    .expect("in-process", "由程序自身的进程应答", "the program's own process answers")
    .expect("ends", "程序结束后端口关闭", "the port closes when the program ends")
    .run(run);

const PROPERTY: &str = "touchstone.embedded";
const SOON_MS: u64 = 15_000;
/// The program: starts the server, sets a property that nobody was told, and ends when it is told to.
const PROGRAM: &str = "public class Program {
    public static void main(String[] words) throws Exception {
        Embedded.start(words[0], Integer.parseInt(words[1]), words[2], words[3]);
        System.setProperty(\"touchstone.embedded\", new StringBuilder(words[4]).reverse().toString());
        while (!new java.io.File(words[0], \"end\").exists()) Thread.sleep(100);
        System.exit(0);
    }
}
";
/// The same program with a server that does nothing: whether Java programs can be built here at all.
const NOTHING: &str =
    "class Embedded { static void start(String folder, int port, String path, String application) throws Exception {} }\n";
const BUILD: &str =
    "mkdir -p \"$1\" && cat > \"$1/Program.java\" && javac -nowarn -proc:none -cp \"$2\" -d \"$1\" \"$1/Program.java\"";
const START: &str = "mkdir -p \"$1/server\"; setsid java -Xmx128m -cp \"$1/program:$2\" Program \"$1/server\" \"$3\" \"$4\" \"$1/application\" \"$5\" \
    > \"$1/out\" 2>&1 < /dev/null & echo $!";

fn run(cx: &Context) -> CheckResult {
    let Some(recipe) = cx.embedding()? else {
        return inconclusive(say("适配器没有给出嵌入的方法", "the adapter has no recipe for embedding"));
    };
    let (probe, port) = free_place(cx)?;
    let shell = cx.shell()?;
    shell.helper(&["javac"])?;
    let folder = shell.scratch()?;
    let build = |place: &str, class_path: &str, server: &str| {
        let words = ["sh", "-c", BUILD, "sh", &format!("{folder}/{place}"), class_path];
        shell.command(words).stdin(format!("{PROGRAM}{server}")).timeout_s(60).run()
    };
    build("nothing", ".", NOTHING)?.success()?;
    let built = build("program", &recipe.class_path, &recipe.source)?;
    if !built.ok() {
        // The recipe is the adapter's: what it cannot do says nothing of the product.
        let said = built.said();
        return inconclusive(say(
            format!("嵌入程序无法编译：{said}"),
            format!("the program that embeds it cannot be compiled: {said}"),
        ));
    }
    let version = probe.version(1);
    for (file, text) in probe.files(&version) {
        let script = "mkdir -p \"$(dirname \"$1\")\" && cat > \"$1\"";
        let path = format!("{folder}/application/{file}");
        shell.command(["sh", "-c", script, "sh", &path]).stdin(text).run()?.success()?;
    }
    let mark = probe.mark();
    let port = port.to_string();
    let started = shell.run(["sh", "-c", START, "sh", &folder, &recipe.class_path, &port, &probe.path, &mark])?.success()?.text();
    let pid = started.trim().to_owned();
    let (_, answer) = probe.wait(cx, UP_MS, Result::is_ok)?;
    // The property is set a moment after the server began to serve.
    let task = format!("property&line={PROPERTY}");
    let wanted: String = mark.chars().rev().collect();
    let until = cx.elapsed_ms() + SOON_MS;
    let read = loop {
        let read = probe.ask(&cx.http(), &task)?;
        let has = read.as_ref().is_ok_and(|about| about.words.split(' ').any(|word| word == format!("property={wanted}")));
        if has || answer.is_err() || cx.elapsed_ms() >= until {
            break has;
        }
        cx.sleep_ms(250);
    };
    let own = answer.as_ref().is_ok_and(|about| process(&about.jvm) == pid && about.version == version);
    let confirmed = match &answer {
        Ok(about) => serves(&shell, &about.jvm)?.map_or_else(|why| why, |()| "which listens".to_owned()),
        Err(_) => shell.run(["tail", "-n", "3", &format!("{folder}/out")])?.text(),
    };
    let embedded = cx.expect("in-process").that(
        own && read && confirmed == "which listens",
        format!("process {pid} answers with {PROPERTY}={wanted}"),
        format!("{}, {confirmed}; the property is read: {read}", words(&answer)),
    )?;
    shell.run(["touch", &format!("{folder}/server/end")])?.success()?;
    if !embedded {
        cx.expect("ends").unevaluated(say("服务器不在程序之内", "the server is not inside the program"), "refused")?;
        return decided();
    }
    let (closed, answer) = probe.wait(cx, SOON_MS, |answer| matches!(answer, Err(seen) if seen == "refused"))?;
    cx.expect("ends").that(closed, "refused", words(&answer))?;
    decided()
}
