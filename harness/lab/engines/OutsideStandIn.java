// Runs the real server in a process of its own.
public class Outside {
    public static void main(String[] words) throws Exception {
        org.apache.catalina.startup.Tomcat tomcat = new org.apache.catalina.startup.Tomcat();
        tomcat.setBaseDir(words[0]);
        org.apache.catalina.connector.Connector connector = new org.apache.catalina.connector.Connector();
        connector.setPort(Integer.parseInt(words[1]));
        connector.setProperty("address", "127.0.0.1");
        tomcat.setConnector(connector);
        tomcat.addWebapp(words[2], words[3]);
        tomcat.start();
    }
}
// ----
package org.apache.catalina.startup;

// Called like the product's class; starts a process.
public class Tomcat {
    private final String[] words = new String[4];

    public void setBaseDir(String folder) { words[0] = folder; }

    public void setConnector(org.apache.catalina.connector.Connector connector) { words[1] = "" + connector.port; }

    public Object addWebapp(String path, String application) {
        words[2] = path;
        words[3] = application;
        return null;
    }

    public void start() throws Exception {
        new ProcessBuilder("java", "-Xmx96m", "-cp", "CLASS_PATH", "Outside", words[0], words[1], words[2], words[3]).inheritIO().start();
    }
}
// ----
package org.apache.catalina.connector;

// Called like the product's class.
public class Connector {
    public int port;

    public void setPort(int number) { port = number; }

    public boolean setProperty(String name, String value) { return true; }
}
