import java.lang.management.ManagementFactory;
import javax.management.ObjectName;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;

/**
 * Stand-in for an application server that raises an alarm when its process uses more of the CPU than a threshold allows: no
 * product to be had here does.
 */
public class CpuAlarmStandIn implements LifecycleListener {
    /** Threshold in per cent of all processors (0: none), and whether the alarm is raised. */
    public interface Alarm {
        int getThreshold();

        void setThreshold(int perCent);

        boolean isRaised();
    }

    @Override
    public void lifecycleEvent(LifecycleEvent event) {
        if (!"after_start".equals(event.getType())) {
            return;
        }
        Watch watch = new Watch();
        try {
            ManagementFactory.getPlatformMBeanServer().registerMBean(
                    new javax.management.StandardMBean(watch, Alarm.class), new ObjectName("touchstone.lab:type=CpuAlarmStandIn"));
        } catch (javax.management.JMException e) {
            throw new IllegalStateException(e);
        }
        Thread thread = new Thread(watch, "cpu-alarm-stand-in");
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Watch implements Alarm, Runnable {
        private volatile int threshold;
        private volatile boolean raised;

        @Override
        public void run() {
            com.sun.management.OperatingSystemMXBean system =
                    (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            long used = system.getProcessCpuTime();
            long at = System.nanoTime();
            while (true) {
                try {
                    Thread.sleep(1000);
                } catch (InterruptedException e) {
                    return;
                }
                long usedNow = system.getProcessCpuTime();
                long now = System.nanoTime();
                double share = (usedNow - used) * 100.0 / (now - at) / system.getAvailableProcessors();
                raised = threshold > 0 && share > threshold;
                used = usedNow;
                at = now;
            }
        }

        @Override
        public int getThreshold() {
            return threshold;
        }

        @Override
        public void setThreshold(int perCent) {
            threshold = perCent;
            raised &= perCent > 0;
        }

        @Override
        public boolean isRaised() {
            return raised;
        }
    }
}
