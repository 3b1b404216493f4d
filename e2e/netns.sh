#!/bin/sh
# Runs a command in a network of its own: a loopback and a made-up card with a default route, so that WebRTC finds addresses
# (on a loopback alone it finds none), and nothing can leave the machine. Needs root, or a kernel that lets users have namespaces.
set -eu
if [ "$(id -u)" = 0 ]; then user=''; else user='-r'; fi
# With processes of its own, too: whatever the command started ends with it.
exec unshare $user --net --pid --fork --kill-child --mount-proc sh -euc '
  ip link set lo up
  (ip link add card0 type dummy || ip link add card0 type bridge ||
    { ip link add card0 type veth peer name card1 && ip link set card1 up; }) 2>/dev/null
  ip addr add 10.99.0.1/24 dev card0
  ip link set card0 up multicast on
  ip route add default via 10.99.0.254
  exec "$@"
' sh "$@"
