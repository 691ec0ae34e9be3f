//! Figures and thresholds of the server's Java machine, by the manager's JMX proxy. The product itself raises alarms for memory
//! (java.lang.management.MemoryPoolMXBean, usage threshold); what an installation adds for the CPU its inventory names.

use crate::Tomcat;
use crate::console::{Console, consoles, has_no_manager};
use touchstone_sdk::adapter::{Alarm, Error, Figures, Monitoring, Said, Watched, setting};

const MEMORY: &str = "java.lang:type=Memory";
const SYSTEM: &str = "java.lang:type=OperatingSystem";

impl Monitoring for Tomcat {
    fn read() -> Result<Figures, Error> {
        let Some(console) = console()? else { return Ok(NONE) };
        let heap = |key: &str| -> Result<Option<u64>, Error> {
            Ok(console.attribute(MEMORY, "HeapMemoryUsage", Some(key))?.and_then(|value| value.parse().ok()))
        };
        let number = |name: &str| -> Result<Option<u64>, Error> {
            Ok(console.attribute(SYSTEM, name, None)?.and_then(|value| value.parse().ok()))
        };
        let share = |name: &str| -> Result<Option<f64>, Error> {
            let value: Option<f64> = console.attribute(SYSTEM, name, None)?.and_then(|value| value.parse().ok());
            // Negative: it does not know.
            Ok(value.filter(|share| *share >= 0.0).map(|share| share * 100.0))
        };
        Ok(Figures {
            heap_used: heap("used")?,
            heap_max: heap("max")?,
            cpu_time_ms: number("ProcessCpuTime")?.map(|ns| ns / 1_000_000),
            cpu_per_cent: share("ProcessCpuLoad")?,
            memory_total: number("TotalMemorySize")?,
            memory_free: number("FreeMemorySize")?,
            machine_cpu_per_cent: share("CpuLoad")?,
        })
    }

    fn set_threshold(what: Watched, per_cent: Option<u32>) -> Result<Said, Error> {
        let Some(console) = console()? else { return Ok(no_alarm()) };
        match what {
            Watched::Heap => {
                let Some(pool) = Pool::of(&console)? else { return Ok(no_alarm()) };
                let max = console.attribute(MEMORY, "HeapMemoryUsage", Some("max"))?.and_then(|max| max.parse::<u64>().ok());
                let wanted = max.unwrap_or(pool.max) / 100 * u64::from(per_cent.unwrap_or(0));
                // Whatever becomes of the check: no threshold, as in every server that was just started.
                console.reset_later(&pool.name, "UsageThreshold")?;
                console.set_attribute(&pool.name, "UsageThreshold", wanted.min(pool.max))
            }
            Watched::Cpu => match cpu_alarm() {
                Some([bean, threshold, _]) => {
                    console.reset_later(&bean, &threshold)?;
                    console.set_attribute(&bean, &threshold, per_cent.unwrap_or(0).into())
                }
                None => Ok(no_alarm()),
            },
        }
    }

    fn raised() -> Result<Vec<Alarm>, Error> {
        let (mut raised, Some(console)) = (Vec::new(), console()?) else { return Ok(Vec::new()) };
        if let Some(pool) = Pool::of(&console)?
            && console.attribute(&pool.name, "UsageThresholdExceeded", None)?.as_deref() == Some("true")
        {
            raised.push(Alarm { what: Watched::Heap, words: format!("{}: UsageThresholdExceeded", pool.name) });
        }
        if let Some([bean, _, alarm]) = cpu_alarm()
            && console.attribute(&bean, &alarm, None)?.as_deref() == Some("true")
        {
            raised.push(Alarm { what: Watched::Cpu, words: format!("{bean}: {alarm}") });
        }
        Ok(raised)
    }
}

const NONE: Figures = Figures {
    heap_used: None,
    heap_max: None,
    cpu_time_ms: None,
    cpu_per_cent: None,
    memory_total: None,
    memory_free: None,
    machine_cpu_per_cent: None,
};

/// The first node's; none where there is no manager application.
fn console() -> Result<Option<Console>, Error> {
    match consoles().into_iter().next() {
        Some(console) => Ok(Some(console)),
        None => has_no_manager().map(|()| None),
    }
}

fn no_alarm() -> Said {
    Said { accepted: false, words: "the product has no such alarm".into() }
}

/// Name of the MBean, of the attribute of its threshold, of the attribute that says whether the alarm is raised.
fn cpu_alarm() -> Option<[String; 3]> {
    let words: Vec<String> = setting("cpu_alarm")?.split_whitespace().map(str::to_owned).collect();
    words.try_into().ok()
}

/// The part of the heap that old objects are in.
struct Pool {
    name: String,
    /// Bytes.
    max: u64,
}

impl Pool {
    fn of(console: &Console) -> Result<Option<Self>, Error> {
        let pools = console.beans("java.lang:type=MemoryPool,*")?;
        let watched = pools
            .iter()
            .filter(|pool| pool.value("Type") == Some("HEAP") && pool.value("UsageThresholdSupported") == Some("true"));
        let of = |pool: &crate::jmx::Bean| {
            let max = pool.value("Usage")?.split("max=").nth(1)?.split([',', '}']).next()?.trim().parse().ok()?;
            Some(Self { name: pool.value("ObjectName")?.to_owned(), max })
        };
        Ok(watched.filter_map(of).max_by_key(|pool| pool.max))
    }
}
