# One side of an exchange, for targets that have Perl and no Python. Same words as peer.py.
use strict; use Socket qw(:all);
my ($role, $kind, $address, $port, @more) = @ARGV;
$| = 1;
my $six = $address =~ /:/;
my $to = $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)) : pack_sockaddr_in($port, inet_pton(AF_INET, $address));
sub make { socket(my $s, $six ? AF_INET6 : AF_INET, $kind eq "udp" ? SOCK_DGRAM : SOCK_STREAM, 0) or die "socket: $!\n"; return $s }
sub line { my $s = shift; my $got = ""; while ($got !~ /\n$/) { my $n = sysread($s, $got, 65536, length $got); last unless $n } return $got }
sub put { my ($s, $what) = @_; while (length $what) { my $n = syswrite($s, $what); die "send: $!\n" unless $n; substr($what, 0, $n) = "" } }
sub exactly { my ($s, $n) = @_; my $got = ""; while (length $got < $n) { sysread($s, $got, $n - length $got, length $got) or die "closed\n" } return $got }
if ($role eq "serve") {
    my $word = $more[0]; my $s = make();
    setsockopt($s, SOL_SOCKET, SO_REUSEADDR, pack("l", 1)); bind($s, $to) or die "bind: $!\n";
    if ($kind eq "tcp") { listen($s, 64) or die "listen: $!\n" }
    print "ready\n"; $SIG{CHLD} = "IGNORE";
    while (1) {
        if ($kind eq "tcp") {
            accept(my $c, $s) or next;
            if (!fork) { while (1) { my $got = line($c); last if $got eq ""; $got =~ s/\s+$//; put($c, "$word " . reverse($got) . "\n") } exit 0 }
            close $c;
        } else { my $who = recv($s, my $got, 65536, 0) or next; $got =~ s/\s+$//; send($s, "$word " . reverse($got) . "\n", 0, $who) }
    }
} elsif ($role eq "ask") {
    for (1 .. ($more[1] || 1)) {
        my $s = make();
        my $said = eval { local $SIG{ALRM} = sub { die "timed out\n" }; alarm 3; connect($s, $to) or die "$!\n"; put($s, "$more[0]\n");
            my $got; if ($kind eq "tcp") { $got = line($s) } else { defined recv($s, $got, 65536, 0) or die "$!\n" } $got };
        my $why = $@; alarm 0; chomp $why;
        if (defined $said) { $said =~ s/\s+$//; print "$said\n" } else { print "error: $why\n" }
        close $s;
    }
} elsif ($role eq "hold") {
    my $s = make(); local $SIG{ALRM} = sub { die "timed out\n" }; alarm 20; connect($s, $to) or die "connect: $!\n";
    for my $n (0 .. $more[0] - 1) { put($s, "$n\n"); my $got = line($s); $got =~ s/\s+$//; print "$got\n"; alarm 20; select(undef, undef, undef, 0.1) }
} elsif ($role eq "vnc") {
    my $s = make(); local $SIG{ALRM} = sub { die "timed out\n" }; alarm 20; connect($s, $to) or die "connect: $!\n";
    my $version = exactly($s, 12); put($s, "RFB 003.008\n"); my $kinds = exactly($s, ord exactly($s, 1));
    die "security types\n" unless grep { $_ == 1 } unpack("C*", $kinds);
    put($s, "\x01"); die "refused\n" if exactly($s, 4) ne "\0\0\0\0"; put($s, "\x01");
    my ($width, $height) = unpack("nn", exactly($s, 4)); my $bits = unpack("C", exactly($s, 16)); my $name = exactly($s, unpack("N", exactly($s, 4)));
    put($s, pack("CCnN", 2, 0, 1, 0) . pack("CCnnnn", 3, 0, 0, 0, $width, $height));
    my $count = (unpack("CCn", exactly($s, 4)))[2]; my $pixels = 0;
    while ($pixels < $width * $height && $count--) { my ($x, $y, $w, $h, $e) = unpack("nnnnN", exactly($s, 12)); die "encoding $e\n" if $e; exactly($s, $w * $h * $bits / 8); $pixels += $w * $h }
    $version =~ s/\s+$//; print "$version ${width}x$height $pixels $name\n";
}
