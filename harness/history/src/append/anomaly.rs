//! The anomalies by name, and which isolation rules out which.

use crate::format::Isolation;
use touchstone_model::text::Text;

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Anomaly {
    /// A read of something that nobody appended.
    Unexpected,
    /// A value more than once in a list.
    Duplicate,
    /// Two reads of a list that cannot both be prefixes of one list.
    IncompatibleOrder,
    /// A transaction does not see its own steps.
    Internal,
    /// Write cycle.
    G0,
    /// Aborted read.
    G1a,
    /// Intermediate read.
    G1b,
    /// Circular information flow.
    G1c,
    /// One anti-dependency: read skew, lost update.
    GSingle,
    /// Several anti-dependencies, no two in a row.
    GNonadjacent,
    /// Anti-dependencies in a row: write skew.
    G2Item,
    /// A write cycle closed by real time.
    G0Realtime,
    /// Circular information flow closed by real time.
    G1cRealtime,
    /// One anti-dependency, closed by real time: a stale read.
    GSingleRealtime,
    /// Several anti-dependencies, no two in a row, closed by real time.
    GNonadjacentRealtime,
    /// Anti-dependencies in a row, closed by real time.
    G2ItemRealtime,
}

use Anomaly as A;

impl Anomaly {
    pub(super) fn name(self) -> &'static str {
        match self {
            A::Unexpected => "unexpected",
            A::Duplicate => "duplicate",
            A::IncompatibleOrder => "incompatible-order",
            A::Internal => "internal",
            A::G0 => "g0",
            A::G1a => "g1a",
            A::G1b => "g1b",
            A::G1c => "g1c",
            A::GSingle => "g-single",
            A::GNonadjacent => "g-nonadjacent",
            A::G2Item => "g2-item",
            A::G0Realtime => "g0-realtime",
            A::G1cRealtime => "g1c-realtime",
            A::GSingleRealtime => "g-single-realtime",
            A::GNonadjacentRealtime => "g-nonadjacent-realtime",
            A::G2ItemRealtime => "g2-item-realtime",
        }
    }

    pub(super) fn meaning(self) -> Text {
        let (zh, en) = match self {
            A::Unexpected => ("读到从未追加的值", "a value was read that nobody appended"),
            A::Duplicate => ("同一值在列表中出现多次", "a value stands in a list more than once"),
            A::IncompatibleOrder => ("两次读取的列表次序互相矛盾", "two reads of a list contradict each other in order"),
            A::Internal => ("事务看不到自己先前的读写", "a transaction contradicts its own earlier steps"),
            A::G0 => ("G0 写循环（脏写）", "G0, write cycle (dirty write)"),
            A::G1a => ("G1a 读到已中止事务的写入", "G1a, aborted read"),
            A::G1b => ("G1b 读到事务的中间结果", "G1b, intermediate read"),
            A::G1c => ("G1c 信息循环流动", "G1c, circular information flow"),
            A::GSingle => ("G-single 读偏差或丢失更新", "G-single, read skew or lost update"),
            A::GNonadjacent => (
                "G-nonadjacent 多个不相邻反依赖的循环",
                "G-nonadjacent, cycle with anti-dependencies none of which follow each other",
            ),
            A::G2Item => ("G2-item 写偏差", "G2-item, write skew"),
            A::G0Realtime => ("G0 写次序与真实时间相反", "G0 in real time: writes against the order of real time"),
            A::G1cRealtime => {
                ("G1c 读到真实时间上尚未发生的写入", "G1c in real time: information against the order of real time")
            }
            A::GSingleRealtime => ("读到过时数据（真实时间）", "G-single in real time: a stale read"),
            A::GNonadjacentRealtime => ("含不相邻反依赖、由真实时间闭合的循环", "G-nonadjacent in real time"),
            A::G2ItemRealtime => ("含相邻反依赖、由真实时间闭合的循环", "G2-item in real time"),
        };
        Text::new(zh, en)
    }

    /// Whether a system that promises `isolation` must never show it.
    pub(super) fn forbidden(self, isolation: Isolation) -> bool {
        use Isolation as I;
        let from = match self {
            // Against these no promise of isolation is needed.
            A::Unexpected | A::Duplicate | A::IncompatibleOrder | A::G0 => I::ReadUncommitted,
            A::G1a | A::G1b | A::G1c => I::ReadCommitted,
            A::Internal | A::GSingle | A::GNonadjacent => I::SnapshotIsolation,
            A::G2Item => I::RepeatableRead,
            A::G0Realtime | A::G1cRealtime | A::GSingleRealtime | A::GNonadjacentRealtime | A::G2ItemRealtime => {
                I::StrictSerializable
            }
        };
        rank(isolation) >= rank(from)
    }
}

/// The levels used here happen to be a chain.
fn rank(isolation: Isolation) -> u8 {
    match isolation {
        Isolation::ReadUncommitted => 0,
        Isolation::ReadCommitted => 1,
        Isolation::SnapshotIsolation => 2,
        Isolation::RepeatableRead => 3,
        Isolation::Serializable => 4,
        Isolation::StrictSerializable => 5,
    }
}
