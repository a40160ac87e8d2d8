#!/bin/sh
# Installs the Debian packages that the test bed and the browser tests need: on Debian 12 or
# Ubuntu, as root. Without root it only says what it would install. A second run is at once done.
#
# Ubuntu's chromium is a snap, and snaps do not start in a container, so none is installed there.
# Give the tests a browser by FREELOADER_CHROMIUM=/path/to/chrome (or chromium); or run
# "playwright install chromium" and set FREELOADER_CHROMIUM to what that has put on the disk.
set -eu

packages="munge slurmctld slurmd slurmdbd slurm-client mariadb-server openssh-server
clamav-daemon postgresql gettext libmagic1 jq unzip libarchive-tools 7zip python3-matplotlib fonts-dejavu-core"
if [ -r /etc/os-release ]; then . /etc/os-release; fi
[ "${ID:-debian}" = ubuntu ] || packages="$packages chromium"

command -v dpkg-query >/dev/null || { echo "no dpkg here: this is for Debian and Ubuntu" >&2; exit 1; }

# Names that installed packages provide count too: libmagic1 is libmagic1t64 on newer systems.
installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
  sed -n 's/^installed //p' | sed 's/([^)]*)//g; s/,/ /g' | tr '\n' ' ') "
missing=
for package in $packages; do
  case $installed in *" $package "*) ;; *) missing="$missing $package" ;; esac
done

if [ -z "$missing" ]; then exit 0; fi
if [ "$(id -u)" != 0 ]; then
  echo "not root, so nothing was installed; missing:$missing"
  exit 0
fi

# The daemons are started by the test bed, never by apt. If the machine has a policy of its own,
# that is left alone: whoever wrote it knows what may start there.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 # one word for each package
apt-get install -q -y --no-install-recommends $missing
