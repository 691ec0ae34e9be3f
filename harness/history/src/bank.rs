//! The bank: transfers between accounts leave the sum as it is, at every moment that a transaction sees.

use crate::format::{BankAct, History, Outcome, line};
use crate::verdict::{Finding, Report, WITNESSES};
use std::collections::BTreeMap;
use touchstone_model::text::Text;

/// Judges a bank that began with these balances.
pub fn check(accounts: &BTreeMap<u64, i64>, overdraft: bool, history: &History<BankAct>) -> Report {
    let mut report = Report::default();
    if !history.complete {
        report.doubt("历史记录没有结束行，可能不完整", "the history has no closing line, so some of it may be missing");
    }
    let total: i128 = accounts.values().map(|balance| i128::from(*balance)).sum();
    let (mut reads, mut transfers, mut failed, mut indeterminate) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut sums, mut negatives, mut strange) = (Found::default(), Found::default(), Found::default());
    for (index, operation) in history.operations.iter().enumerate() {
        let at = line(index);
        match (&operation.act, operation.outcome) {
            (BankAct::Transfer(..), Outcome::Ok) => transfers += 1,
            (BankAct::Transfer(..), Outcome::Fail) => failed += 1,
            (BankAct::Transfer(..), Outcome::Info) => indeterminate += 1,
            (BankAct::Read(seen), Outcome::Ok) => {
                reads += 1;
                if !seen.keys().eq(accounts.keys()) {
                    strange.add(|| {
                        Text::new(
                            format!("第 {at} 行的读取见到 {} 个账户，应为 {} 个", seen.len(), accounts.len()),
                            format!("the read in line {at} saw {} accounts, of which there are {}", seen.len(), accounts.len()),
                        )
                    });
                    continue;
                }
                let sum: i128 = seen.values().map(|balance| i128::from(*balance)).sum();
                if sum != total {
                    sums.add(|| {
                        Text::new(
                            format!("第 {at} 行的读取：总额 {sum}，应为 {total}"),
                            format!("the read in line {at} sums up to {sum} instead of {total}"),
                        )
                    });
                }
                if let Some((account, balance)) = seen.iter().find(|(_, balance)| !overdraft && **balance < 0) {
                    negatives.add(|| {
                        Text::new(
                            format!("第 {at} 行的读取：账户 {account} 余额为 {balance}"),
                            format!("in the read in line {at}, account {account} holds {balance}"),
                        )
                    });
                }
            }
            (BankAct::Read(_), _) => {}
        }
    }
    let unbooked = unbooked(accounts, history);
    if reads == 0 {
        report.doubt("没有成功的读取", "no read was answered");
    }
    if transfers == 0 {
        report.doubt("没有得到确认的转账", "no transfer was acknowledged");
    }
    report.find(sums.finding(
        "wrong-total",
        "读到的总额不等于初始总额",
        "a read saw another sum than there was at the beginning",
    ));
    report.find(negatives.finding("negative-balance", "账户余额为负", "an account is overdrawn"));
    report.find(strange.finding("wrong-accounts", "读到的账户与初始账户不符", "a read saw other accounts than there were"));
    report.find(unbooked.finding(
        "lost-transfer",
        "最后余额与全部已确认转账不符",
        "the last balances are not those that the acknowledged transfers lead to",
    ));
    report.figure("operations", history.operations.len());
    report.figure("reads", reads);
    report.figure("transfers", transfers);
    report.figure("failed", failed);
    report.figure("indeterminate", indeterminate);
    report.conclude()
}

/// Compares the balances after the last transfer with what was acknowledged, where no answer is missing.
fn unbooked(accounts: &BTreeMap<u64, i64>, history: &History<BankAct>) -> Found {
    let mut found = Found::default();
    let mut expected: BTreeMap<u64, i128> = accounts.iter().map(|(account, balance)| (*account, i128::from(*balance))).collect();
    let mut last = 0;
    for operation in &history.operations {
        let BankAct::Transfer(from, to, amount) = operation.act else { continue };
        match operation.outcome {
            Outcome::Info => return found,
            Outcome::Fail => {}
            Outcome::Ok => {
                *expected.entry(from).or_default() -= i128::from(amount);
                *expected.entry(to).or_default() += i128::from(amount);
            }
        }
        last = last.max(operation.end);
    }
    for (index, operation) in history.operations.iter().enumerate() {
        let BankAct::Read(seen) = &operation.act else { continue };
        if operation.outcome != Outcome::Ok || operation.start <= last || !history.complete {
            continue;
        }
        let differs = expected.iter().find(|(account, due)| seen.get(account).is_none_or(|held| i128::from(*held) != **due));
        if let Some((account, due)) = differs {
            let (at, held) = (line(index), seen.get(account).copied().unwrap_or_default());
            found.add(|| {
                Text::new(
                    format!("第 {at} 行的读取：账户 {account} 余额 {held}，应为 {due}"),
                    format!("in the read in line {at}, account {account} holds {held} instead of {due}"),
                )
            });
        }
    }
    found
}

/// Anomalies of one kind, the first few in words.
#[derive(Default)]
pub(crate) struct Found {
    count: u64,
    witnesses: Vec<Vec<Text>>,
}

impl Found {
    pub(crate) fn add(&mut self, witness: impl FnOnce() -> Text) {
        self.add_lines(|| vec![witness()]);
    }

    pub(crate) fn add_lines(&mut self, witness: impl FnOnce() -> Vec<Text>) {
        self.count += 1;
        if self.witnesses.len() < WITNESSES {
            self.witnesses.push(witness());
        }
    }

    pub(crate) fn finding(self, anomaly: &str, zh: &str, en: &str) -> Finding {
        self.finding_if(true, anomaly, zh, en)
    }

    pub(crate) fn finding_if(self, forbidden: bool, anomaly: &str, zh: &str, en: &str) -> Finding {
        let (count, witnesses) = (self.count, self.witnesses);
        Finding { anomaly: anomaly.to_owned(), meaning: Text::new(zh, en), count, forbidden, witnesses }
    }
}
