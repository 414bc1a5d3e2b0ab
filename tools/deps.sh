#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs what a purpose needs and lacks, saying so:
#
#     tools/deps.sh PURPOSE...      purposes: python run window test keyring
#
# The lists below are their one home. On a system without dpkg nothing is
# installed; the packages' Debian names are printed once and work goes on.
set -eu

packages()
{
	case "$1" in
	python)
		echo python3
		;;
	run)
		echo cmake ninja-build gcc-aarch64-linux-gnu \
			qemu-system-arm console-setup-linux
		;;
	window)
		echo qemu-system-gui
		;;
	test)
		packages run
		echo gcc g++ clang clang-format lld qemu-system-x86 \
			pkg-config libc6-dev libcmocka-dev libvterm-dev \
			libfdt-dev valgrind gcc-riscv64-linux-gnu \
			gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu \
			libc6-dev-armhf-cross libc6-dev-s390x-cross \
			qemu-user debian-archive-keyring relacy-dev
		# Sanitizers and libFuzzer; Ubuntu 22.04 has them in clang's.
		is_jammy || echo libclang-rt-dev
		;;
	keyring)
		echo debian-archive-keyring
		;;
	*)
		echo "deps.sh: unknown purpose '$1'" >&2
		exit 2
		;;
	esac
}

is_jammy()
{
	grep -qs '^VERSION_CODENAME=jammy$' /etc/os-release
}

is_installed()
{
	# shellcheck disable=SC2016 # a format of dpkg-query, not of the shell
	test "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
		installed
}

# apt-get, as root; without a password or not at all.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

missing=
for purpose in "$@"; do
	wanted=$(packages "$purpose")
	for package in $wanted; do
		if command -v dpkg-query >/dev/null; then
			is_installed "$package" || missing="$missing $package"
		else
			missing="$missing $package"
		fi
	done
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "No apt-get here. Make sure that what Debian calls these is" \
		"installed:$missing" >&2
	exit 0
fi
if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
	echo "These packages are missing; please run:" >&2
	echo "  sudo apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "Installing what is missing:$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # the list is split on purpose
if ! {
	as_root apt-get -qq update &&
		as_root apt-get -qq -y -o Dpkg::Use-Pty=0 install \
			--no-install-recommends $missing
} >"$log" 2>&1; then
	cat "$log" >&2
	echo "apt-get could not install:$missing" >&2
	exit 1
fi
