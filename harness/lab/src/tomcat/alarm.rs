//! A stand-in for alarms that the product does not have.

use crate::{LabError, system};
use std::path::Path;
use std::process::Command;

/// MBean of the stand-in, the attribute of its threshold in per cent, and that of its alarm.
pub const CPU_ALARM_STAND_IN: &str = "touchstone.lab:type=CpuAlarmStandIn Threshold Raised";

/// Element of the server's configuration.
pub(super) const LISTENER: &str = " <Listener className=\"CpuAlarmStandIn\"/>\n";

/// Compiles it into a server's own folder.
pub(super) fn install(base: &Path, home: &str) -> Result<(), LabError> {
    let lib = base.join("lib");
    system::make_folder(&lib, 0o755)?;
    let source = lib.join("CpuAlarmStandIn.java");
    system::write_file(&source, include_str!("../../engines/CpuAlarmStandIn.java"))?;
    let mut javac = Command::new(system::program("javac")?);
    system::run(javac.args(["-cp", &format!("{home}/lib/catalina.jar"), "-d"]).arg(&lib).arg(&source)).map(drop)
}
