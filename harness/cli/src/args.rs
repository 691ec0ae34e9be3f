//! The command line. Chinese help texts lie in `help_zh.rs`.

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use touchstone_history::format::Isolation;
use touchstone_model::description::Impact;
use touchstone_model::rounds::RoundKind;
use touchstone_model::text::Lang;
use touchstone_runner::input::MAX_RETRIES;

/// Tries a platform against the tender it was bought by, and says clause by clause what follows.
#[derive(Parser)]
#[command(name = "touchstone", version, arg_required_else_help = true, after_help = crate::exit::HELP_EN)]
pub struct Cli {
    /// Language of everything a person reads (default: from the locale)
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub lang: Option<LangArg>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the suite and write the report
    Run(RunArgs),
    /// Show what would run, on what, and why the rest is left out
    Plan(PlanArgs),
    /// List clauses, checks or targets
    List(ListArgs),
    /// Say what a clause or a check asks, how it is decided, and what it does to the target
    Explain(ExplainArgs),
    /// Go on with a run that was stopped
    Resume(ResumeArgs),
    /// Write the documents of a finished or stopped run again
    Report(ReportArgs),
    /// Judge a stored history of what clients asked and were answered
    #[command(subcommand)]
    History(HistoryAction),
    /// Score the operator's work from its ledgers: fault grades, indicators, availability, penalties
    Assess(AssessArgs),
    /// Add, list and check the documents that clauses are inspected by
    #[command(subcommand)]
    Evidence(EvidenceAction),
    /// Make the signed bundle of a finished run: documents, journal, evidence, suite, sums, signatures
    Bundle(BundleArgs),
    /// Have a bundle's statement stamped by a time-stamping authority (RFC 3161)
    Timestamp(TimestampArgs),
    /// Show whether a run or bundle is as it was written, and whether its verdicts follow from what was seen
    Verify(VerifyArgs),
    /// After an incident: run clauses again and compare with the accepted state, what differs around them included
    Recheck(RecheckArgs),
    /// Print the matrices of compatibility: which combination was tried by which signed run, and with what result
    Matrix(MatrixArgs),
    /// Print a bill of materials of what a run saw, for a person to approve
    Materials(MaterialsArgs),
    /// Compare two runs or bundles: what fails newly, passes newly, is unstable, and what differs around them
    Diff(DiffArgs),
    /// Make a pair of keys for signing bundles
    Key(crate::plugin::key::Arguments),
    /// Make, build, inspect, sign and lock plugins
    #[command(subcommand)]
    Plugin(crate::plugin::Action),
    /// Print a shell's completion script
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
}

/// zh or en.
#[derive(Clone, Copy, ValueEnum)]
pub enum LangArg {
    /// 中文
    Zh,
    /// English
    En,
}

impl From<LangArg> for Lang {
    fn from(lang: LangArg) -> Lang {
        match lang {
            LangArg::Zh => Lang::Zh,
            LangArg::En => Lang::En,
        }
    }
}

/// observe, scratch, disrupt or destroy.
#[derive(Clone, Copy, ValueEnum)]
pub enum ImpactArg {
    /// Look only
    Observe,
    /// Make objects of its own and remove them
    Scratch,
    /// Disturb the service for a while
    Disrupt,
    /// Leave the target changed
    Destroy,
}

impl From<ImpactArg> for Impact {
    fn from(impact: ImpactArg) -> Impact {
        match impact {
            ImpactArg::Observe => Impact::Observe,
            ImpactArg::Scratch => Impact::Scratch,
            ImpactArg::Disrupt => Impact::Disrupt,
            ImpactArg::Destroy => Impact::Destroy,
        }
    }
}

/// Where suite and plugins are found.
#[derive(Args, Clone)]
pub struct SuiteArgs {
    /// Suite file, or its folder (default: the only one under suites/)
    #[arg(long, env = "TOUCHSTONE_SUITE", value_name = "PATH")]
    pub suite: Option<PathBuf>,
    /// Folder of the plugins (default: plugins/ beside the program)
    #[arg(long, env = "TOUCHSTONE_PLUGINS", value_name = "DIR")]
    pub plugins: Option<PathBuf>,
    /// Lock file that says whose plugins may run, and exactly which (default: touchstone.lock beside the suite)
    #[arg(long, env = "TOUCHSTONE_LOCK", value_name = "FILE")]
    pub lock: Option<PathBuf>,
    /// For development: also run plugins that nobody trusted vouches for; every report will say so
    #[arg(long, env = "TOUCHSTONE_ALLOW_UNSIGNED", value_parser = FalseyValueParser::new())]
    pub allow_unsigned: bool,
}

/// What of the suite, on which targets.
#[derive(Args, Clone)]
pub struct SelectArgs {
    /// Suite and plugins.
    #[command(flatten)]
    pub suite: SuiteArgs,
    /// Targets and how to reach them (default: this machine as a host)
    #[arg(long, short, env = "TOUCHSTONE_INVENTORY", value_name = "FILE")]
    pub inventory: Option<PathBuf>,
    /// Register of the documents that clauses are inspected by (default: none, those clauses stay not assessed)
    #[arg(long, env = "TOUCHSTONE_EVIDENCE", value_name = "FILE")]
    pub evidence: Option<PathBuf>,
    /// What the report says about itself: number, object, version, purchaser, supplier, tester, contract, place
    #[arg(long, value_name = "NAME=VALUE")]
    pub report: Vec<String>,
    /// Only these clauses (patterns: DB-*)
    #[arg(long, short, visible_alias = "clauses", value_delimiter = ',', value_name = "CLAUSE")]
    pub clause: Vec<String>,
    /// Only these checks (patterns: database/*)
    #[arg(long, value_name = "CHECK")]
    pub check: Vec<String>,
    /// Only checks with these tags
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only these targets, by name or tag
    #[arg(long, short, value_name = "TARGET")]
    pub target: Vec<String>,
    /// Highest impact on a target that may be had
    #[arg(long, value_enum, default_value = "observe", value_name = "IMPACT")]
    pub allow: ImpactArg,
    /// Try a check that is not content so many times more; tries that do not agree make it unstable, never green
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=i64::from(MAX_RETRIES)))]
    pub retries: Option<u32>,
}

/// What a run rests on besides its checks.
#[derive(Args, Clone, Default)]
pub struct BasisArgs {
    /// Which round of the acceptance this is (with --recheck: re-acceptance)
    #[arg(long, value_enum, value_name = "ROUND")]
    pub round: Option<RoundArg>,
    /// The round before, a run or bundle: runs what was not conforming and what the fix could have broken
    #[arg(long, value_name = "BEFORE")]
    pub recheck: Option<PathBuf>,
    /// Who agreed to a round beyond the limit of failures
    #[arg(long, value_name = "NAME", requires = "recheck")]
    pub agreed_by: Option<String>,
    /// Folder of the operator's ledgers, for clauses that are decided by analysis
    #[arg(long, value_name = "DIR")]
    pub ledgers: Option<PathBuf>,
    /// The month that the ledgers are assessed for, like 2026-05
    #[arg(long, value_name = "MONTH", requires = "ledgers", conflicts_with = "year")]
    pub period: Option<String>,
    /// The calendar year that the ledgers are assessed for
    #[arg(long, value_name = "YEAR", requires = "ledgers")]
    pub year: Option<i16>,
    /// Approved bill of materials; what the targets say of themselves is held against it
    #[arg(long, value_name = "FILE")]
    pub materials: Option<PathBuf>,
    /// Signed bundles of runs on other combinations (processors, systems, platforms), which fill the suite's matrices
    #[arg(long, value_name = "BUNDLE")]
    pub matrix: Vec<PathBuf>,
}

/// initial, re-acceptance or final.
#[derive(Clone, Copy, ValueEnum)]
pub enum RoundArg {
    /// Everything, for the first time
    Initial,
    /// What was not conforming, and what the fix could have broken
    ReAcceptance,
    /// Everything again, bound to the rounds before
    Final,
}

impl From<RoundArg> for RoundKind {
    fn from(round: RoundArg) -> RoundKind {
        match round {
            RoundArg::Initial => RoundKind::Initial,
            RoundArg::ReAcceptance => RoundKind::ReAcceptance,
            RoundArg::Final => RoundKind::Final,
        }
    }
}

impl SelectArgs {
    /// Whether filters narrow it.
    pub fn narrows(&self) -> bool {
        [&self.clause, &self.check, &self.tag, &self.target].iter().any(|patterns| !patterns.is_empty())
    }
}

/// `recheck`.
#[derive(Args)]
pub struct RecheckArgs {
    /// What to run.
    #[command(flatten)]
    pub select: SelectArgs,
    /// The accepted state, a run or bundle
    #[arg(long, value_name = "BEFORE")]
    pub against: PathBuf,
    /// Folder of the run; must not exist (default: runs/<time>)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `matrix`.
#[derive(Args)]
pub struct MatrixArgs {
    /// Suite.
    #[command(flatten)]
    pub suite: SuiteArgs,
    /// Signed bundles of runs
    #[arg(value_name = "BUNDLE")]
    pub bundles: Vec<PathBuf>,
}

/// `materials`.
#[derive(Args)]
pub struct MaterialsArgs {
    /// Folder of the run, or the bundle
    pub run: PathBuf,
}

/// `run`.
#[derive(Args)]
pub struct RunArgs {
    /// What to run.
    #[command(flatten)]
    pub select: SelectArgs,
    /// What it rests on.
    #[command(flatten)]
    pub basis: BasisArgs,
    /// Folder of the run; must not exist (default: runs/<time>)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `plan`.
#[derive(Args)]
pub struct PlanArgs {
    /// What to plan.
    #[command(flatten)]
    pub select: SelectArgs,
    /// What it rests on.
    #[command(flatten)]
    pub basis: BasisArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `list`.
#[derive(Args)]
pub struct ListArgs {
    /// What to list
    #[arg(value_enum, default_value = "clauses")]
    pub what: ListWhat,
    /// Suite and plugins.
    #[command(flatten)]
    pub suite: SuiteArgs,
    /// Targets and how to reach them (default: this machine as a host)
    #[arg(long, short, env = "TOUCHSTONE_INVENTORY", value_name = "FILE")]
    pub inventory: Option<PathBuf>,
}

/// What can be listed.
#[derive(Clone, Copy, ValueEnum)]
pub enum ListWhat {
    /// Clauses of the catalogue
    Clauses,
    /// Checks of the suite
    Checks,
    /// Targets of the inventory
    Targets,
}

/// `explain`.
#[derive(Args)]
pub struct ExplainArgs {
    /// Clause (MW-21) or check (middleware/slow-headers)
    pub what: String,
    /// Also the SQL statements as this product writes them (dameng, mariadb ...)
    #[arg(long, value_name = "PRODUCT")]
    pub product: Option<String>,
    /// Suite and plugins.
    #[command(flatten)]
    pub suite: SuiteArgs,
}

/// `resume`.
#[derive(Args)]
pub struct ResumeArgs {
    /// Folder of the run
    pub run: PathBuf,
}

/// `report`.
#[derive(Args)]
pub struct ReportArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Only this format, to standard output
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<FormatArg>,
    /// Lay these waivers over the finished run, in the place of those laid before; no verdict changes, and the journal tells it
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub waivers: Option<PathBuf>,
    /// Attach the operator's score to the run: an assessment.json written by touchstone assess --out
    #[arg(long, value_name = "FILE")]
    pub assessment: Option<PathBuf>,
}

/// `assess`.
#[derive(Args)]
pub struct AssessArgs {
    /// Folder of the ledgers, with its ledgers.toml
    #[arg(long, value_name = "DIR")]
    pub ledgers: PathBuf,
    /// Suite file, or its folder (default: the only one under suites/)
    #[arg(long, env = "TOUCHSTONE_SUITE", value_name = "PATH")]
    pub suite: Option<PathBuf>,
    /// The month to assess, like 2026-05
    #[arg(long, value_name = "MONTH", required_unless_present = "year", conflicts_with = "year")]
    pub period: Option<String>,
    /// The calendar year to assess, with its months
    #[arg(long, value_name = "YEAR")]
    pub year: Option<i16>,
    /// Moment of the assessment, RFC 3339 (default: now)
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Also write assessment.json and assessment.html into this folder
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `evidence`.
#[derive(Subcommand)]
pub enum EvidenceAction {
    /// Put a document into the register, for one slot
    Add(EvidenceAddArgs),
    /// List the slots and what fills them
    List(EvidenceArgs),
    /// Check the register against the slots: what is missing, expired, expiring, of another holder, used twice
    Check(EvidenceArgs),
}

/// `evidence list` and `evidence check`.
#[derive(Args, Clone)]
pub struct EvidenceArgs {
    /// Register of the documents, evidence.toml
    #[arg(long, env = "TOUCHSTONE_EVIDENCE", value_name = "FILE")]
    pub register: PathBuf,
    /// Suite file, or its folder (default: the only one under suites/)
    #[arg(long, env = "TOUCHSTONE_SUITE", value_name = "PATH")]
    pub suite: Option<PathBuf>,
    /// Day to look at the documents from, like 2026-11-24 (default: today)
    #[arg(long, value_name = "DAY")]
    pub on: Option<String>,
}

/// `evidence add`.
#[derive(Args)]
pub struct EvidenceAddArgs {
    /// Register and suite.
    #[command(flatten)]
    pub common: EvidenceArgs,
    /// Slot it fills: clause/aspect, like MW-07/copyright
    #[arg(long, value_name = "SLOT")]
    pub slot: String,
    /// Who issued it
    #[arg(long, value_name = "NAME")]
    pub issuer: String,
    /// Whom it was issued to
    #[arg(long, value_name = "NAME")]
    pub holder: String,
    /// What it covers: product, version, place
    #[arg(long, value_name = "TEXT")]
    pub scope: String,
    /// First day it is valid
    #[arg(long, value_name = "DAY")]
    pub from: String,
    /// Last day it is valid (default: without end)
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Name of the person who looked at it and vouches for it
    #[arg(long, value_name = "PERSON")]
    pub attested_by: Option<String>,
    /// Keep only its digest: it must not leave its owner
    #[arg(long)]
    pub confidential: bool,
    /// The document
    pub file: PathBuf,
}

/// `bundle`.
#[derive(Args)]
pub struct BundleArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Folder of the bundle; must not exist (default: the run's with .bundle)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Private Ed25519 key in PEM (touchstone key NAME)
    #[arg(long, env = "TOUCHSTONE_KEY", value_name = "FILE")]
    pub key: PathBuf,
    /// Private SM2 key in PEM (touchstone key NAME --sm2)
    #[arg(long, env = "TOUCHSTONE_SM2_KEY", value_name = "FILE")]
    pub sm2_key: PathBuf,
    /// Have it stamped by this time-stamping authority at once
    #[arg(long, value_name = "URL")]
    pub timestamp: Option<String>,
}

/// `timestamp`.
#[derive(Args)]
pub struct TimestampArgs {
    /// The bundle
    pub bundle: PathBuf,
    /// Ask this authority
    #[arg(long, value_name = "URL", conflicts_with_all = ["query", "response"])]
    pub url: Option<String>,
    /// Only write what to ask into this file, for a machine that reaches an authority
    #[arg(long, value_name = "FILE", conflicts_with = "response")]
    pub query: Option<PathBuf>,
    /// Take in what an authority answered
    #[arg(long, value_name = "FILE")]
    pub response: Option<PathBuf>,
    /// Stamp the SM3 digest instead of the SHA-256
    #[arg(long)]
    pub sm3: bool,
}

/// `verify`.
#[derive(Args)]
pub struct VerifyArgs {
    /// Folder of the run, or the bundle
    pub run: PathBuf,
    /// Public key in PEM whose signature a bundle must carry
    #[arg(long, value_name = "FILE")]
    pub key: Vec<PathBuf>,
    /// Journal's last hash as it was noted elsewhere (on the printed report, say): shows that nothing was cut off or made anew
    #[arg(long, value_name = "SHA256")]
    pub head: Option<String>,
}

/// `diff`.
#[derive(Args)]
pub struct DiffArgs {
    /// The earlier run or bundle
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// The later run or bundle
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// Targets of different names that belong together (where each run has one of a kind, they are found)
    #[arg(long, value_name = "BEFORE=AFTER")]
    pub pair: Vec<String>,
    /// Also write comparison.json and comparison.html into this folder
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Formats of a report.
#[derive(Clone, Copy, ValueEnum)]
pub enum FormatArg {
    /// For a terminal
    Terminal,
    /// Native JSON
    Json,
    /// JUnit XML
    Junit,
    /// HTML in one file
    Html,
    /// Common Test Report Format
    Ctrf,
    /// PDF/A-3b with report.json attached
    Pdf,
}

/// `history`.
#[derive(Subcommand)]
pub enum HistoryAction {
    /// Judge a history by what it says was promised: exit code 0 true, 1 false, 3 unknown, 5 no history
    Check(HistoryCheckArgs),
}

/// `history check`.
#[derive(Args)]
pub struct HistoryCheckArgs {
    /// History file (JSON lines, see harness/history/FORMAT.md)
    #[arg(value_name = "FILE")]
    pub history: PathBuf,
    /// Judge a list-append history by this isolation instead of the one promised
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub isolation: Option<IsolationArg>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Isolation levels, after Adya.
#[derive(Clone, Copy, ValueEnum)]
pub enum IsolationArg {
    /// PL-1
    ReadUncommitted,
    /// PL-2
    ReadCommitted,
    /// PL-SI
    SnapshotIsolation,
    /// PL-2.99
    RepeatableRead,
    /// PL-3
    Serializable,
    /// PL-SS
    StrictSerializable,
}

impl From<IsolationArg> for Isolation {
    fn from(level: IsolationArg) -> Isolation {
        match level {
            IsolationArg::ReadUncommitted => Isolation::ReadUncommitted,
            IsolationArg::ReadCommitted => Isolation::ReadCommitted,
            IsolationArg::SnapshotIsolation => Isolation::SnapshotIsolation,
            IsolationArg::RepeatableRead => Isolation::RepeatableRead,
            IsolationArg::Serializable => Isolation::Serializable,
            IsolationArg::StrictSerializable => Isolation::StrictSerializable,
        }
    }
}
