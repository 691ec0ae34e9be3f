//! Network protocols: one real exchange each between two hosts, which are network namespaces on the target.

pub mod application;
pub mod basic;
pub mod services;

use crate::common::pair::{Count, Pair};
use crate::common::peer::background;
use touchstone_sdk::prelude::*;

/// Two hosts and a folder that servers without rights may enter too.
pub struct Bench<'a> {
    pub cx: &'a Context,
    pub sh: &'a Shell,
    pub pair: Pair<'a>,
    pub scratch: String,
}

impl<'a> Bench<'a> {
    pub fn build(cx: &'a Context, sh: &'a Shell) -> Result<Self, Stop> {
        let pair = Pair::build(cx, sh)?;
        if sh.finds(&["ping"])?.is_some() && !pair.near_pings(&pair.far_v4)? {
            return inconclusive(say("两台主机之间不通", "the two hosts do not reach each other"));
        }
        let scratch = sh.scratch()?;
        sh.run(["chmod", "711", &scratch])?.success()?;
        Ok(Self { cx, sh, pair, scratch })
    }

    /// Starts a server on the far host, with its words in `server.log`.
    pub fn serve(&self, words: &[&str]) -> Result<(), Stop> {
        let mut argv = self.pair.far();
        argv.extend(words.iter().map(|word| (*word).to_owned()));
        background(self.sh, &argv, &format!("{}/server.log", self.scratch))
    }

    /// Runs a client on the near host until what it says is as wanted, ten seconds at most: the server may need a moment.
    pub fn ask_until(&self, words: &[&str], wanted: impl Fn(&Output) -> bool) -> Result<Output, Stop> {
        let mut tries = 0;
        loop {
            let output = self.ask(words)?;
            tries += 1;
            if wanted(&output) || tries >= 20 {
                return Ok(output);
            }
            self.cx.sleep_ms(400);
        }
    }

    /// Runs a client on the near host.
    pub fn ask(&self, words: &[&str]) -> Result<Output, Stop> {
        let mut argv = self.pair.near();
        argv.extend(words.iter().map(|word| (*word).to_owned()));
        self.sh.command(argv).elevated().timeout_s(30).run()
    }

    /// A file in the scratch folder that everybody may read.
    pub fn file(&self, name: &str, content: &str) -> Result<String, Stop> {
        self.sh.write(name, content.as_bytes())?;
        let path = format!("{}/{name}", self.scratch);
        self.sh
            .root(["chmod", "-R", "a+rX", &format!("{}/{}", self.scratch, name.split('/').next().unwrap_or(name))])?
            .success()?;
        Ok(path)
    }

    /// What the server said, for `actual`.
    pub fn server_said(&self) -> Result<String, Stop> {
        Ok(crate::common::short(&self.sh.root(["tail", "-n", "4", &format!("{}/server.log", self.scratch)])?.text()))
    }

    /// Decides the first expectation of an exchange between programs that the target has. That they did not come together under
    /// settings of this check's is no contradiction yet: it may be these settings. That they say they did, where the kernel
    /// counted none of it, is not believed.
    pub fn exchanged(
        &self,
        expectation: &str,
        right: bool,
        expected: &str,
        seen: &str,
        client: &Output,
        count: Count,
    ) -> Result<bool, Stop> {
        if right && self.pair.count(count)? > 0 {
            return self.cx.expect(expectation).met(expected, seen);
        }
        if right {
            let why = say(
                format!("两个程序声称完成了交换（{seen}），但内核没有记下任何收发"),
                format!("the programs say that they came together ({seen}), but the kernel counted nothing of it"),
            );
            self.cx.expect(expectation).unevaluated(why, expected)?;
            return Ok(false);
        }
        let server = self.server_said()?;
        let client = client.said();
        let why = say(
            format!("两个程序未能完成交换（客户端：{client}；服务端：{server}）"),
            format!("the two programs did not come together (client: {client}; server: {server})"),
        );
        self.cx.expect(expectation).unevaluated(why, expected)?;
        Ok(false)
    }
}

/// The first of the programs there is; without any, the expectation is unmet: a program that speaks the protocol is what the
/// clause asks for.
pub fn speaker(cx: &Context, sh: &Shell, expectation: &str, programs: &[&str]) -> Result<Option<String>, Stop> {
    let found = sh.finds(programs)?;
    if found.is_none() {
        cx.expect(expectation).unmet("a program that speaks it", format!("none of {}", programs.join(", ")))?;
    }
    Ok(found)
}

/// A check of one protocol.
macro_rules! protocol {
    ($module:ident, $id:literal, $zh:literal, $en:literal, $question_zh:literal, $question_en:literal,
     $([$expectation:literal, $expectation_zh:literal, $expectation_en:literal]),+; $run:expr) => {
        pub mod $module {
            use touchstone_sdk::prelude::*;
            pub const CHECK: Check = check($id)
                .title($zh, $en)
                .question(
                    concat!("在目标上用两个网络命名空间作为两台主机，", $question_zh),
                    concat!("Two network namespaces on the target are two hosts. ", $question_en),
                )
                .effect(
                    "新建两个网络命名空间、一对虚拟网卡和临时进程，结束后全部清除；不触及现有接口与服务。",
                    "Makes two network namespaces, a virtual link and scratch processes, all removed; existing interfaces and services are untouched.",
                )
                .on("host")
                .needs(&[Need::Shell])
                .impact(Impact::Scratch)
                .limit_s(120)
                .param("network", "198.18", "临时网络的前 16 位", "first 16 bits of the scratch network")
                $(.expect($expectation, $expectation_zh, $expectation_en))+
                .run($run);
        }
    };
}
use protocol;
