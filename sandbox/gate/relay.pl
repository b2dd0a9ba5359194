# The relay: takes connections on the container's loopback and carries them through standard input and output, in
# the frames that frames.py describes. In Perl, which comes with git, as no shell can take a connection.
#
# It holds at most a window of bytes for each connection, and waits for nobody but the pipe to the host.

use strict;
use warnings;
use Errno qw(EAGAIN EINTR EWOULDBLOCK);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket;

use constant { OPEN => 0, DATA => 1, TOOK => 2, LAST => 3, GONE => 4 };
use constant { HEAD => 9, PIECE => 65536 };

my ($port, $window, $most) = @ARGV;
my %clients; # by number: socket, room (bytes the host has room for), out (bytes for the program), said and heard
             # (whether the LAST of the program, and of the host, is known), going (close it once `out` is written)
my $door;
my $last = 0;
my $input = '';

$SIG{PIPE} = 'IGNORE';
binmode STDIN;
socket($door, AF_INET, SOCK_STREAM, 0)
  && setsockopt($door, SOL_SOCKET, SO_REUSEADDR, 1)
  && bind($door, sockaddr_in($port, INADDR_LOOPBACK))
  && listen($door, SOMAXCONN)
  or die "port $port cannot be listened on: $!\n";
tell_host(0, OPEN, 0);

while (1) {
    my ($readers, $writers) = ('', '');
    vec($readers, fileno(STDIN), 1) = 1;
    vec($readers, fileno($door), 1) = 1 if keys %clients < $most;
    for my $client (values %clients) {
        vec($readers, fileno($client->{socket}), 1) = 1 if $client->{room} && !$client->{said};
        vec($writers, fileno($client->{socket}), 1) = 1 if length $client->{out};
    }
    next if select($readers, $writers, undef, undef) < 0;
    hear_host() if vec($readers, fileno(STDIN), 1);
    for my $number (keys %clients) {
        my $client = $clients{$number};
        my $file = fileno($client->{socket});
        hand_on($number, $client) if vec($writers, $file, 1);
        listen_to($number, $client) if $clients{$number} && vec($readers, $file, 1);
    }
    take_in() if vec($readers, fileno($door), 1);
}

sub tell_host {
    my ($number, $kind, $size, $data) = @_;
    my $frame = pack('NCN', $number, $kind, $size) . ($data // '');
    while (length $frame) {
        my $count = syswrite(STDOUT, $frame);
        if (defined $count) { substr($frame, 0, $count, '') }
        elsif ($! != EINTR) { exit }
    }
}

sub hear_host {
    my $count = sysread(STDIN, $input, PIECE, length $input);
    return if !defined $count && $! == EINTR;
    exit if !$count;
    while (length $input >= HEAD) {
        my ($number, $kind, $size) = unpack('NCN', $input);
        my $whole = HEAD + ($kind == DATA ? $size : 0);
        last if length $input < $whole;
        my $data = substr($input, HEAD, $whole - HEAD);
        substr($input, 0, $whole, '');
        my $client = $clients{$number} or next; # it went away meanwhile
        if ($kind == DATA) { $client->{out} .= $data }
        elsif ($kind == TOOK) { $client->{room} += $size }
        elsif ($kind == LAST) { $client->{heard} = 1 }
        elsif ($kind == GONE) { $client->{going} = 1 }
        settle($number, $client) if !length $client->{out};
    }
}

sub take_in {
    return if !accept(my $socket, $door);
    fcntl($socket, F_SETFL, fcntl($socket, F_GETFL, 0) | O_NONBLOCK);
    $clients{++$last} = { socket => $socket, room => $window, out => '', said => 0, heard => 0, going => 0 };
    tell_host($last, OPEN, 0);
}

sub listen_to {
    my ($number, $client) = @_;
    my $most = $client->{room} < PIECE ? $client->{room} : PIECE;
    my $count = sysread($client->{socket}, my $data, $most);
    if (!defined $count) {
        forget($number) if !is_later();
    }
    elsif ($count) {
        $client->{room} -= $count;
        tell_host($number, DATA, $count, $data);
    }
    else {
        $client->{said} = 1;
        tell_host($number, LAST, 0);
        settle($number, $client) if !length $client->{out};
    }
}

sub hand_on {
    my ($number, $client) = @_;
    my $count = syswrite($client->{socket}, $client->{out});
    if (!defined $count) {
        forget($number) if !is_later();
        return;
    }
    substr($client->{out}, 0, $count, '');
    tell_host($number, TOOK, $count);
    settle($number, $client) if !length $client->{out};
}

# All that came for the program was handed to it.
sub settle {
    my ($number, $client) = @_;
    shutdown($client->{socket}, SHUT_WR) if $client->{heard};
    delete $clients{$number} if $client->{going} || ($client->{heard} && $client->{said});
}

sub forget {
    my ($number) = @_;
    delete $clients{$number};
    tell_host($number, GONE, 0);
}

sub is_later { return $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR }
