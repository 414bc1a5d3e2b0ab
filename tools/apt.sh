# shellcheck shell=sh disable=SC2154 # $apt is set by whoever reads this
# SPDX-License-Identifier: MIT
#
# For scripts that fetch packages of Debian without root and leave the system
# as it is: apt-get works with a configuration, lists and a status of its own,
# in the folder $apt, and checks Debian's signatures. Of the host's
# configuration it keeps how to download (proxies), and nothing that would run
# here. LEV_DEBIAN_MIRROR names another mirror.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
MIRROR=${LEV_DEBIAN_MIRROR:-http://deb.debian.org/debian}

die()
{
	echo "tools/$(basename "$0"): $*" >&2
	exit 1
}

# The head of the script, as its help.
usage()
{
	sed -n '/^# Makes/,/^set/s/^# \{0,1\}//p' "$0"
}

# need_plain PATH: what goes into configuration files unquoted.
need_plain()
{
	case "$1" in
	*[!A-Za-z0-9/._+-]*)
		die "$1: only letters, digits and . _ + - please"
		;;
	esac
}

need_apt()
{
	for tool in apt-get apt-config dpkg-deb; do
		command -v "$tool" >/dev/null ||
			die "$tool is missing: this host is no Debian or Ubuntu"
	done
	[ -e "$KEYRING" ] || "$(dirname "$0")/deps.sh" keyring
}

# configure_apt SUITE ARCH: its folder $apt is made.
configure_apt()
{
	mkdir -p "$apt/none" "$apt/lists/partial" "$apt/archives/partial"
	: >"$apt/status"
	echo "deb [signed-by=$KEYRING] $MIRROR $1 main" >"$apt/sources.list"
	apt-config dump | grep -E '^Acquire::(https?|Check-.*) *[: ]' \
		>"$apt/conf" || true
	cat >>"$apt/conf" <<-END
		Dir::Etc::main "/dev/null";
		Dir::Etc::parts "$apt/none";
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "$apt/none";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "$apt/none";
		Dir::State "$apt";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt";
		Dir::Log "$apt";
		Acquire::Languages "none";
		Acquire::Retries "3";
		APT::Architecture "$2";
		APT::Architectures { "$2"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
	END
}

# apt-get in its own folder; what it says is printed if it fails.
run_apt()
{
	(cd "$apt" && APT_CONFIG="$apt/conf" apt-get -q -y "$@") \
		>"$apt/log" 2>&1 || {
		cat "$apt/log" >&2
		die "apt-get $1 failed (its words are above)"
	}
	! grep '^[WE]:' "$apt/log" >&2 || die "apt-get $1 is not content"
}
