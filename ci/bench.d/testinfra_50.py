"""The fifty questions of plugins/fixtures/many/src/fifty.rs, put by pytest-testinfra."""

import pytest

FILES = (
    "/etc/passwd /etc/group /etc/hosts /etc/fstab /bin/sh /etc/hostname /etc/ssh/sshd_config /usr/bin/env /etc/shells"
    " /etc/services"
).split()
PACKAGES = "bash coreutils dpkg openssh-server e2fsprogs xfsprogs parted gdisk firewalld procps".split()
SETTINGS = (
    "kernel.ostype kernel.pid_max net.ipv4.ip_forward vm.swappiness fs.file-max kernel.threads-max net.core.somaxconn"
    " vm.overcommit_memory kernel.hostname net.ipv4.tcp_syncookies"
).split()
COMMANDS = ["uname -r", "id -u", "nproc", "getconf PAGESIZE", "date +%s", "ls /", "df -P /", "cat /proc/version", "printf x", "uname -m"]
PORTS = [22, 80, 443, 3306, 8080]
SERVICES = "ssh nginx cron dbus firewalld".split()


@pytest.mark.parametrize("path", FILES)
def test_file(host, path):
    assert host.file(path).user == "root"


@pytest.mark.parametrize("name", PACKAGES)
def test_package(host, name):
    assert host.package(name).is_installed


@pytest.mark.parametrize("name", SETTINGS)
def test_setting(host, name):
    assert str(host.sysctl(name)) != ""


@pytest.mark.parametrize("line", COMMANDS)
def test_command(host, line):
    ran = host.run(line)
    assert ran.rc == 0 and ran.stdout != ""


@pytest.mark.parametrize("port", PORTS)
def test_port(host, port):
    assert host.socket(f"tcp://127.0.0.1:{port}").is_listening in (True, False)


@pytest.mark.parametrize("name", SERVICES)
def test_service(host, name):
    assert host.service(name).is_running in (True, False)
