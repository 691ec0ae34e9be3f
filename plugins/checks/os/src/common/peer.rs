//! One side of an exchange over sockets, played by whatever interpreter the target has.

use touchstone_sdk::prelude::*;

/// The script on the target, and what runs it.
pub struct Peer<'a> {
    sh: &'a Shell,
    argv: [String; 2],
    scratch: String,
}

impl<'a> Peer<'a> {
    /// Puts the script in the scratch folder.
    pub fn find(sh: &'a Shell) -> Result<Self, Stop> {
        let interpreter = sh.helper(&["python3", "perl", "/usr/libexec/platform-python"])?;
        let (name, text) = if interpreter.ends_with("perl") {
            ("peer.pl", include_str!("peer.pl"))
        } else {
            ("peer.py", include_str!("peer.py"))
        };
        let scratch = sh.scratch()?;
        sh.write(name, text.as_bytes())?;
        Ok(Self { sh, argv: [interpreter, format!("{scratch}/{name}")], scratch })
    }

    /// A server that answers each line with its word and the line backwards; what it said if it does not come up.
    pub fn serve(
        &self,
        cx: &Context,
        host: &[String],
        kind: &str,
        address: &str,
        port: u16,
        word: &str,
    ) -> Result<Result<(), String>, Stop> {
        let log = format!("{}/serve-{kind}-{word}-{port}", self.scratch);
        let mut argv = host.to_vec();
        argv.extend(self.argv.clone());
        argv.extend(["serve", kind, address, &port.to_string(), word].map(str::to_owned));
        background(self.sh, &argv, &log)?;
        let mut said = String::new();
        for _ in 0..100 {
            said = self.sh.root(["cat", &log])?.text();
            if said.starts_with("ready") {
                return Ok(Ok(()));
            }
            if !said.is_empty() {
                break;
            }
            cx.sleep_ms(50);
        }
        Ok(Err(said))
    }

    /// Sends a line over so many connections, one after the other; the answers.
    pub fn ask(&self, host: &[String], kind: &str, address: &str, port: u16, line: &str, times: u32) -> Result<Output, Stop> {
        let mut argv = host.to_vec();
        argv.extend(self.argv.clone());
        argv.extend(["ask", kind, address, &port.to_string(), line, &times.to_string()].map(str::to_owned));
        self.sh.command(argv).elevated().timeout_s(60).run()
    }

    /// Any other role, to its end.
    pub fn play(&self, host: &[String], words: &[&str]) -> Result<Output, Stop> {
        self.sh.command(self.words(host, words)).elevated().timeout_s(60).run()
    }

    /// Any other role, in the background, its words in a log.
    pub fn play_on(&self, host: &[String], words: &[&str], log: &str) -> Result<(), Stop> {
        background(self.sh, &self.words(host, words), log)
    }

    fn words(&self, host: &[String], words: &[&str]) -> Vec<String> {
        let mut argv = host.to_vec();
        argv.extend(self.argv.clone());
        argv.extend(words.iter().map(|word| (*word).to_owned()));
        argv
    }
}

/// What the answer to a line is, from a server of that word.
pub fn answer(word: &str, line: &str) -> String {
    format!("{word} {}", line.chars().rev().collect::<String>())
}

/// Starts a command that stays; it ends with the check.
pub fn background(sh: &Shell, argv: &[String], log: &str) -> Result<(), Stop> {
    let script = "log=$1; shift; \"$@\" >\"$log\" 2>&1 </dev/null &";
    let words = ["sh", "-c", script, "sh", log].map(str::to_owned);
    sh.root(words.iter().chain(argv))?.success()?;
    Ok(())
}
