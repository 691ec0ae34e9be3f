//! OS: Python, Shell, Ruby, PHP.

use super::{Task, judge, language, tool};
use touchstone_sdk::prelude::*;

language!(
    python,
    "language-python",
    "Python 语言",
    "Python",
    "目标上的 Python 能否运行使用类、正则、集合与标准库的程序？",
    "Does the target's Python run a program with classes, regular expressions, collections and the standard library?",
    |cx| super::run(cx, &["python3", "python", "python2"], "p.py", super::PYTHON)
);
language!(
    ruby,
    "language-ruby",
    "Ruby 语言",
    "Ruby",
    "目标上的 Ruby 能否运行使用类、闭包与标准库的程序？",
    "Does the target's Ruby run a program with classes, blocks and the standard library?",
    |cx| super::run(cx, &["ruby"], "p.rb", super::RUBY)
);
language!(
    php,
    "language-php",
    "PHP 语言",
    "PHP",
    "目标上的 PHP 能否运行使用类、闭包与异常的程序？",
    "Does the target's PHP run a program with classes, closures and exceptions?",
    |cx| super::run(cx, &["php"], "p.php", super::PHP)
);

const PYTHON: &str = "import re, sys, json, collections\nclass W(object):\n    def __init__(self, w): self.w = w\n    def back(self): return ''.join(reversed(self.w))\n\
    w = json.loads(json.dumps(sys.argv[1]))\nassert re.match(r'^\\w+$', w)\nc = collections.Counter(w) if hasattr(collections, 'Counter') else None\n\
    print('%s %d' % (W(w).back(), @BEGIN@ + sum(ord(k) * n for k, n in c.items())))\n";
const RUBY: &str = "require 'set'\nrequire 'time'\nclass W\n  attr_reader :w\n  def initialize(w) @w = w end\n  def each; @w.each_byte { |b| yield b }; end\n  include Enumerable\nend\n\
    w = W.new(ARGV[0])\nbegin; raise ArgumentError, w.w; rescue ArgumentError => e; s = e.message; end\nputs \"#{s.reverse} #{w.inject(@BEGIN@) { |a, b| a + b }}\"\n";
const PHP: &str = "<?php\nclass W { private $w; function __construct($w) { $this->w = $w; } function back() { return strrev($this->w); } \
    function sum() { return @BEGIN@ + array_sum(array_map(function ($c) { return ord($c); }, str_split($this->w))); } }\n\
    try { throw new Exception($argv[1]); } catch (Exception $e) { $w = new W($e->getMessage()); }\necho $w->back() . ' ' . $w->sum() . \"\\n\";\n";

/// For a POSIX shell, and once more for bash with what is its own.
const POSIX: &str = r#"w=$1; back=; sum=@BEGIN@; rest=$w
byte() { printf '%d' "'$1"; }
while [ -n "$rest" ]; do c=${rest%"${rest#?}"}; rest=${rest#?}; back=$c$back; sum=$((sum + $(byte "$c"))); done
case $(cat <<END | tr a-z A-Z
here $w
END
) in HERE*) ;; *) exit 1;; esac
(exit 7); [ $? = 7 ] || exit 1
trap 'echo "$back $sum"' EXIT"#;
const BASH: &str = r#"w=$1; declare -a chars; for ((i=0; i<${#w}; i++)); do chars[i]=${w:i:1}; done
[[ $w =~ ^[[:alnum:]]+$ ]] || exit 1
sum=@BEGIN@; back=; for c in "${chars[@]}"; do printf -v n '%d' "'$c"; ((sum += n)); back=$c$back; done
read -r first < <(echo "$back"); declare -A map=([x]=$first); echo "${map[x]} $sum""#;

fn run(cx: &Context, programs: &[&str], file: &str, text: &str) -> CheckResult {
    let sh = cx.shell()?;
    let Some(program) = tool(cx, &sh, programs)? else { return decided() };
    let (scratch, task) = (sh.scratch()?, Task::of(cx));
    sh.write(file, task.text(text).as_bytes())?;
    let output = sh.command([program.as_str(), &format!("{scratch}/{file}"), &task.word]).timeout_s(60).run()?;
    judge(cx, &task, &output)
}

pub mod shell {
    use touchstone_sdk::prelude::*;
    pub const CHECK: Check = check("language-shell")
        .title("Shell 语言", "Shell")
        .question(
            "目标上的 sh 与 bash 能否运行脚本？sh 脚本使用函数、替换、管道、退出码与陷阱，bash 脚本使用数组、正则、算术与进程替换。",
            "Do the target's sh and bash run scripts? The one for sh has functions, substitutions, pipes, exit codes and traps, the \
             one for bash arrays, regular expressions, arithmetic and process substitution.",
        )
        .effect("在临时目录中运行脚本，结束后删除。", "Runs scripts in a scratch folder, removed afterwards.")
        .on("host")
        .needs(&[Need::Shell])
        .impact(Impact::Scratch)
        .limit_s(60)
        .expect("sh", "sh 脚本得出正确结果", "the sh script's result is right")
        .expect("bash", "bash 脚本得出正确结果", "the bash script's result is right")
        .run(super::run_shells);
}

fn run_shells(cx: &Context) -> CheckResult {
    let sh = cx.shell()?;
    let (scratch, task) = (sh.scratch()?, Task::of(cx));
    let expected = task.answer();
    for (shell, text) in [("sh", POSIX), ("bash", BASH)] {
        let Some(program) = sh.finds(&[shell])? else {
            cx.expect(shell).unmet(&expected, format!("no {shell} on the target"))?;
            continue;
        };
        sh.write(shell, task.text(text).as_bytes())?;
        let output = sh.run([program.as_str(), &format!("{scratch}/{shell}"), &task.word])?;
        let right = output.text() == expected;
        cx.expect(shell).that(right, &expected, if right { output.text() } else { output.said() })?;
    }
    decided()
}
