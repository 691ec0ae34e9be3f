//! Exit codes: each says one thing.

use std::process::ExitCode;
use touchstone_model::verdict::Conclusion;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Accepted; for commands that conclude nothing: done.
    Accepted = 0,
    /// A mandatory clause of the selection is not met.
    NotAccepted = 1,
    /// The command line cannot be understood.
    BadUsage = 2,
    /// Nothing contradicts, but something stayed open.
    Inconclusive = 3,
    /// The selection holds no check that could run.
    NothingSelected = 4,
    /// Suite, catalogue or inventory has errors.
    BadInput = 5,
    /// The harness itself could not work (files, journal, engine).
    Broken = 6,
    /// A run, bundle or plugin is not as it was written or signed.
    Altered = 7,
    /// Not accepted by its verdicts alone: waivers cover whatever stands in the way.
    AcceptedWithWaivers = 8,
    /// Compared with another run, something fails that did not, or is no longer shown (`diff`, `recheck`).
    Worse = 9,
    /// Stopped before the end (Ctrl-C); `resume` goes on.
    Interrupted = 130,
}

/// The codes, for `--help`.
pub const HELP_EN: &str = "Exit codes:
    0  accepted (or done)     1  not accepted          2  bad usage
    3  inconclusive           4  nothing selected      5  bad suite or inventory
    6  harness failure        7  altered               8  accepted with waivers only
    9  worse than before    130  interrupted";

/// The codes, for `--help --lang zh`.
pub const HELP_ZH: &str = "退出码：
    0  通过（或已完成）       1  不通过                2  用法错误
    3  无结论                 4  未选中任何检查        5  套件或清单有误
    6  测试平台自身故障       7  内容被改动            8  仅凭豁免通过
    9  比此前变差           130  被中断";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl From<Conclusion> for Exit {
    fn from(conclusion: Conclusion) -> Exit {
        match conclusion {
            Conclusion::Accepted => Exit::Accepted,
            Conclusion::NotAccepted => Exit::NotAccepted,
            Conclusion::Inconclusive => Exit::Inconclusive,
            Conclusion::AcceptedWithWaivers => Exit::AcceptedWithWaivers,
        }
    }
}
