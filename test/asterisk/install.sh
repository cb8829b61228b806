#!/usr/bin/env bash
#
# Makes an Asterisk available for tests and the demo, and says where it is.
#
#   usage: install.sh
#
# Progress goes to standard error; the only line on standard output is the
# absolute path of a folder PREFIX that holds
#
#   PREFIX/bin/asterisk    runs Asterisk, 20 or newer
#   PREFIX/bin/espeak-ng   speech synthesiser, which says the prompts
#   PREFIX/bin/sox         sound converter
#   PREFIX/modules         for astmoddir in asterisk.conf
#   PREFIX/data            for astdatadir: documentation and sounds/en
#   PREFIX/version         e.g. 22.10.1
#
# An Asterisk installed on this machine is used when it has all we need; its
# programs and files are only read, and nothing is said to one that runs.
# Otherwise Debian's packages are downloaded and unpacked into the cache folder.
# They are run in place, by their own dynamic loader with their own libraries:
# no chroot, no daemon, no maintainer script, and no need to be root. Absolute
# paths therefore mean the same inside Asterisk as outside.
#
# It can be run again at any time, also twice at once or after an interruption:
# work is done in a *.partial folder under a lock and put in place by one rename.
#
# Environment:
#   CCCP_CACHE               cache folder (default: $XDG_CACHE_HOME/cccp or ~/.cache/cccp)
#   CCCP_ASTERISK            Asterisk to look at instead of the one in PATH;
#                            "none" always takes Debian's packages
#   CCCP_ASTERISK_MODULES    its module folder, when not found
#   CCCP_ASTERISK_DATA       its data folder, when not found

set -euo pipefail
shopt -s inherit_errexit
umask 022
export LC_ALL=C
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # ordinary users often lack these

# Raise it when the layout below changes, so that old caches are not taken for new.
readonly recipe=1
readonly oldest_version=20
# Forky is the first Debian release after bullseye with Asterisk; sid is its spring.
readonly suites=(forky sid)
readonly tools=espeak-ng,sox
readonly disk_needed_mb=900

# What configs/asterisk/modules.conf loads in every version, with phones or without.
readonly modules=(
  app_dial app_stasis bridge_simple bridge_softmix cel_custom chan_pjsip codec_a_mu
  codec_alaw codec_gsm codec_ulaw format_gsm format_pcm format_sln format_wav
  func_callerid func_channel func_strings func_timeout pbx_config res_ari
  res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels
  res_ari_endpoints res_ari_events res_ari_model res_ari_playbacks res_ari_recordings
  res_ari_sounds res_http_websocket res_pjproject res_pjsip
  res_pjsip_authenticator_digest res_pjsip_caller_id res_pjsip_diversion
  res_pjsip_dlg_options res_pjsip_dtmf_info res_pjsip_endpoint_identifier_ip
  res_pjsip_endpoint_identifier_user res_pjsip_header_funcs res_pjsip_nat
  res_pjsip_outbound_authenticator_digest res_pjsip_pubsub res_pjsip_registrar
  res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_session
  res_rtp_asterisk res_sorcery_astdb res_sorcery_config res_sorcery_memory res_stasis
  res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop
  res_timing_timerfd
)

say() { printf 'asterisk: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

main() {
  exec 3>&1 1>&2      # nothing but the answer reaches standard output
  trap 'exit 130' INT # debootstrap has its own idea of it, and returns
  cache=$(cache_dir)
  mkdir -p "$cache" || die "cannot make the cache folder $cache: set CCCP_CACHE to a folder you may write to"
  if machine_fits; then
    prefix_of_machine
  else
    prefix_of_debian
  fi
  printf '%s\n' "$prefix" >&3
}

cache_dir() {
  local base=${CCCP_CACHE:-}
  if [[ -z $base ]]; then
    base=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
    [[ -n $base ]] || die "neither HOME nor CCCP_CACHE is set: set CCCP_CACHE to a folder for the download"
    base=$base/cccp
  fi
  realpath -m -- "$base/asterisk"
}

# ---- an Asterisk that is installed on this machine

# machine_fits looks for a usable Asterisk and sets $binary and $version to it.
machine_fits() {
  binary=${CCCP_ASTERISK:-$(command -v asterisk || true)}
  [[ -n $binary && $binary != none ]] || return 1
  local why
  version=$(version_of "$binary")
  why=$(check "$binary" "$version") && return
  say "not using $binary: $why"
  return 1
}

# prefix_of_machine gives each state of the machine's Asterisk a prefix of its own,
# so that an upgrade changes nothing under a running test.
prefix_of_machine() {
  local mods data key
  mods=$(module_dir "$binary")
  data=$(data_dir "$binary")
  key=$(printf '%s\n' "$recipe" "$binary" "$mods" "$data" | sha256sum)
  prefix=$cache/machine-$version-${key:0:12}
  complete "$prefix" || with_lock assemble_machine "$mods" "$data"
  say "using the Asterisk $version of this machine, $binary"
}

# check fails if an Asterisk cannot be used, and prints why.
check() {
  local mods module why=""
  if [[ -z $2 ]]; then
    why="it does not tell its version"
  elif ((${2%%.*} < oldest_version)); then
    why="version $2 is older than $oldest_version"
  elif ! mods=$(module_dir "$1"); then
    why="its modules were not found (CCCP_ASTERISK_MODULES names the folder)"
  elif ! data_dir "$1" >/dev/null; then
    why="its documentation or English sounds were not found (CCCP_ASTERISK_DATA names the folder)"
  fi
  for module in "${modules[@]}"; do
    [[ -n $why || -e $mods/$module.so ]] || why="it lacks the module $module"
  done
  printf '%s' "$why"
  [[ -z $why ]]
}

# version_of prints 22.10.1 for "Asterisk 22.10.1+dfsg", nothing if there is none.
version_of() {
  "$1" -V 2>/dev/null | sed -nE 's/^Asterisk (certified[-\/])?([0-9]+(\.[0-9]+)*).*/\2/p' || true
}

module_dir() {
  local up dir
  up=$(dirname "$1")/..
  for dir in "${CCCP_ASTERISK_MODULES:-}" "$up"/lib/*-linux-gnu/asterisk/modules "$up"/lib{,64}/asterisk/modules; do
    [[ -n $dir && -d $dir ]] && realpath "$dir" && return
  done
  return 1
}

data_dir() {
  local up dir
  up=$(dirname "$1")/..
  for dir in "${CCCP_ASTERISK_DATA:-}" "$up/share/asterisk" "$up/var/lib/asterisk" "$up/../var/lib/asterisk"; do
    [[ -n $dir && -e $dir/documentation/core-en_US.xml ]] || continue
    english "$dir" >/dev/null && realpath "$dir" && return
  done
  return 1
}

# english prints the folder of English sounds below a data folder.
english() {
  local dir
  for dir in "$1"/sounds/{en,en_US,en_US_f_Allison}; do
    [[ -e $dir/digits/1.wav || -e $dir/digits/1.gsm ]] && realpath "$dir" && return
  done
  return 1
}

assemble_machine() {
  local mods=$1 data=$2 partial=$prefix.partial name place
  if complete "$prefix"; then return; fi # another run was quicker
  rm -rf "$partial" "$prefix"
  mkdir -p "$partial/bin" "$partial/data/sounds"
  ln -s "$(realpath "$binary")" "$partial/bin/asterisk"
  ln -s "$mods" "$partial/modules"
  find "$data" -mindepth 1 -maxdepth 1 ! -name sounds -exec ln -s -t "$partial/data" {} +
  place=$(english "$data")
  ln -s "$place" "$partial/data/sounds/en"
  for name in ${tools//,/ }; do
    place=$(tool_of_machine "$name")
    ln -s "$place" "$partial/bin/$name"
  done
  echo "$version" >"$partial/version"
  mv "$partial" "$prefix"
}

# tool_of_machine prints where a tool is, unpacking Debian's when there is none.
tool_of_machine() {
  command -v "$1" && return
  local dir
  dir=$cache/tools-$recipe-$(architecture)
  if [[ ! -x $dir/bin/$1 ]]; then
    say "$1 is not installed on this machine; taking Debian's"
    unpack_debian "$dir.partial" "$tools" || die_of_download
    wrap_tools "$dir.partial" "$dir"
    rm -rf "$dir"
    mv "$dir.partial" "$dir"
  fi
  echo "$dir/bin/$1"
}

# ---- Debian's packages, unpacked and run in place

prefix_of_debian() {
  prefix=$cache/debian-$recipe-$(architecture)
  complete "$prefix" || with_lock assemble_debian
  say "using Asterisk $(cat "$prefix/version") in $prefix"
}

architecture() {
  command -v dpkg >/dev/null || die "this needs Debian's dpkg; elsewhere, install Asterisk $oldest_version or newer with its English core sounds, espeak-ng and sox"
  dpkg --print-architecture
}

assemble_debian() {
  local partial=$prefix.partial root=$prefix.partial/root
  if complete "$prefix"; then return; fi # another run was quicker
  unpack_debian "$partial" "asterisk,asterisk-core-sounds-en-wav,$tools" ||
    unpack_debian "$partial" "asterisk,asterisk-core-sounds-en-gsm,$tools" ||
    die_of_download
  wrap "$partial" "$prefix" /usr/sbin/asterisk
  wrap_tools "$partial" "$prefix"
  ln -s "root/usr/lib/$(triplet "$root")/asterisk/modules" "$partial/modules"
  ln -s root/usr/share/asterisk "$partial/data"
  # Debian makes this link when the package is configured, which never happens here.
  ln -sfn "$(basename "$(english "$partial/data")")" "$partial/data/sounds/en"
  rm -rf "$prefix"
  mv "$partial" "$prefix" # without its version it does not count as complete yet
  check_in_place
}

# check_in_place proves that what was unpacked runs here, and seals it.
check_in_place() {
  local why
  version=$(version_of "$prefix/bin/asterisk")
  export CCCP_ASTERISK_MODULES=$prefix/modules CCCP_ASTERISK_DATA=$prefix/data
  why=$(check "$prefix/bin/asterisk" "$version") ||
    die "Debian's Asterisk cannot be used here: $why ($("$prefix/bin/asterisk" -V 2>&1 | tail -n 1))." \
      "Set CCCP_CACHE to a folder programs may be run from, or install Asterisk $oldest_version or newer"
  echo "$version" >"$prefix/version.partial"
  mv "$prefix/version.partial" "$prefix/version"
}

die_of_download() {
  die "Debian's packages could not be fetched; $cache/install.log says why. Check the network, then run this again"
}

# unpack_debian DIR PACKAGES fills DIR/root with the packages and all they depend on.
unpack_debian() {
  local dir=$1 packages=$2 suite
  enough_disk
  find_debootstrap
  for suite in "${suites[@]}"; do
    rm -rf "$dir"
    mkdir -p "$dir/root"
    say "downloading Debian $suite packages into $dir (about 200 MB, a minute or so)"
    if download "$suite" "$packages" "$dir/packages" && unpack "$dir/packages" "$dir/root"; then
      rm -rf "$dir/packages"
      return
    fi
    say "that did not work with $suite; $cache/install.log has the details"
  done
  rm -rf "$dir"
  return 1
}

# download lets debootstrap work out the dependencies, check the signatures and
# fetch; this much of it needs no root. Older versions know no script called
# forky, and all recent suites share sid's, so that one is always named.
download() {
  "$debootstrap" --variant=minbase --force-check-gpg --download-only \
    --include="$2" "$1" "$3" "" "$(dirname "$scripts")/scripts/sid" 2>&1 |
    tee "$cache/install.log" |
    awk '/Retrieving/ && ++n % 50 == 0 { printf "asterisk:   %d packages\n", n; fflush() }
         /^E:/ { print "asterisk:   debootstrap: " $0; fflush() }' >&2
}

unpack() {
  local packages=$1/var/cache/apt/archives deb
  say "unpacking $(find "$packages" -name '*.deb' | wc -l) packages"
  # base-files first: it brings the links /lib -> usr/lib that others rely on.
  for deb in "$packages"/base-files_*.deb "$packages"/*.deb; do
    dpkg-deb -x "$deb" "$2" || return 1
  done >>"$cache/install.log" 2>&1
  rm -rf "$2"/usr/share/{doc,man,info,locale,i18n} "$2"/usr/lib/*/perl-base
}

enough_disk() {
  local free_mb
  free_mb=$(df -Pm "$cache" | awk 'NR == 2 { print $4 }')
  ((free_mb >= disk_needed_mb)) || die "$cache has $free_mb MB free and $disk_needed_mb MB are needed: make room, or set CCCP_CACHE to another folder"
}

# find_debootstrap sets $debootstrap and $scripts, the folder of its suite scripts.
find_debootstrap() {
  local program missing=()
  for program in debootstrap wget gpgv dpkg-deb; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  debootstrap=debootstrap
  scripts=/usr/share/debootstrap/scripts
  if ((${#missing[@]} == 0)); then return; fi
  if ((EUID == 0)); then
    install_debootstrap && return
  elif [[ ${missing[*]} == debootstrap ]]; then
    borrow_debootstrap && return
  fi
  die "missing here: ${missing[*]}. Have root type 'apt-get install debootstrap wget gpgv', then run this again"
}

install_debootstrap() {
  say "installing debootstrap with apt-get"
  (apt_install || { apt-get -qq update && apt_install; }) >"$cache/install.log" 2>&1
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y debootstrap wget gpgv debian-archive-keyring
}

# borrow_debootstrap unpacks the package for this run only: it is a shell script,
# so an ordinary user can have it without installing anything.
borrow_debootstrap() {
  local dir=$cache/debootstrap.partial
  say "debootstrap is not installed; unpacking a copy for this run"
  rm -rf "$dir"
  mkdir -p "$dir"
  (cd "$dir" && apt-get -qq download debootstrap && dpkg-deb -x debootstrap_*.deb .) >"$cache/install.log" 2>&1 || return 1
  export DEBOOTSTRAP_DIR=$dir/usr/share/debootstrap
  debootstrap=$dir/usr/sbin/debootstrap
  scripts=$DEBOOTSTRAP_DIR/scripts
}

wrap_tools() {
  wrap "$1" "$2" /usr/bin/espeak-ng
  wrap "$1" "$2" /usr/bin/sox
}

# wrap DIR PLACE PROGRAM writes DIR/bin/NAME, which runs a program of DIR/root
# by its own loader and libraries once DIR stands at PLACE.
wrap() {
  local dir=$1 place=$2 program=$3 lib loader
  lib=/usr/lib/$(triplet "$dir/root")
  loader=$(basename "$(find "$dir/root$lib" -maxdepth 1 -name 'ld-linux*.so.*' | head -n 1)")
  mkdir -p "$dir/bin"
  cat >"$dir/bin/$(basename "$program")" <<WRAPPER
#!/bin/sh
root='$place/root'
lib="\$root$lib"
ESPEAK_DATA_PATH="\$lib" exec "\$lib/$loader" --inhibit-cache --argv0 '$(basename "$program")' \\
  --library-path "\$lib:\$lib/pulseaudio:\$lib/blas:\$lib/lapack" "\$root$program" "\$@"
WRAPPER
  chmod 755 "$dir/bin/$(basename "$program")"
}

# triplet prints the name of the root's library folder, e.g. x86_64-linux-gnu.
triplet() {
  local dir
  for dir in "$1"/usr/lib/*-linux-gnu*/; do
    basename "$dir"
    return
  done
}

# ---- common to both

# complete tells whether a prefix is whole and still runs: a machine's Asterisk
# may have been removed since.
complete() {
  [[ -s $1/version && -d $1/modules/. && -d $1/data/sounds/en/. ]] || return 1
  [[ $(version_of "$1/bin/asterisk") == "$(cat "$1/version")" ]] || return 1
  [[ -x $1/bin/espeak-ng && -x $1/bin/sox ]]
}

# with_lock runs a command while no other copy of this script builds. Children
# share the lock, so what an interrupted run left behind is waited for as well.
with_lock() {
  exec 9>"$cache/lock"
  if ! flock -n 9; then
    say "waiting for another install in $cache to end"
    flock 9
  fi
  "$@"
  exec 9>&-
}

main "$@"
