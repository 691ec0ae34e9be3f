//! OS: Java 1.7 and 1.8, and GCC's own Java.

use super::Task;
use crate::common::short;
use touchstone_sdk::prelude::*;

macro_rules! java {
    ($module:ident, $id:literal, $version:literal, $major:literal) => {
        pub mod $module {
            use touchstone_sdk::prelude::*;
            pub const CHECK: Check = check($id)
                .title(concat!("Java ", $version), concat!("Java ", $version))
                .question(
                    concat!(
                        "目标上是否有 Java ",
                        $version,
                        " 环境，能编译并运行程序？程序自报规范版本，类文件的版本号须与之相符，后一版本的类文件须被拒绝。"
                    ),
                    concat!(
                        "Has the target a Java ",
                        $version,
                        " environment that compiles and runs a program? The program tells the \
                     specification it runs under, the class file's version must fit, and one of a later release must be refused."
                    ),
                )
                .effect(
                    "在临时目录中编译并运行一个小程序，结束后删除。",
                    "Compiles and runs a small program in a scratch folder, removed afterwards.",
                )
                .on("host")
                .needs(&[Need::Shell])
                .impact(Impact::Scratch)
                .limit_s(120)
                .param(
                    "homes",
                    "/usr/lib/jvm/* /usr/java/* /usr/local/java/* /opt/*jdk* /opt/*jre*",
                    "查找 Java 的目录",
                    "folders where Java is looked for",
                )
                .expect("runs", "编译并运行，规范版本相符", "compiled and run, under the specification asked for")
                .run(|cx| super::run(cx, $version, $major));
        }
    };
}
java!(java_1_7, "language-java-1-7", "1.7", 51);
java!(java_1_8, "language-java-1-8", "1.8", 52);

const TEXT: &str = "import java.util.*;\npublic class P {\n  public static void main(String[] a) {\n    Map<String, Integer> m = new HashMap<>();\n    int sum = @BEGIN@;\n\
    for (char c : a[0].toCharArray()) { sum += c; }\n    m.put(\"sum\", sum);\n    try { throw new IllegalStateException(a[0]); }\n    catch (IllegalStateException | NullPointerException e) {\n\
    System.out.println(new StringBuilder(e.getMessage()).reverse() + \" \" + m.get(\"sum\") + \" \" + System.getProperty(\"java.specification.version\"));\n    }\n  }\n}\n";

/// Folders with a Java that has both compiler and run-time, one a line, with what it calls itself.
const FIND: &str = "for h in $1 \"$(dirname \"$(dirname \"$(command -v javac || echo /x/x)\")\")\"; do [ -x \"$h/bin/java\" ] && [ -x \"$h/bin/javac\" ] || continue; \
                    printf '%s %s\\n' \"$h\" \"$(\"$h/bin/java\" -version 2>&1 | head -n 1 | tr -d '\"')\"; done; true";

fn run(cx: &Context, version: &str, major: u8) -> CheckResult {
    let sh = cx.shell()?;
    let homes = cx.param("homes")?;
    let found = sh.command(["sh", "-c", FIND, "sh", &homes]).timeout_s(60).run()?.success()?.lines();
    let wanted = format!("version {version}");
    let Some(home) = found.iter().find(|line| line.contains(&wanted)).and_then(|line| line.split(' ').next()) else {
        let all = if found.is_empty() { "no Java with a compiler".to_owned() } else { found.join("; ") };
        cx.expect("runs").unmet(format!("Java {version} with a compiler"), all)?;
        return decided();
    };
    let (scratch, task) = (sh.scratch()?, Task::of(cx));
    sh.write("P.java", task.text(TEXT).as_bytes())?;
    let compiled =
        sh.command([&format!("{home}/bin/javac"), "-d", &scratch, &format!("{scratch}/P.java")]).timeout_s(60).run()?;
    let mut class = sh.read("P.class", 1 << 16).unwrap_or_default();
    let java = format!("{home}/bin/java");
    let output = sh.command([&java, "-cp", &scratch, "P", &task.word]).timeout_s(60).run()?;
    let told = class.get(7).copied().unwrap_or_default();
    // The Java Virtual Machine Specification, 4.1: no run-time takes a class file of a later release than its own. One that
    // only calls itself an old one does.
    if let Some(byte) = class.get_mut(7) {
        *byte = major + 1;
    }
    sh.write("later/P.class", &class)?;
    let later = sh.command([&java, "-cp", &format!("{scratch}/later"), "P", &task.word]).timeout_s(60).run()?;
    let taken = if later.text() == output.text() { "taken" } else { "refused" };
    let expected = format!("{} {version}, class file {major}, a later one refused", task.answer());
    let actual = format!("{}, class file {told}, a later one {taken}", short(&output.text()));
    let right = actual == expected;
    cx.expect("runs").that(
        right,
        expected,
        if right { actual } else { format!("{actual}; {}; {}", compiled.said(), output.said()) },
    )?;
    decided()
}

pub mod gcc_java {
    use touchstone_sdk::prelude::*;
    pub const CHECK: Check = check("language-gcc-java")
        .title("GCC 的 Java 语言", "Java by GCC")
        .question(
            "目标上 GCC 的 Java 编译器（gcj，自 GCC 7 起已不再提供）能否把 Java 程序编译为本机程序并运行？",
            "Does the target's Java compiler of GCC (gcj, dropped from GCC since release 7) turn a Java program into a native one that runs?",
        )
        .effect("在临时目录中编译并运行一个小程序，结束后删除。", "Compiles and runs a small program in a scratch folder, removed afterwards.")
        .on("host")
        .needs(&[Need::Shell])
        .impact(Impact::Scratch)
        .limit_s(120)
        .expect("runs", "程序运行并得出正确结果", "the program runs and its result is right")
        .run(super::run_gcj);
}

const PLAIN: &str = "public class P {\n  public static void main(String[] a) {\n    int sum = @BEGIN@;\n    for (int i = 0; i < a[0].length(); i++) { sum += a[0].charAt(i); }\n\
    System.out.println(new StringBuffer(a[0]).reverse().toString() + \" \" + sum);\n  }\n}\n";

fn run_gcj(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(compiler) = super::tool(cx, &sh, &["gcj", "gcj-6", "gcj-5", "gcj-4.9", "gcj-4.8"])? else { return decided() };
    let (scratch, task) = (sh.scratch()?, Task::of(cx));
    sh.write("P.java", task.text(PLAIN).as_bytes())?;
    let made = format!("{scratch}/p");
    let compiled = sh.command([compiler.as_str(), "--main=P", "-o", &made, &format!("{scratch}/P.java")]).timeout_s(90).run()?;
    let output = sh.command([made.as_str(), &task.word]).timeout_s(60).run()?;
    if output.not_found() {
        cx.expect("runs").unmet(task.answer(), format!("not compiled: {}", compiled.said()))?;
        return decided();
    }
    super::judge(cx, &task, &output)
}
