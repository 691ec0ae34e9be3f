//! What clients did, by workload. Names and values are whole numbers: short to store and quick to compare.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the clients did, and what they were promised: the promise is what gets judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Workload {
    /// Every acknowledged write must be there afterwards, and nothing else.
    #[serde(rename_all = "kebab-case")]
    Ledger {},
    /// Transactions that append to lists and read them.
    #[serde(rename_all = "kebab-case")]
    ListAppend {
        /// Isolation that was promised.
        isolation: Isolation,
    },
    /// Transfers between accounts, whose sum stays the same.
    #[serde(rename_all = "kebab-case")]
    Bank {
        /// Balance of each account at the beginning.
        accounts: BTreeMap<u64, i64>,
        /// Whether an account may be overdrawn.
        #[serde(default)]
        overdraft: bool,
    },
    /// Clients that write and read through one endpoint, whatever is behind it. A process is a session.
    #[serde(rename_all = "kebab-case")]
    Session {
        /// Read-your-writes was promised.
        read_your_writes: bool,
        /// Monotonic reads were promised.
        monotonic_reads: bool,
        /// Longest staleness that was promised, in milliseconds; absent: none was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_staleness_ms: Option<u64>,
        /// That all readers see independent writes in the same order was promised.
        same_order: bool,
    },
    /// Writes sent to every node by itself: who takes them?
    #[serde(rename_all = "kebab-case")]
    Primary {},
}

/// Isolation levels, after Adya's definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// PL-1.
    ReadUncommitted,
    /// PL-2.
    ReadCommitted,
    /// PL-SI.
    SnapshotIsolation,
    /// PL-2.99; without predicates it rules out the same as serializable.
    RepeatableRead,
    /// PL-3.
    Serializable,
    /// PL-SS: and in the order of real time.
    StrictSerializable,
}

/// Acts on a set of numbered entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerAct {
    /// Adds an entry; every number is written once at most.
    Write(u64),
    /// Removes an entry that was written and acknowledged before.
    Delete(u64),
    /// Reads all: first and last number of each unbroken stretch that is there, ascending.
    Read(Vec<(u64, u64)>),
}

/// One step of a transaction on lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AppendAct {
    /// A transaction, step by step.
    Txn(Vec<Step>),
}

/// One step of a transaction on lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Step {
    /// Appends a value to a list: key, value. A value goes to a list once at most.
    #[serde(rename = "append")]
    Append(u64, u64),
    /// Reads a list: key, what was seen. Null: not known.
    #[serde(rename = "r")]
    Read(u64, Option<Vec<u64>>),
}

/// Acts on accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BankAct {
    /// From, to, amount.
    Transfer(u64, u64, i64),
    /// Balances of all accounts in one transaction.
    Read(BTreeMap<u64, i64>),
}

/// Acts on versioned registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionAct {
    /// Key, version. Versions of a key go up, one writer at a time.
    Write(u64, u64),
    /// Version seen of each key, in one transaction where there are several; 0 where there was none yet.
    Read(BTreeMap<u64, u64>),
}

/// Acts on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrimaryAct {
    /// Adds an entry on this node alone: node, number (ascending over all nodes), and once acknowledged the greatest
    /// other number that the same transaction saw (0: none).
    Write(u64, u64, Option<u64>),
    /// Node, whether it calls itself primary.
    Role(u64, bool),
}
