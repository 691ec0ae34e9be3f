<%@ page contentType="text/plain; charset=UTF-8" session="false" trimDirectiveWhitespaces="true" %><%!
// The probe application of Touchstone: says who it is and does what it is asked. A page instead of a compiled servlet, so that
// the same text runs on servers of the jakarta and of the javax name space, and needs no compiler here.
private static final java.util.List<byte[]> HELD = new java.util.ArrayList<byte[]>();

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
} else if (task.equals("heap")) {
    Runtime runtime = Runtime.getRuntime();
    said.append(" used=").append(runtime.totalMemory() - runtime.freeMemory()).append(" max=").append(runtime.maxMemory());
}
out.println(said);
%>
