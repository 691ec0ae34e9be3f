//! Availability over a series of faults, and the outages in the form that the operator's score reads.

use jiff::{SignedDuration, Timestamp};

/// A span without service, measured by a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredOutage {
    /// Unique.
    pub id: String,
    /// Service item.
    pub service: String,
    /// First moment without service.
    pub began: Timestamp,
    /// First moment with service again.
    pub ended: Timestamp,
}

/// Share of the time from `from` until `until` in which there was service; outages that overlap count once. None for an
/// empty span. It says how the service fared *under these faults*; what it will do in a year depends on how often they come.
pub fn availability(outages: &[MeasuredOutage], from: Timestamp, until: Timestamp) -> Option<f64> {
    if until <= from {
        return None;
    }
    let mut spans: Vec<(Timestamp, Timestamp)> = outages.iter().map(|o| (o.began.max(from), o.ended.min(until))).collect();
    spans.retain(|(began, ended)| began < ended);
    spans.sort_unstable();
    let mut down = SignedDuration::ZERO;
    let mut covered = from;
    for (began, ended) in spans {
        let began = began.max(covered);
        if began < ended {
            down += ended.duration_since(began);
            covered = ended;
        }
    }
    Some(1.0 - down.as_secs_f64() / until.duration_since(from).as_secs_f64())
}

/// The outages as the ledger `measured-outages.csv` of the assessment. `counts`: whether they count towards the operator's
/// availability (those that a test provoked normally do not); `run` and `evidence` (a SHA-256) tell where they come from.
pub fn ledger(outages: &[MeasuredOutage], counts: bool, run: &str, evidence: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut csv = "id,service,began,ended,counts,run,evidence\n".to_owned();
    for outage in outages {
        let (id, service, run) = (quoted(&outage.id), quoted(&outage.service), quoted(run));
        let counts = if counts { "yes" } else { "no" };
        csv += &format!("{id},{service},{:.3},{:.3},{counts},{run},{evidence}\n", outage.began, outage.ended);
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("in range")
    }

    fn outage(id: &str, began: i64, ended: i64) -> MeasuredOutage {
        MeasuredOutage { id: id.into(), service: "database".into(), began: at(began), ended: at(ended) }
    }

    #[test]
    fn overlaps_count_once_and_what_lies_outside_not_at_all() {
        let outages = [outage("a", 10, 20), outage("b", 15, 25), outage("c", 17, 18), outage("d", -5, 1), outage("e", 99, 200)];
        let told = availability(&outages, at(0), at(100)).expect("a span");
        assert!((told - (1.0 - 0.17)).abs() < 1e-12, "{told}");
        assert_eq!(availability(&[], at(0), at(100)), Some(1.0));
        assert_eq!(availability(&[], at(5), at(5)), None);
    }

    #[test]
    fn the_ledger_has_the_columns_that_the_assessment_reads() {
        let csv = ledger(&[outage("kill, 1", 0, 2)], false, "20261124T100000-000Z", &"ab".repeat(32));
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "id,service,began,ended,counts,run,evidence");
        let rest = "\"database\",2027-01-15T08:00:00.000Z,2027-01-15T08:00:02.000Z,no,\"20261124T100000-000Z\"";
        assert_eq!(lines[1], format!("\"kill, 1\",{rest},{}", "ab".repeat(32)));
    }
}
