//! OS: C, C++, Qt.

use super::{Task, judge, language, tool};
use touchstone_sdk::prelude::*;

language!(
    c,
    "language-c",
    "GCC 的 C 语言",
    "C by GCC",
    "目标上的 gcc 能否编译并运行使用数学库与线程库的 C 程序？",
    "Does the target's gcc compile a C program that uses the mathematical and the thread library, and does it run?",
    |cx| super::run(cx, &["gcc", "cc"], "p.c", super::C, &["-O1", "-o", "p", "p.c", "-lm", "-lpthread"])
);
language!(
    cpp,
    "language-cpp",
    "GCC 的 C++ 语言",
    "C++ by GCC",
    "目标上的 g++ 能否编译并运行使用容器、异常与流的 C++ 程序？",
    "Does the target's g++ compile a C++ program with containers, exceptions and streams, and does it run?",
    |cx| super::run(cx, &["g++", "c++"], "p.cc", super::CPP, &["-O1", "-o", "p", "p.cc"])
);
language!(
    qt,
    "language-qt",
    "Qt 框架",
    "Qt",
    "目标上能否编译并运行使用 Qt 对象、信号与字符串的程序？",
    "Is a program with Qt's objects, signals and strings compiled on the target, and does it run?",
    super::run_qt
);

const C: &str = "#include <math.h>\n#include <pthread.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nstatic char *back;\n\
    static void *work(void *w) { size_t n = strlen(w); back = malloc(n + 1); for (size_t i = 0; i < n; i++) back[i] = ((char *)w)[n - 1 - i]; back[n] = 0; return 0; }\n\
    int main(int argc, char **argv) { pthread_t t; double sum = @BEGIN@; if (argc < 2 || pthread_create(&t, 0, work, argv[1])) return 1; pthread_join(t, 0);\n\
    for (char *c = argv[1]; *c; c++) sum += sqrt((double)*c * *c); printf(\"%s %.0f\\n\", back, sum); return 0; }\n";
const CPP: &str = "#include <algorithm>\n#include <iostream>\n#include <map>\n#include <numeric>\n#include <stdexcept>\n#include <string>\n#include <vector>\n\
    int main(int argc, char **argv) { try { if (argc > 1) throw std::runtime_error(argv[1]); } catch (const std::exception &e) {\n\
    std::string w(e.what()); std::vector<int> v(w.begin(), w.end()); std::map<std::string, long> m; m[\"sum\"] = std::accumulate(v.begin(), v.end(), @BEGIN@L);\n\
    std::reverse(w.begin(), w.end()); std::cout << w << ' ' << m[\"sum\"] << std::endl; return 0; } return 1; }\n";
const QT: &str = "#include <QCoreApplication>\n#include <QObject>\n#include <QString>\n#include <QTextStream>\n#include <QTimer>\n#include <algorithm>\n\
    int main(int argc, char **argv) { QCoreApplication app(argc, argv); int code = 1;\n\
    QTimer::singleShot(0, [&] { QString w = app.arguments().at(1); long sum = @BEGIN@; for (QChar c : w) sum += c.unicode(); std::reverse(w.begin(), w.end());\n\
    QTextStream(stdout) << w << ' ' << sum << '\\n'; code = 0; app.quit(); }); app.exec(); return code; }\n";

fn run(cx: &Context, compilers: &[&str], file: &str, text: &str, options: &[&str]) -> CheckResult {
    let sh = cx.shell()?;
    let Some(compiler) = tool(cx, &sh, compilers)? else { return decided() };
    let (scratch, task) = (sh.scratch()?, Task::of(cx));
    sh.write(file, task.text(text).as_bytes())?;
    let script = "cd \"$1\" && shift && \"$@\"";
    let compiled = sh.command(["sh", "-c", script, "sh", &scratch, &compiler].iter().chain(options)).timeout_s(90).run()?;
    run_made(cx, &sh, &scratch, &task, &compiled)
}

/// The program that was made; what the compiler said, where none was.
fn run_made(cx: &Context, sh: &Shell, scratch: &str, task: &Task, compiled: &Output) -> CheckResult {
    let output = sh.command([format!("{scratch}/p").as_str(), &task.word]).timeout_s(60).run()?;
    if output.not_found() {
        cx.expect("runs").unmet(task.answer(), format!("not compiled: {}", compiled.said()))?;
        return decided();
    }
    judge(cx, task, &output)
}

fn run_qt(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let Some(maker) = tool(cx, &sh, &["qmake", "qmake-qt5", "qmake6", "qmake-qt4"])? else { return decided() };
    sh.helper(&["make"])?;
    sh.helper(&["g++", "clang++"])?;
    let (scratch, task) = (sh.scratch()?, Task::of(cx));
    sh.write("qt/p.cpp", task.text(QT).as_bytes())?;
    sh.write("qt/p.pro", b"QT -= gui\nCONFIG += c++11 console\nSOURCES = p.cpp\nTARGET = p\nDESTDIR = ..\n")?;
    let script = "cd \"$1/qt\" && \"$2\" p.pro >&2 && make >&2";
    let compiled = sh.command(["sh", "-c", script, "sh", &scratch, &maker]).timeout_s(110).run()?;
    run_made(cx, &sh, &scratch, &task, &compiled)
}
