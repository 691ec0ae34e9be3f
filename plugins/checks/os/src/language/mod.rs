//! Languages and run-time environments: a program is compiled or interpreted, run, and its output compared.

pub mod compiled;
pub mod ide;
pub mod java;
pub mod locale;
pub mod scripts;

use touchstone_sdk::prelude::*;

/// A check of one language.
macro_rules! language {
    ($module:ident, $id:literal, $zh:literal, $en:literal, $question_zh:literal, $question_en:literal, $run:expr) => {
        pub mod $module {
            use touchstone_sdk::prelude::*;
            pub const CHECK: Check = check($id)
                .title($zh, $en)
                .question($question_zh, $question_en)
                .effect(
                    "在临时目录中编译并运行一个小程序，结束后删除。",
                    "Compiles and runs a small program in a scratch folder, removed afterwards.",
                )
                .on("host")
                .needs(&[Need::Shell])
                .impact(Impact::Scratch)
                .limit_s(120)
                .expect("runs", "程序运行并得出正确结果", "the program runs and its result is right")
                .run($run);
        }
    };
}
use language;

/// What a program is given to do: a word to be written backwards, with the sum of its bytes, which begins at a number that
/// stands nowhere but in the program's text. Who does not read the text cannot know the answer.
struct Task {
    word: String,
    begin: u32,
}

impl Task {
    fn of(cx: &Context) -> Self {
        Self { word: crate::common::nonce(cx), begin: 100_000 + crate::common::pair::sum(cx) % 800_000 }
    }

    /// The program's text.
    fn text(&self, program: &str) -> String {
        program.replace("@BEGIN@", &self.begin.to_string())
    }

    fn answer(&self) -> String {
        let sum = self.word.bytes().map(u64::from).sum::<u64>() + u64::from(self.begin);
        format!("{} {sum}", self.word.chars().rev().collect::<String>())
    }
}

/// Reports what the program wrote. Where the compiler or interpreter is there, a wrong or missing output is what was asked.
fn judge(cx: &Context, task: &Task, output: &Output) -> CheckResult {
    let expected = task.answer();
    let text = output.text();
    let right = text == expected;
    cx.expect("runs").that(right, &expected, if right { text } else { output.said() })?;
    decided()
}

/// The first program there is; without any the expectation is unmet, for it is what the clause asks for.
fn tool(cx: &Context, sh: &Shell, programs: &[&str]) -> Result<Option<String>, Stop> {
    let found = sh.finds(programs)?;
    if found.is_none() {
        cx.expect("runs").unmet(programs.join(" or "), "not on the target")?;
    }
    Ok(found)
}
