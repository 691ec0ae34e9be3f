//! `touchstone run`

use crate::args::RunArgs;
use crate::bundle::{self, Origin};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;
use crate::screen;
use crate::setup::{self, Setup};
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use touchstone_model::event::Event;
use touchstone_model::plan::{LeftOutReason, Plan};
use touchstone_model::text::{Lang, Text};
use touchstone_runner::execute::{Due, Executor, Targets, marker};
use touchstone_runner::input::LoadedWaivers;
use touchstone_runner::journal::{Journal, JournalError, JournalThread};

/// Plans, runs, writes the documents, tells the summary.
pub async fn run(args: &RunArgs, lang: Lang) -> Result<Exit, Failure> {
    let setup = setup::setup(&args.select.suite).await?;
    let inventory = setup::inventory(args.select.inventory.as_deref())?;
    let plan = setup.plan(&args.select, &inventory)?;
    // Documents alone are worth a report, too.
    let inspected = plan.inspections.iter().any(|i| plan.selected.contains(&i.slot.aspect.clause));
    if plan.items.is_empty() && !inspected {
        return nothing(&plan, lang);
    }
    screen::learn(&inventory, lang);
    let folder = bundle::create(args.out.as_deref())?;
    let absolute = |path: &Path| std::path::absolute(path).map_err(Failure::broken);
    let origin = Origin {
        suite: absolute(&setup::suite_file(args.select.suite.suite.as_deref())?)?,
        plugins: args.select.suite.plugins.as_deref().map(absolute).transpose()?,
        inventory: args.select.inventory.as_deref().map(absolute).transpose()?,
        marker: marker(),
    };
    origin.write(&folder)?;
    let (journal, thread) = Journal::create(&folder, progress::follow(&plan, lang)).map_err(Failure::broken)?;
    let inputs = bundle::keep_inputs(&folder, &setup)?;
    let started = Event::RunStarted {
        run: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        suite_sha256: setup.suite.sha256.clone(),
        inputs,
        plan: Box::new(plan.clone()),
    };
    journal.durable(started).await.map_err(|error| unwritable(error, &folder))?;
    if let Some(LoadedWaivers { waivers, sha256, .. }) = &setup.waivers {
        let laid = Event::WaiversLaid { sha256: sha256.clone(), waivers: waivers.clone(), copy: None };
        journal.durable(laid).await.map_err(|error| unwritable(error, &folder))?;
    }
    let targets = Targets::new(&inventory, screen::redactor());
    let due = plan.items.iter().map(Due::first).collect();
    execute(&setup, targets, journal, thread, &plan, due, origin.marker).await.map_err(|error| unwritable(error, &folder))?;
    conclude(&folder, lang)
}

/// A selection that holds no check that could run is told apart from everything else.
fn nothing(plan: &Plan, lang: Lang) -> Result<Exit, Failure> {
    let reasons = plan.left_out.iter().filter(|l| l.reason != LeftOutReason::Filtered);
    for left in reasons {
        eprintln!("{}: {}", left.check, left.reason.words().get(lang));
    }
    eprintln!("{}", lang.pick("没有可运行的检查", "no check to run"));
    Ok(Exit::NothingSelected)
}

/// Runs what is due until its end or Ctrl-C.
pub async fn execute(
    setup: &Setup,
    targets: impl Into<Arc<Targets>>,
    journal: Journal,
    thread: JournalThread,
    plan: &Plan,
    due: Vec<Due<'_>>,
    marker: String,
) -> Result<(), JournalError> {
    let (stop, stopped) = watch::channel(false);
    let listening = tokio::spawn(async move {
        // A job that is cancelled (TERM) must leave as little behind as one that a person stops.
        let mut terminate = signal(SignalKind::terminate());
        let terminated = async {
            match &mut terminate {
                Ok(terminate) => drop(terminate.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => if pressed.is_err() { std::future::pending::<()>().await },
            () = terminated => {}
        }
        let _ = stop.send(true);
        // A second Ctrl-C must not kill what is being undone.
        std::future::pending::<()>().await;
    });
    let executor = Executor {
        host: setup.host.clone(),
        components: setup.components.clone(),
        dialects: Arc::new(setup.suite.dialects.clone()),
        targets: targets.into(),
        journal,
        stop: stopped,
        marker,
    };
    let result = executor.run(plan, due).await;
    listening.abort();
    drop(executor);
    thread.join();
    result.map(drop)
}

/// A run whose journal cannot be written any more (a full disk) has ended, but nothing of it is lost.
pub fn unwritable(error: JournalError, folder: &Path) -> Failure {
    let folder = folder.display();
    Failure::Said(
        Exit::Broken,
        Text::new(
            format!("运行已停止：{error}。已写入的结果均已保留；排除故障（例如腾出磁盘空间）后接续：touchstone resume {folder}"),
            format!(
                "the run has stopped: {error}. What was written is kept: once the cause is gone (make room on the disk), go on \
                 with: touchstone resume {folder}"
            ),
        ),
    )
}

/// Documents, summary, exit code.
pub fn conclude(folder: &Path, lang: Lang) -> Result<Exit, Failure> {
    let (_, run) = bundle::load(folder)?;
    let html = bundle::write_documents(folder, &run, lang)?;
    print!("{}", crate::terminal::summary(&run, lang));
    println!("{}: {}", lang.pick("报告", "report"), html.display());
    if run.interrupted {
        let folder = folder.display();
        eprintln!("{}: touchstone resume {folder}", lang.pick("运行被中断，可接续", "interrupted; to go on"));
        return Ok(Exit::Interrupted);
    }
    Ok(run.conclusion.into())
}
