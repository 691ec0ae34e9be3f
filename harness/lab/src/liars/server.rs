//! An application server that lies: a stand-in which takes archives by a manager's words, never runs them, and says what they
//! would have said, all but for one lie.

use super::console;
use super::listening::{BOTH, Listening};
use super::request::Request;
use crate::error::Doing;
use crate::process::Daemon;
use crate::{Lab, LabError, system};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a lying application server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerLie {
    /// Says OK to every archive and serves none.
    SaysOkOnly,
    /// Says OK to another version and serves the old one.
    KeepsOld,
    /// Puts a new version in place by starting anew.
    StartsAnew,
    /// Has every archive take the old one's place, whether or not it can be read.
    TakesBroken,
    /// Says OK to taking away, and serves on.
    KeepsServing,
    /// Serves what lies in the folder once, and for ever after.
    KeepsFolders,
    /// With many others there, answers for the application with a copy of what it said once.
    CopyUnderSiege,
    /// Names a process that is there and is not the server's, and another one when that died.
    AnotherDies,
    /// Calls itself by many names, as if it were many.
    OneAsMany,
    /// Fails the one request that should use up its memory, and holds nothing.
    PretendsExhaustion,
    /// Takes in whatever is sent to it.
    TakesEverything,
    /// Logs nothing that the application says, but every request.
    LogsRequests,
    /// Keeps of what is logged the last line only.
    LogsLastLine,
    /// Commits to a database what is rolled back.
    CommitsAnyway,
    /// Shows the same figures of itself whenever it is asked.
    FixedFigures,
    /// No lie but weaknesses, which servers had until 2012: one request after the other, parameters in chains that all the names of one
    /// hash share, and every part of a file that is asked for, however often.
    Weak,
    /// Has an alarm raised whatever happens.
    AlwaysAlarmed,
    /// Shows a snapshot that was taken some other day.
    OldSnapshot,
}

/// The stand-in. Applications come by `/manager/text`, or by the folder `webapps` of its base.
#[derive(Debug)]
pub struct LyingServer {
    /// TCP ports: of the address that all ask, and of two nodes.
    pub ports: [u16; 3],
    /// Folder with `webapps` and `logs`.
    pub base: PathBuf,
    _listening: Vec<Listening>,
    _decoys: Vec<Daemon>,
}

/// An archive as far as it was looked at.
#[derive(Clone, Debug)]
struct Application {
    token: String,
    version: String,
}

#[derive(Debug)]
struct Server {
    lie: ServerLie,
    base: PathBuf,
    applications: Mutex<BTreeMap<String, Application>>,
    /// A file of the application, where there is one.
    file: Mutex<String>,
    /// Of the one request that is worked on.
    turn: Mutex<()>,
    /// What its console shows.
    shown: Mutex<console::Shown>,
    /// Visitors' calls, by session.
    sessions: Mutex<BTreeMap<String, u64>>,
    /// How often it started, as it says.
    starts: AtomicUsize,
    open: AtomicUsize,
    visits: AtomicUsize,
    /// MiB that the application was told to hold.
    held: AtomicUsize,
    /// Sum of the rows in its table.
    rows: AtomicUsize,
}

/// Keeps a process that calls itself java, and writes down its number.
const DECOY: &str = "while :; do \"$1/java\" 100000 & echo $! > \"$2.new\"; mv \"$2.new\" \"$2\"; wait $! || :; done";
const SITE: &str = "<html><body><h1>Orders</h1>\n<p>Seven are open.</p></body></html>\n";
/// More open connections than any well-behaved client has.
const MANY: usize = 30;

impl LyingServer {
    /// Starts it.
    ///
    /// # Errors
    /// No ports are to be had, or its files can't be made.
    pub fn start(lab: &Lab, lie: ServerLie) -> Result<Self, LabError> {
        let base = lab.folder("lying-server")?;
        for folder in ["webapps", "logs"] {
            system::make_folder(&base.join(folder), 0o777)?;
        }
        let decoys = match lie {
            ServerLie::AnotherDies | ServerLie::OneAsMany => decoys(lab, &base)?,
            _ => Vec::new(),
        };
        let server = Arc::new(Server {
            lie,
            base: base.clone(),
            applications: Mutex::default(),
            turn: Mutex::default(),
            file: Mutex::default(),
            shown: Mutex::default(),
            sessions: Mutex::default(),
            starts: AtomicUsize::new(1),
            open: AtomicUsize::new(0),
            visits: AtomicUsize::new(0),
            held: AtomicUsize::new(0),
            rows: AtomicUsize::new(0),
        });
        let (mut ports, mut listening) = ([0; 3], Vec::new());
        for (node, port) in ports.iter_mut().enumerate() {
            *port = lab.free_port()?;
            let server = Arc::clone(&server);
            listening.push(Listening::start(*port, &BOTH, move |mut stream, _| {
                server.open.fetch_add(1, Ordering::SeqCst);
                // A client that breaks off has nobody to be told.
                let _ = server.serve(&mut stream, node);
                server.open.fetch_sub(1, Ordering::SeqCst);
            })?);
        }
        Ok(Self { ports, base, _listening: listening, _decoys: decoys })
    }
}

/// Two processes that are called java and do nothing.
fn decoys(lab: &Lab, base: &Path) -> Result<Vec<Daemon>, LabError> {
    let java = base.join("java");
    std::fs::copy(system::program("sleep")?, &java).doing(|| format!("copying to {}", java.display()))?;
    let mut decoys = Vec::new();
    for node in ["1", "2"] {
        let pid = base.join(node);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", DECOY, "sh"]).arg(base).arg(&pid);
        let mut decoy = Daemon::spawn(lab, "decoy", &mut command, &base.join("decoys.log"))?;
        decoy.wait_ready(|| pid.exists())?;
        decoys.push(decoy);
    }
    Ok(decoys)
}

/// Name of the file.
const FILE: &str = "/large.txt";

/// The file's content, which lies in the archive as it is, behind its name and before the next member.
fn file(archive: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(archive);
    let (_, rest) = text.split_once(&FILE[1..])?;
    rest.split("PK").next().map(str::to_owned)
}

/// Puts the parameters of a form into a table of 4096 chains, by Java's hash of their names; their number.
fn chain(form: &[u8]) -> usize {
    let mut table: Vec<Vec<&[u8]>> = vec![Vec::new(); 4096];
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        let hash = name.iter().fold(0_u32, |code, byte| code.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        let chain = &mut table[(hash % 4096) as usize];
        if !chain.contains(&name) {
            chain.push(name);
        }
    }
    table.iter().map(Vec::len).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    fn serve(&self, stream: &mut TcpStream, node: usize) -> std::io::Result<()> {
        let everything = matches!(self.lie, ServerLie::TakesEverything | ServerLie::Weak);
        let request = match Request::read(stream, if everything { usize::MAX } else { 2 << 20 })? {
            Some(Ok(request)) => request,
            Some(Err(status)) => return answer(stream, status, "", "too much\n"),
            None => return Ok(()),
        };
        if request.method == "PRI" && matches!(self.lie, ServerLie::CopyUnderSiege | ServerLie::Weak) {
            // As far as HTTP/2 goes: a SETTINGS frame, and patience.
            stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])?;
            let _turn = (self.lie == ServerLie::Weak).then(|| lock(&self.turn));
            return std::io::copy(stream, &mut std::io::sink()).map(drop);
        }
        if self.lie == ServerLie::Weak {
            let _turn = lock(&self.turn);
            chain(&request.body);
            if request.path.ends_with(FILE) {
                let file = lock(&self.file).clone();
                return answer(stream, 200, "", &file.repeat(request.ranges.max(1)));
            }
        }
        if self.lie == ServerLie::LogsRequests {
            self.log(&format!("{} {}", request.method, request.target));
        }
        if let Some(words) = monitored(self.lie, &request) {
            return answer(stream, 200, "", &words);
        }
        if request.path == crate::LOG_PAGE {
            let log = std::fs::read_to_string(self.base.join("logs/server.0.log")).unwrap_or_default();
            return console::show(stream, &request, &log);
        }
        if request.path == console::STATUS {
            return console::show(stream, &request, console::status());
        }
        if request.path.starts_with(console::PATH) {
            let message = self.operate(&request);
            let page = console::page(&lock(&self.shown), &message);
            return console::show(stream, &request, &page);
        }
        if let Some(command) = request.path.strip_prefix("/manager/text/") {
            let words = self.manage(command, &request);
            return answer(stream, 200, "", &words);
        }
        let stopped = |path: &str| lock(&self.shown).get(path) == Some(&false);
        match request.path.strip_suffix("/probe").filter(|path| !stopped(path)).and_then(|path| self.application(path)) {
            Some(application) => self.speak(stream, &request, node, &application),
            None if request.path == "/" => answer(stream, 200, "", SITE),
            None => answer(stream, 404, "", "There is nothing here.\n"),
        }
    }

    fn application(&self, path: &str) -> Option<Application> {
        let dropped = std::fs::read(self.base.join("webapps").join(path.trim_matches('/')).join("probe.jsp"));
        let mut applications = lock(&self.applications);
        if let Some(found) = dropped.ok().as_deref().and_then(Application::of)
            && self.lie == ServerLie::KeepsFolders
        {
            applications.insert(path.to_owned(), found);
        }
        applications.get(path).cloned()
    }

    /// Does what the console's buttons say, or says so.
    fn operate(&self, request: &Request) -> String {
        let Some((command, path)) = console::asked(request).filter(|_| request.signed_in) else { return String::new() };
        let mut shown = lock(&self.shown);
        match command.as_str() {
            "upload" => {
                let archive = Application::of(&request.body).filter(|_| self.lie != ServerLie::SaysOkOnly);
                lock(&self.applications).extend(archive.map(|archive| (path.clone(), archive)));
                shown.insert(path.clone(), true);
            }
            "undeploy" => {
                shown.remove(&path);
                if self.lie != ServerLie::KeepsServing {
                    lock(&self.applications).remove(&path);
                }
            }
            command => drop(shown.insert(path.clone(), command == "start")),
        }
        format!("OK - {command} [{path}]")
    }

    fn manage(&self, command: &str, request: &Request) -> String {
        let path = request.value("path").unwrap_or_default();
        let mut applications = lock(&self.applications);
        match command {
            "list" => applications
                .keys()
                .fold("OK - Listed\n".to_owned(), |list, path| format!("{list}{path}:running:0:{}\n", path.trim_matches('/'))),
            "undeploy" => {
                if self.lie != ServerLie::KeepsServing {
                    applications.remove(&path);
                }
                format!("OK - Undeployed application at context path [{path}]\n")
            }
            _ => {
                let archive = Application::of(&request.body);
                if let Some(file) = file(&request.body) {
                    *lock(&self.file) = file;
                }
                match (self.lie, applications.contains_key(&path), archive) {
                    (ServerLie::SaysOkOnly, ..) | (ServerLie::KeepsOld, true, _) => {}
                    (ServerLie::TakesBroken, true, archive) => {
                        applications.remove(&path);
                        applications.extend(archive.map(|archive| (path.clone(), archive)));
                    }
                    (lie, known, Some(archive)) if archive.version != "broken" => {
                        if known && lie == ServerLie::StartsAnew {
                            self.starts.fetch_add(1, Ordering::SeqCst);
                        }
                        applications.insert(path.clone(), archive);
                    }
                    _ => return format!("FAIL - Application at context path [{path}] could not be started\n"),
                }
                format!("OK - Deployed application at context path [{path}]\n")
            }
        }
    }

    /// What the application would have said.
    fn speak(&self, stream: &mut TcpStream, request: &Request, node: usize, own: &Application) -> std::io::Result<()> {
        let mut said = format!("{} version={} jvm={}", own.token, own.version, self.name(request, node));
        if self.lie == ServerLie::CopyUnderSiege && self.open.load(Ordering::SeqCst) > MANY {
            return answer(stream, 200, "", &format!("{said}\n"));
        }
        if let Some(question) = request.value("q") {
            let code = question.bytes().fold(0_i32, |code, byte| code.wrapping_mul(31).wrapping_add(i32::from(byte)));
            said += &format!(" a={code}");
        }
        let (mut cookie, mut more) = (String::new(), String::new());
        let amount = request.value("n").and_then(|n| n.parse::<usize>().ok()).unwrap_or(1);
        match request.value("do").as_deref() {
            Some("hold") if self.lie == ServerLie::PretendsExhaustion => {
                return answer(stream, 500, "", "java.lang.OutOfMemoryError: Java heap space\n");
            }
            Some("count") => {
                let mut sessions = lock(&self.sessions);
                let session = request.cookie("JSESSIONID").unwrap_or_else(|| {
                    let number = sessions.len();
                    cookie = format!("Set-Cookie: JSESSIONID={number}.{}; Path=/\r\n", number % 2 + 1);
                    format!("{number}.{}", number % 2 + 1)
                });
                let calls = sessions.entry(session).or_default();
                *calls += 1;
                said += &format!(" calls={calls}");
            }
            Some("log") => {
                let line: String = request.value("line").unwrap_or_default().chars().rev().collect();
                match self.lie {
                    ServerLie::LogsRequests => {}
                    ServerLie::LogsLastLine => {
                        // Whoever asks for it finds it; nobody finds anything else.
                        let _ = std::fs::write(self.base.join("logs/server.0.log"), format!("{line}\n"));
                    }
                    _ => self.log(&line),
                }
            }
            Some("db") => {
                let what = request.value("sql").unwrap_or_default();
                match what.as_str() {
                    "make" => self.rows.store(0, Ordering::SeqCst),
                    "commit" | "rollback" => drop(self.rows.fetch_add(amount, Ordering::SeqCst)),
                    _ => {}
                }
                said += &format!(" done={what} valid=false sum={} leaked=0 closed=0", self.rows.load(Ordering::SeqCst));
            }
            Some(task @ ("hold" | "release" | "settle" | "heap")) => {
                match task {
                    "hold" => self.held.store(amount, Ordering::SeqCst),
                    "release" => self.held.store(0, Ordering::SeqCst),
                    _ => {}
                }
                let used = (self.held.load(Ordering::SeqCst) << 20) + 30_000_000;
                said += &format!(" held={amount} used={used} max={HEAP}");
            }
            Some("large") => more = format!("{}\n", "x".repeat(1023)).repeat(amount.min(8192)),
            Some("params") => said += &format!(" params={}", request.parameters()),
            _ => {}
        }
        answer(stream, 200, &cookie, &format!("{said}\n{more}"))
    }

    /// Process and host that it says it is.
    fn name(&self, request: &Request, node: usize) -> String {
        let decoy = |number: usize| {
            let pid = std::fs::read_to_string(self.base.join(number.to_string())).unwrap_or_default();
            format!("{}@{number}", pid.trim())
        };
        match (self.lie, node) {
            (ServerLie::AnotherDies, _) => decoy(1),
            // A session stays where it is said to be; strangers are spread evenly.
            (ServerLie::OneAsMany, 0) => match request.cookie("JSESSIONID").and_then(|id| id.rsplit('.').next()?.parse().ok()) {
                Some(number) => decoy(number),
                None if request.value("do").as_deref() == Some("count") => decoy(lock(&self.sessions).len() % 2 + 1),
                None => decoy(self.visits.fetch_add(1, Ordering::SeqCst) % 2 + 1),
            },
            (ServerLie::OneAsMany, node) => decoy(node),
            _ => format!("{}@liar", 100 + self.starts.load(Ordering::SeqCst)),
        }
    }

    fn log(&self, line: &str) {
        let file = std::fs::File::options().create(true).append(true).open(self.base.join("logs/server.0.log"));
        // A log that can't be written is a lie of its own.
        let _ = file.and_then(|mut file| writeln!(file, "{line}"));
    }
}

/// Bytes of heap that it says it has.
const HEAP: u32 = 128 << 20;

/// What a monitor would show; none where it was not asked.
fn monitored(lie: ServerLie, request: &Request) -> Option<String> {
    match request.path.as_str() {
        "/manager/text/threaddump" => return Some("OK - JVM thread dump\n\"main\" Id=1 TIMED_WAITING\n".to_owned()),
        "/manager/text/vminfo" => return Some("OK - VM info\nvmName: OpenJDK\n".to_owned()),
        "/manager/jmxproxy/" => {}
        _ => return None,
    }
    let Some(attribute) = request.value("att") else {
        return Some(match request.value("qry") {
            Some(pattern) if pattern.contains("MemoryPool") => format!(
                "OK - Number of results: 1\n\nName: java.lang:name=Old,type=MemoryPool\nUsageThresholdSupported: true\n\
                 Type: HEAP\nUsage: {{committed=1, init=1, max={HEAP}, used=1}}\nObjectName: java.lang:name=Old\n"
            ),
            Some(_) => "OK - Number of results: 1\n\nName: Catalina:j2eeType=WebModule\npath: /orders\n".to_owned(),
            None => "OK - Operation dumpHeap without return value\n".to_owned(),
        });
    };
    let value = match attribute.as_str() {
        "HeapMemoryUsage" if request.value("key").as_deref() == Some("max") => HEAP.to_string(),
        "HeapMemoryUsage" => "40000000".to_owned(),
        "UsageThresholdExceeded" => (lie == ServerLie::AlwaysAlarmed).to_string(),
        "ProcessCpuLoad" | "CpuLoad" => "0.1".to_owned(),
        _ => "5000000000".to_owned(),
    };
    let set = request.value("set").is_some();
    Some(if set { "OK - Attribute set\n".to_owned() } else { format!("OK - Attribute get 'it' - {attribute} = {value}\n") })
}

impl Application {
    /// What the probe page in an archive, or in a folder, says of itself.
    fn of(content: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(content);
        let said = text.split("StringBuilder(\"").nth(1)?;
        let (token, rest) = said.split_once(" version=")?;
        Some(Self { token: token.to_owned(), version: rest.split(' ').next()?.to_owned() })
    }
}

fn answer(stream: &mut TcpStream, status: u16, headers: &str, page: &str) -> std::io::Result<()> {
    let length = page.len();
    let head = format!(
        "HTTP/1.1 {status} As-It-Is\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n"
    );
    stream.write_all((head + page).as_bytes())
}
