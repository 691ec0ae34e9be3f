//! The files of one server's own folder.

use super::{Member, TomcatOptions};
use crate::error::Doing;
use crate::{LabError, system};
use std::path::Path;

/// Where the package puts the manager application.
pub(super) const MANAGER: &str = "/usr/share/tomcat10-admin/manager";
/// Where the package puts its configuration.
const CONFIGURATION: &str = "/etc/tomcat10";
/// A line of the root application's page, by which it is known.
pub(super) const GREETING: &str = "touchstone laboratory application";

const LOGGING: &str = "\
handlers = java.util.logging.ConsoleHandler
.level = INFO
java.util.logging.ConsoleHandler.level = INFO
java.util.logging.ConsoleHandler.formatter = org.apache.juli.OneLineFormatter
";

/// Bytes at which a log of a server with rolling logs rolls, and files that are kept.
pub(super) const ROLLING: (u32, u32) = (20_000, 3);

const SESSION_PAGE: &str = r#"<%@ page contentType="text/plain; charset=UTF-8" %><%
Integer calls = (Integer) session.getAttribute("calls");
calls = calls == null ? 1 : calls + 1;
session.setAttribute("calls", calls);
%>calls=<%= calls %> from=<%= request.getRemoteAddr() %>
"#;

const MANAGER_CONTEXT: &str = r#"<Context path="/manager" docBase="/usr/share/tomcat10-admin/manager" antiResourceLocking="false" privileged="true">
 <Valve className="org.apache.catalina.valves.RemoteAddrValve" allow="127\.\d+\.\d+\.\d+|::1|0:0:0:0:0:0:0:1|fd7c:[0-9a-f:]+"/>
</Context>
"#;

/// Writes all of it.
pub(super) fn write_base(base: &Path, port: u16, options: &TomcatOptions, password: &str) -> Result<(), LabError> {
    for folder in ["conf/Catalina/localhost", "logs", "temp", "work", "webapps/ROOT"] {
        system::make_folder(&base.join(folder), 0o755)?;
    }
    let conf = base.join("conf");
    for name in ["web.xml", "context.xml"] {
        let from = Path::new(CONFIGURATION).join(name);
        std::fs::copy(&from, conf.join(name)).doing(|| format!("copying {}", from.display()))?;
    }
    let from = Path::new(CONFIGURATION).join("catalina.properties");
    let properties = std::fs::read_to_string(&from).doing(|| format!("reading {}", from.display()))?;
    // The last line wins: no archive is searched for annotations and tag libraries, which takes most of a start.
    let properties = format!("{properties}\ntomcat.util.scan.StandardJarScanFilter.jarsToSkip=*\n");
    system::write_file(&conf.join("catalina.properties"), &properties)?;
    system::write_file(&conf.join("logging.properties"), &logging(base, options.rolling_logs))?;
    system::write_file(&conf.join("server.xml"), &server(port, options))?;
    system::write_secret(&conf.join("tomcat-users.xml"), &users(password))?;
    if options.manager {
        let context = if options.form_console {
            let copy = super::pages::form_console(base)?;
            MANAGER_CONTEXT.replace(MANAGER, &copy.display().to_string())
        } else {
            MANAGER_CONTEXT.to_owned()
        };
        system::write_file(&conf.join("Catalina/localhost/manager.xml"), &context)?;
    }
    if options.log_page {
        super::pages::logs(base)?;
    }
    let root = base.join("webapps/ROOT");
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Touchstone</title>\n<p>{GREETING}</p></html>\n"
    );
    system::write_file(&root.join("index.html"), &page)?;
    system::write_file(&root.join("session.jsp"), SESSION_PAGE)
}

fn logging(base: &Path, rolling: bool) -> String {
    if !rolling {
        return LOGGING.to_owned();
    }
    let (handler, (limit, count)) = ("java.util.logging.FileHandler", ROLLING);
    let handlers = LOGGING.replace("handlers = ", &format!("handlers = {handler},"));
    format!(
        "{handlers}{handler}.level = INFO\n{handler}.pattern = {}/logs/server.%g.log\n{handler}.limit = {limit}\n\
         {handler}.count = {count}\n{handler}.append = true\n{handler}.formatter = org.apache.juli.OneLineFormatter\n",
        base.display()
    )
}

fn server(port: u16, options: &TomcatOptions) -> String {
    let TomcatOptions { ipv6, also, max_connections, connection_timeout_ms, auto_deploy, bounded, cpu_alarm, member, .. } =
        options;
    let alarm = if *cpu_alarm { super::alarm::LISTENER } else { "" };
    // The product's own bounds, or none: a huge header, a body without end, abuses of HTTP/2 are all taken in.
    let (limits, http2) = if *bounded {
        ("", "")
    } else {
        (
            "maxHttpHeaderSize=\"409600\" maxPostSize=\"-1\" maxParameterCount=\"-1\"",
            "overheadCountFactor=\"0\" overheadResetFactor=\"0\" overheadContinuationThreshold=\"0\" maxHeaderCount=\"-1\" \
             maxHeaderSize=\"1073741824\"",
        )
    };
    let connector = |address: &str| {
        format!(
            "  <Connector port=\"{port}\" address=\"{address}\" protocol=\"HTTP/1.1\" maxThreads=\"50\" \
             minSpareThreads=\"4\" maxConnections=\"{max_connections}\" acceptCount=\"100\" \
             connectionTimeout=\"{connection_timeout_ms}\" {limits}>\n   <UpgradeProtocol \
             className=\"org.apache.coyote.http2.Http2Protocol\" {http2}/>\n  </Connector>\n"
        )
    };
    let mut connectors = connector("127.0.0.1");
    if *ipv6 {
        connectors.push_str(&connector("::1"));
    }
    if let Some(address) = also {
        connectors.push_str(&connector(&address.to_string()));
    }
    let (route, cluster) = match member {
        Some(member) => (format!("jvmRoute=\"n{}\"", member.number), cluster(*member)),
        None => (String::new(), String::new()),
    };
    format!(
        r#"<Server port="-1" shutdown="SHUTDOWN">
 <Listener className="org.apache.catalina.core.JreMemoryLeakPreventionListener"/>
 <Listener className="org.apache.catalina.mbeans.GlobalResourcesLifecycleListener"/>
{alarm} <GlobalNamingResources>
  <Resource name="UserDatabase" auth="Container" type="org.apache.catalina.UserDatabase" factory="org.apache.catalina.users.MemoryUserDatabaseFactory" pathname="conf/tomcat-users.xml"/>
 </GlobalNamingResources>
 <Service name="Catalina">
{connectors}  <Engine name="Catalina" defaultHost="localhost" startStopThreads="0" backgroundProcessorDelay="1" {route}>
{cluster}   <Realm className="org.apache.catalina.realm.LockOutRealm">
    <Realm className="org.apache.catalina.realm.UserDatabaseRealm" resourceName="UserDatabase"/>
   </Realm>
   <Host name="localhost" appBase="webapps" unpackWARs="true" autoDeploy="{auto_deploy}" startStopThreads="0">
    <Valve className="org.apache.catalina.valves.AccessLogValve" directory="logs" prefix="access" suffix=".log" pattern="%h %t &quot;%r&quot; %s %b %D"/>
   </Host>
  </Engine>
 </Service>
</Server>
"#
    )
}

/// Sessions are copied to the other node; both know each other by address.
fn cluster(member: Member) -> String {
    let Member { number, port, other_port, ipv6 } = member;
    let host = if ipv6 { "::1" } else { "127.0.0.1" };
    let other = 3 - number;
    let id = |number: u8| format!("{{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,{number}}}");
    let [own_id, other_id] = [id(number), id(other)];
    format!(
        r#"   <Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster" channelSendOptions="6">
    <Manager className="org.apache.catalina.ha.session.DeltaManager" expireSessionsOnShutdown="false" notifyListenersOnReplication="true"/>
    <Channel className="org.apache.catalina.tribes.group.GroupChannel">
     <Membership className="org.apache.catalina.tribes.membership.StaticMembershipService" connectTimeout="500" expirationTime="3000" rpcTimeout="2000">
      <LocalMember className="org.apache.catalina.tribes.membership.StaticMember" domain="lab" port="{port}" host="{host}" uniqueId="{own_id}"/>
      <Member className="org.apache.catalina.tribes.membership.StaticMember" domain="lab" port="{other_port}" host="{host}" uniqueId="{other_id}"/>
     </Membership>
     <Receiver className="org.apache.catalina.tribes.transport.nio.NioReceiver" address="{host}" port="{port}" autoBind="0" selectorTimeout="1000" maxThreads="6"/>
     <Sender className="org.apache.catalina.tribes.transport.ReplicationTransmitter"><Transport className="org.apache.catalina.tribes.transport.nio.PooledParallelSender"/></Sender>
     <Interceptor className="org.apache.catalina.tribes.group.interceptors.TcpFailureDetector"/>
    </Channel>
    <Valve className="org.apache.catalina.ha.tcp.ReplicationValve" filter=""/>
    <Valve className="org.apache.catalina.ha.session.JvmRouteBinderValve"/>
    <ClusterListener className="org.apache.catalina.ha.session.ClusterSessionListener"/>
   </Cluster>
"#
    )
}

fn users(password: &str) -> String {
    let roles = ["manager-gui", "manager-script", "manager-jmx", "manager-status"];
    let declared: String = roles.iter().map(|role| format!(" <role rolename=\"{role}\"/>\n")).collect();
    format!(
        "<tomcat-users xmlns=\"http://tomcat.apache.org/xml\" version=\"1.0\">\n{declared} <user username=\"admin\" \
         password=\"{password}\" roles=\"{}\"/>\n</tomcat-users>\n",
        roles.join(",")
    )
}
