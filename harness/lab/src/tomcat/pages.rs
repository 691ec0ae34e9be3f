//! Pages that an installation may have besides: a sign-in of its own before the console, and one that serves the logs.

use super::files::MANAGER;
use crate::error::Doing;
use crate::{LabError, system};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Path under which the newest log file is served, to who may use the console.
pub const LOG_PAGE: &str = "/logs/server.0.log";

/// Fields and action as the servlet standard has them (Jakarta Servlet 6.0, section 13.6.3).
const SIGN_IN: &str = "<!doctype html>\n<title>Sign in</title>\n<form method=\"post\" action=\"j_security_check\">\n\
    <input name=\"j_username\"> <input type=\"password\" name=\"j_password\"> <button type=\"submit\">Sign in</button>\n</form>\n";
const REFUSED: &str = "<!doctype html>\n<title>Refused</title>\n<p>No such user, or another password.</p>\n";
const FORM: &str = "<auth-method>FORM</auth-method><form-login-config><form-login-page>/sign-in.html</form-login-page>\
    <form-error-page>/refused.html</form-error-page></form-login-config>";
const LOG_CONTEXT: &str = "<Context path=\"/logs\" docBase=\"BASE/logs\"/>\n";
const LOG_DESCRIPTOR: &str = "<web-app>\n<security-constraint><web-resource-collection><web-resource-name>logs</web-resource-name>\
    <url-pattern>/*</url-pattern></web-resource-collection><auth-constraint><role-name>manager-gui</role-name></auth-constraint>\
    </security-constraint>\n<login-config><auth-method>BASIC</auth-method><realm-name>Logs</realm-name></login-config>\n\
    <security-role><role-name>manager-gui</role-name></security-role>\n</web-app>\n";

/// A copy of the console whose sign-in is a page; where it lies.
pub(super) fn form_console(base: &Path) -> Result<PathBuf, LabError> {
    let copy = base.join("form-console");
    system::run(Command::new("cp").arg("-rL").arg(MANAGER).arg(&copy))?;
    let descriptor = copy.join("WEB-INF/web.xml");
    let text = std::fs::read_to_string(&descriptor).doing(|| format!("reading {}", descriptor.display()))?;
    system::write_file(&descriptor, &text.replace("<auth-method>BASIC</auth-method>", FORM))?;
    system::write_file(&copy.join("sign-in.html"), SIGN_IN)?;
    system::write_file(&copy.join("refused.html"), REFUSED)?;
    Ok(copy)
}

/// Serves the server's own folder of logs.
pub(super) fn logs(base: &Path) -> Result<(), LabError> {
    system::make_folder(&base.join("logs/WEB-INF"), 0o755)?;
    system::write_file(&base.join("logs/WEB-INF/web.xml"), LOG_DESCRIPTOR)?;
    let context = LOG_CONTEXT.replace("BASE", &base.display().to_string());
    system::write_file(&base.join("conf/Catalina/localhost/logs.xml"), &context)
}
