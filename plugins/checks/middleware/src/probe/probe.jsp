<%@ page contentType="text/plain; charset=UTF-8" session="false" trimDirectiveWhitespaces="true" %><%!
// The probe application of Touchstone: says who it is and does what it is asked. A page instead of a compiled servlet, so that
// the same text runs on servers of the jakarta and of the javax name space, and needs no compiler here.
private static final java.util.List<byte[]> HELD = new java.util.ArrayList<byte[]>();
private static final java.util.List<String> MARKS = new java.util.ArrayList<String>();
private static volatile long busyUntil;

/** A thread of that name: computes until it is told to stop, or only is there. */
private static void thread(String name, final boolean computes, final long milliseconds) {
    Thread thread = new Thread(name) {
        public void run() {
            long until = System.nanoTime() + milliseconds * 1000000L;
            while (System.nanoTime() - until < 0 && (!computes || System.nanoTime() - busyUntil < 0)) {
                if (!computes) try { Thread.sleep(200); } catch (InterruptedException e) { return; }
            }
        }
    };
    thread.setDaemon(true);
    thread.start();
}


private static final java.util.List<java.sql.Connection> TAKEN = new java.util.ArrayList<java.sql.Connection>();
private static java.sql.Connection held;

private static String database(String what, String name, String table, long number) throws Exception {
    javax.sql.DataSource source = (javax.sql.DataSource) new javax.naming.InitialContext().lookup(name);
    if (what.equals("hold")) {
        held = source.getConnection();
        return " valid=" + held.isValid(2);
    } else if (what.equals("held")) {
        boolean valid = false;
        try { valid = held.isValid(2); } catch (java.sql.SQLException e) { valid = false; }
        try { held.close(); } catch (java.sql.SQLException e) { valid = false; }
        return " valid=" + valid;
    } else if (what.equals("leak")) {
        String end = "";
        try {
            for (long i = 0; i < number; i++) TAKEN.add(source.getConnection());
        } catch (java.sql.SQLException e) {
            end = " refused=" + e.getClass().getSimpleName();
        }
        return " leaked=" + TAKEN.size() + end;
    } else if (what.equals("leaked")) {
        int closed = 0;
        for (java.sql.Connection connection : TAKEN) if (connection.isClosed()) closed++;
        return " closed=" + closed;
    } else if (what.equals("giveback")) {
        for (java.sql.Connection connection : TAKEN) try { connection.close(); } catch (java.sql.SQLException e) { continue; }
        TAKEN.clear();
        return " taken=0";
    }
    java.sql.Connection connection = source.getConnection();
    try {
        java.sql.Statement statement = connection.createStatement();
        if (what.equals("make")) {
            statement.executeUpdate("CREATE TABLE " + table + " (n INT)");
        } else if (what.equals("drop")) {
            statement.executeUpdate("DROP TABLE " + table);
        } else if (what.equals("sum")) {
            java.sql.ResultSet rows = statement.executeQuery("SELECT SUM(n) FROM " + table);
            rows.next();
            return " sum=" + rows.getLong(1);
        } else {
            connection.setAutoCommit(false);
            try {
                statement.executeUpdate("INSERT INTO " + table + " VALUES (" + number + ")");
                if (what.equals("commit")) connection.commit(); else connection.rollback();
            } finally {
                connection.setAutoCommit(true);
            }
        }
        return " done=" + what;
    } finally {
        connection.close();
    }
}

private static String jvm() {
    return java.lang.management.ManagementFactory.getRuntimeMXBean().getName();
}

private static long number(String text, long otherwise) {
    return text == null ? otherwise : Long.parseLong(text);
}
%><%
String task = request.getParameter("do");
if (task == null) task = "about";
long amount = number(request.getParameter("n"), 1);
StringBuilder said = new StringBuilder("@TOKEN@ version=@VERSION@ jvm=" + jvm());
// Who only keeps a copy of this page does not know what becomes of a new question.
String question = request.getParameter("q");
if (question != null) said.append(" a=").append(question.hashCode());
if (task.equals("count")) {
    Object seen = request.getSession(true).getAttribute("calls");
    int calls = seen == null ? 1 : ((Integer) seen) + 1;
    request.getSession(true).setAttribute("calls", calls);
    said.append(" calls=").append(calls);
} else if (task.equals("hold")) {
    for (long i = 0; i < amount; i++) synchronized (HELD) { HELD.add(new byte[1 << 20]); }
    said.append(" held=").append(HELD.size());
} else if (task.equals("need")) {
    byte[] needed = new byte[(int) (amount << 20)];
    needed[needed.length / 2] = 1;
    said.append(" needed=").append(needed.length >> 20);
} else if (task.equals("burn")) {
    long until = System.nanoTime() + amount * 1000000L, turns = 0;
    while (System.nanoTime() < until) turns++;
    said.append(" turns=").append(turns);
} else if (task.equals("slow")) {
    Thread.sleep(amount);
    said.append(" slept=").append(amount);
} else if (task.equals("large")) {
    char[] line = new char[1024];
    java.util.Arrays.fill(line, 'x');
    line[1023] = '\n';
    out.println(said);
    for (long i = 0; i < amount; i++) out.write(line, 0, line.length);
    return;
} else if (task.equals("log")) {
    // Backwards, so that it is not what a log of requests would show.
    String line = new StringBuilder(request.getParameter("line")).reverse().toString();
    for (long i = 0; i < amount; i++) application.log(line);
    said.append(" logged=").append(amount);
} else if (task.equals("params")) {
    said.append(" params=").append(request.getParameterMap().size());
} else if (task.equals("busy")) {
    busyUntil = System.nanoTime() + amount * 1000000L;
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) thread("busy-" + i, true, amount);
    said.append(" busy=").append(amount);
} else if (task.equals("calm")) {
    busyUntil = System.nanoTime();
    said.append(" calm=1");
} else if (task.equals("mark")) {
    // Backwards, so that whoever only saw the question does not know them.
    String mark = new StringBuilder(request.getParameter("line")).reverse().toString();
    thread(mark + "t", false, amount);
    MARKS.add(mark + "h");
    said.append(" marks=").append(MARKS.size());
} else if (task.equals("server")) {
    // As the servlet standard has it: name and version of what runs this page.
    said.append(" server=").append(application.getServerInfo().trim().replaceAll("\\s+", "_"));
} else if (task.equals("property")) {
    said.append(" property=").append(System.getProperty(request.getParameter("line")));
} else if (task.equals("db")) {
    try {
        said.append(database(request.getParameter("sql"), request.getParameter("source"), request.getParameter("line"), amount));
    } catch (Exception e) {
        said.append(" failed=").append(String.valueOf(e).replaceAll("\\s+", "_"));
    }
} else if (task.equals("heap") || task.equals("settle") || task.equals("release")) {
    if (task.equals("release")) synchronized (HELD) { HELD.clear(); }
    if (!task.equals("heap")) System.gc();
    Runtime runtime = Runtime.getRuntime();
    said.append(" used=").append(runtime.totalMemory() - runtime.freeMemory()).append(" max=").append(runtime.maxMemory());
}
out.println(said);
%>
