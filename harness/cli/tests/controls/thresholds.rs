//! What is set on a server is put back, also when the harness was killed meanwhile and only taken up again afterwards.

use crate::{Judge, root};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TARGET: &str = "tomcat-cpu-alarm-stand-in";
const CHECK: &str = "middleware/threshold-alarms";
const PATIENCE: Duration = Duration::from_secs(90);

pub fn try_on(judge: &Judge) -> Result<(), String> {
    let console = Console::of(judge)?;
    if console.threshold()? != 0 {
        return Err("there is a threshold before anything was done".to_owned());
    }
    let out = judge.out.path().join("thresholds");
    let touchstone = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_touchstone"));
        command.env("TOUCHSTONE_ALLOW_UNSIGNED", "1").stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut command = touchstone();
    command.args(["run", "--lang", "en", "--allow", "disrupt", "--check", CHECK, "--target", TARGET, "--suite"]);
    command.arg(root().join("suites/gov-paas")).arg("--inventory").arg(&judge.inventory).arg("--out").arg(&out);
    let mut run = command.spawn().map_err(|e| e.to_string())?;
    let begun = Instant::now();
    let set = loop {
        let set = console.threshold()?;
        if set != 0 || begun.elapsed() > PATIENCE {
            break set;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    run.kill().and_then(|()| run.wait()).map_err(|e| e.to_string())?;
    if set == 0 || console.threshold()? == 0 {
        return Err(format!("the harness was killed while no threshold was set ({set})"));
    }
    touchstone().arg("resume").arg(&out).status().map_err(|e| e.to_string())?;
    match console.threshold()? {
        0 => Ok(()),
        left => Err(format!("a threshold of {left} bytes was left")),
    }
}

/// The server's own console, asked without the harness.
struct Console {
    /// Of the figure.
    url: String,
    /// Words for curl, on its standard input: no password on a command line.
    secret: String,
}

impl Console {
    fn of(judge: &Judge) -> Result<Self, String> {
        let text = std::fs::read_to_string(&judge.inventory).map_err(|e| e.to_string())?;
        let target =
            text.split("[[target]]").find(|part| part.contains(&format!("name = \"{TARGET}\""))).ok_or("no such target")?;
        let value = |name: &str| target.split(name).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        let (console, file) =
            (value("\"console\" = \"").ok_or("no console")?, value("password = { file = \"").ok_or("no password")?);
        let password = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
        let server = console.split("/manager").next().unwrap_or_default();
        let bean = "java.lang:name=Tenured%20Gen,type=MemoryPool";
        let url = format!("{server}/manager/jmxproxy/?get={bean}&att=UsageThreshold");
        Ok(Self { url, secret: format!("user = \"admin:{}\"\n", password.trim()) })
    }

    /// Bytes; 0 for none.
    fn threshold(&self) -> Result<u64, String> {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-m", "10", "-K", "-", &self.url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut curl = curl.spawn().map_err(|e| e.to_string())?;
        if let Some(mut input) = curl.stdin.take() {
            input.write_all(self.secret.as_bytes()).map_err(|e| e.to_string())?;
        }
        let said = curl.wait_with_output().map_err(|e| e.to_string())?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        said.rsplit(" = ").next().and_then(|value| value.trim().parse().ok()).ok_or(said)
    }
}
