#!/bin/sh
# Installs a Harvester on this machine: it measures, and reports to the Nester that served this.
#
#   curl -fsSL http://nester.example.org:5000/install.sh | sudo sh -s -- [options]
#
# Everything comes from that Nester, and is compared with its /checksums.txt before anything here
# is touched; only Node, ping and nmap, where they are missing, come from the distribution. Run
# again, it upgrades and keeps the settings. --help lists the options, and what is put where.
#
# All of it stands between two braces, which a shell reads to the end before it does anything: a
# copy that was cut off does nothing.
{

# The address that this copy was served by; each Nester writes its own.
SERVED_BY=''

ACCOUNT=nester-harvester
HOME_DIR=/opt/nester-harvester
SETTINGS=/etc/nester-harvester.env
STATE=/var/lib/nester-harvester
UNITS=/etc/systemd/system
CRON_FILE=/etc/cron.d/nester-harvester
UNIT_NAMES='nester-harvester.service nester-harvester-once.service nester-harvester-once.timer'

usage() {
  cat <<'END'
install.sh: installs, upgrades or removes the Harvester of this machine. Run it as root.

--key KEY          the Nester's key
--node NAME        name of this site (default: the host name)
--label NAME=VALUE a label of this site, such as city=Lyon; may be given several times
--nester URL       report there (default: the Nester that served this script)
--ca FILE          certificates (PEM) that alone vouch for the Nester's
--service          a service that stays and reports every 10 s (the default where there is systemd)
--timer            a systemd timer that reports each minute
--cron             a line for cron that reports each minute
--shell            harvester.sh in place of harvester.js: needs no Node
--uninstall        remove what was installed, and say what is left
--help             this

  /opt/nester-harvester        the program
  /etc/nester-harvester.env    the settings (only root and the account may read them)
  /var/lib/nester-harvester    what could not be delivered yet
  nester-harvester             the account it runs as

Exit codes: 0 done, 1 could not, 2 wrong options, 3 the Nester refuses the reports.
END
}

say() {
  printf '%s\n' "$*"
}

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

wrong() {
  printf 'install.sh: %s (--help explains)\n' "$*" >&2
  exit 2
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# --- Options ---

read_options() {
  key='' node='' labels='' nester='' ca='' way='' program='' task=install
  while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
      --key | --node | --label | --nester | --ca)
        [ $# -gt 0 ] || wrong "$option: expected a value"
        plain "$option" "$1"
        case $option in
          --key) key=$1 ;;
          --node) node=$1 ;;
          --label) add_label "$1" ;;
          --nester) nester=$1 ;;
          --ca) ca=$1 ;;
        esac
        shift
        ;;
      --service | --timer | --cron) choose_way "${option#--}" ;;
      --shell) program=harvester.sh ;;
      --uninstall) task=uninstall ;;
      --help) task=help ;;
      *) wrong "$option: no such option" ;;
    esac
  done
  case $nester in
    '' | http://*[!/]* | https://*[!/]*) ;;
    *) wrong "--nester: expected http:// or https:// and a host, got $nester" ;;
  esac
  [ -z "$ca" ] || [ -r "$ca" ] || wrong "--ca: cannot read $ca"
}

# plain OPTION VALUE: what a settings file can hold in one line.
plain() {
  [ -n "$2" ] || wrong "$1: expected a value, got an empty one"
  case $2 in *[[:cntrl:]]*) wrong "$1: expected no control characters" ;; esac
}

add_label() {
  case $1 in
    [!=]*=?*) ;;
    *) wrong "--label: expected NAME=VALUE, got $1" ;;
  esac
  case $1 in *,*) wrong "--label: expected no comma in $1; give the option once for each label" ;; esac
  labels=${labels:+$labels,}$1
}

choose_way() {
  if [ -n "$way" ] && [ "$way" != "$1" ]; then wrong "--$1: --$way was given, too; expected one of them"; fi
  way=$1
}

# --- What is here already ---

# Fills in what was not said: as it was installed before, else what suits this machine.
settle() {
  if [ -z "$way" ]; then
    if [ -f "$CRON_FILE" ] || account_has_crontab; then
      way=cron
    elif [ -f "$UNITS/nester-harvester-once.timer" ]; then
      way=timer
    elif has_systemd; then
      way=service
    else
      way=cron
    fi
  fi
  case $way in
    cron) [ -d /etc/cron.d ] || has crontab || fail 'there is neither /etc/cron.d nor the program crontab. Install a cron (on Debian: apt-get install cron) and run this again' ;;
    *) has_systemd || fail "--$way needs systemd, which does not run here. Try --cron" ;;
  esac
  if [ -z "$program" ]; then
    program=harvester.js
    if [ -f "$HOME_DIR/harvester.sh" ] && [ ! -f "$HOME_DIR/harvester.js" ]; then program=harvester.sh; fi
  fi
  from=${SERVED_BY:-$nester}
  [ -n "$from" ] || from=$(setting NESTER | sed 's/[, ].*//')
  [ -n "$from" ] || wrong '--nester: is needed, since no Nester served this copy'
  from=${from%/}
}

has_systemd() {
  [ -d /run/systemd/system ] && has systemctl
}

has_account() {
  id "$ACCOUNT" >/dev/null 2>&1
}

account_has_crontab() {
  has_account && has crontab && crontab -u "$ACCOUNT" -l 2>/dev/null | grep -q "$HOME_DIR"
}

# setting NAME: its value in the settings file; nothing where it is not set.
setting() {
  [ -f "$SETTINGS" ] || return 0
  sed -n "s/^$1=\"\\(.*\\)\"\$/\\1/p; s/^$1=\\([^\"]*\\)\$/\\1/p" "$SETTINGS" | sed 's/\\\(.\)/\1/g' | tail -n 1
}

# --- Getting ---

# fetch NAME: from the Nester into the folder of what was got. TLS is always verified.
fetch() {
  if has curl; then
    curl -fsSL ${ca:+--cacert "$ca"} -o "$got/$1" "$from/$1" </dev/null || fail "cannot get $from/$1"
  elif has wget; then
    wget -q ${ca:+--ca-certificate="$ca"} -O "$got/$1" "$from/$1" </dev/null || fail "cannot get $from/$1"
  else
    fail 'neither curl nor wget is here. Install one and run this again'
  fi
}

sum_of() {
  if has sha256sum; then
    sha256sum <"$1" | cut -c1-64
  elif has shasum; then
    shasum -a 256 <"$1" | cut -c1-64
  elif has openssl; then
    openssl dgst -sha256 <"$1" | sed 's/.* //'
  else
    fail 'none of sha256sum, shasum and openssl is here: what was got cannot be verified'
  fi
}

# Gets what this machine needs, and goes on only if all of it is what the Nester says it is.
get_all() {
  names=$program
  case $way in
    service) names="$names nester-harvester.service" ;;
    timer) names="$names nester-harvester-once.service nester-harvester-once.timer" ;;
  esac
  fetch checksums.txt
  for name in $names; do
    fetch "$name"
    expected=$(awk -v name="$name" '$2 == name { print $1 }' "$got/checksums.txt")
    [ -n "$expected" ] || fail "$from/checksums.txt does not list $name"
    actual=$(sum_of "$got/$name")
    [ "$actual" = "$expected" ] || fail "$from/$name is not what checksums.txt says: expected $expected, got $actual. Nothing was changed"
  done
}

# --- Node, ping and nmap ---

# Whether "20.19.2" or the like is new enough.
is_new_enough() {
  printf '%s\n' "$1" | awk -F. '{ exit !($1 > 20 || ($1 == 20 && $2 >= 19)) }'
}

# The version of Node that is here, or nothing.
node_here() {
  if has node; then node --version 2>/dev/null | sed 's/^v//'; fi
}

package_manager() {
  for manager in apt-get dnf apk zypper pacman; do
    if has "$manager"; then
      say "$manager"
      return
    fi
  done
}

# Which package of Node the distribution has, as "name version"; nothing where it has none.
node_of_distribution() {
  case $manager in
    apt-get) LC_ALL=C apt-cache policy nodejs 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9][0-9.]*\).*/nodejs \2/p' ;;
    dnf) LC_ALL=C dnf -q info nodejs 2>/dev/null </dev/null | sed -n 's/^Version *: *\([0-9.]*\).*/nodejs \1/p' | tail -n 1 ;;
    apk) apk search -x nodejs 2>/dev/null | sed -n 's/^nodejs-\([0-9.]*\)-r.*/nodejs \1/p' | tail -n 1 ;;
    zypper) LC_ALL=C zypper -n search -t package -s 'nodejs[0-9]*' 2>/dev/null </dev/null |
      sed -n 's/.*| *\(nodejs[0-9][0-9]*\) *| *package *| *\([0-9.]*\).*/\1 \2/p' | sort -t. -k1,1 -V 2>/dev/null | tail -n 1 ;;
    pacman) LC_ALL=C pacman -Si nodejs 2>/dev/null | sed -n 's/^Version *: *\([0-9]*:\)\{0,1\}\([0-9.]*\).*/nodejs \2/p' | head -n 1 ;;
  esac
}

refresh_packages() {
  [ -z "${refreshed:-}" ] || return 0
  refreshed=yes
  case $manager in
    apt-get) apt-get update -qq </dev/null >/dev/null 2>&1 || : ;;
    apk) apk update -q </dev/null >/dev/null 2>&1 || : ;;
    pacman) pacman -Sy --noconfirm </dev/null >/dev/null 2>&1 || : ;;
  esac
}

# add_package NAME: from the distribution, and noted, so that --uninstall can name it.
add_package() {
  say "Installing $1 from the distribution's packages"
  case $manager in
    apt-get) DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" </dev/null >"$got/packages.log" 2>&1 ;;
    dnf) dnf install -y -q "$1" </dev/null >"$got/packages.log" 2>&1 ;;
    apk) apk add -q "$1" </dev/null >"$got/packages.log" 2>&1 ;;
    zypper) zypper -n -q install "$1" </dev/null >"$got/packages.log" 2>&1 ;;
    pacman) pacman -S --noconfirm --needed "$1" </dev/null >"$got/packages.log" 2>&1 ;;
    *) return 1 ;;
  esac || {
    tail -n 5 "$got/packages.log" >&2
    return 1
  }
  added="${added:-} $1"
}

need_node() {
  here=$(node_here)
  if [ -n "$here" ] && is_new_enough "$here"; then return; fi
  refresh_packages
  offered=$(node_of_distribution)
  version=${offered#* }
  if [ -n "$offered" ] && is_new_enough "$version"; then
    if [ -n "$here" ]; then say "Node $here is here, and 20.19 is needed; the distribution has $version"; fi
    add_package "${offered% *}" || fail 'Node could not be installed (the lines above are what the package manager said). Nothing else was changed'
    here=$(node_here)
    if [ -n "$here" ] && is_new_enough "$here"; then return; fi
    fail "Node was installed, and yet \"node --version\" says ${here:-nothing}; 20.19 is needed"
  fi
  if [ -n "$here" ]; then problem="Node $here is too old"; else problem='there is no Node'; fi
  if [ -n "$offered" ]; then problem="$problem, and so is what the distribution has ($version)"; else problem="$problem, and the distribution offers none"; fi
  fail "the Harvester needs Node 20.19 or newer: $problem. Nothing was changed. Either
  install Node from https://nodejs.org/en/download and run this again, or
  run this again with --shell: a Harvester that needs no Node"
}

# Without them there is less to report, which is no reason to report nothing.
want_tools() {
  if ! has ping; then
    refresh_packages
    case $manager in
      apt-get) add_package iputils-ping ;;
      *) add_package iputils ;;
    esac || say 'Without ping, latency, loss and jitter are measured by TCP connections or not at all.'
  fi
  if [ "$program" = harvester.js ] && ! has nmap; then
    refresh_packages
    add_package nmap || say 'Without nmap, the devices on the network are taken from the neighbour table.'
  fi
}

# --- Putting it there ---

need_account() {
  has_account && return
  shell=/bin/false
  [ ! -x /usr/sbin/nologin ] || shell=/usr/sbin/nologin
  if has useradd; then
    useradd --system --user-group --home-dir "$STATE" --no-create-home --shell "$shell" "$ACCOUNT"
  elif has adduser && has addgroup; then
    # BusyBox's.
    addgroup -S "$ACCOUNT" && adduser -S -D -H -h "$STATE" -s "$shell" -G "$ACCOUNT" "$ACCOUNT"
  else
    false
  fi >&2 || fail "cannot make the account $ACCOUNT. Make it by hand and run this again"
}

# put MODE FROM TO: there as a whole or not at all.
put() {
  cp "$2" "$3.new" && chmod "$1" "$3.new" && mv -f "$3.new" "$3" || fail "cannot write $3"
}

put_program() {
  mkdir -p "$HOME_DIR"
  chmod 755 "$HOME_DIR"
  mkdir -p "$STATE"
  chown "$ACCOUNT:" "$STATE"
  chmod 700 "$STATE"
  put 755 "$got/$program" "$HOME_DIR/$program"
  case $program in
    harvester.js) rm -f "$HOME_DIR/harvester.sh" ;;
    harvester.sh) rm -f "$HOME_DIR/harvester.js" ;;
  esac
  write_launcher >"$got/harvester"
  put 755 "$got/harvester" "$HOME_DIR/harvester"
  if [ -n "$ca" ]; then put 644 "$ca" "$HOME_DIR/ca.pem"; fi
  for name in ${added:-}; do
    grep -qx "$name" "$HOME_DIR/packages" 2>/dev/null || say "$name" >>"$HOME_DIR/packages"
  done
}

# The one way in: the settings are read, and root becomes the account first.
write_launcher() {
  cat <<END
#!/bin/sh
# The Harvester of this machine, with its settings: $HOME_DIR/harvester doctor, for one.
set -e
if [ "\$(id -u)" = 0 ]; then
  cd /
  exec su -s /bin/sh -- $ACCOUNT -c 'exec "\$0" "\$@"' "\$0" "\$@"
fi
set -a
. $SETTINGS
: "\${HARVESTER_STATE_DIR:=$STATE}"
set +a
END
  if [ "$program" = harvester.js ]; then
    say "exec node $HOME_DIR/harvester.js \"\$@\""
  else
    say "if [ \"\${1:-}\" = agent ]; then set -- loop; fi"
    say "exec sh $HOME_DIR/harvester.sh \"\$@\""
  fi
}

# What was said now wins over what was there; all else stays.
write_settings() {
  new=$got/settings
  if [ -f "$SETTINGS" ]; then
    cp "$SETTINGS" "$new"
  else
    {
      say '# Settings of the Harvester: NAME="value", one a line. They hold after the next start:'
      say '# systemctl restart nester-harvester. What there is to set: /opt/nester-harvester/harvester --help'
    } >"$new"
  fi
  if [ -z "$nester" ] && [ -z "$(setting NESTER)" ]; then nester=$from; fi
  set_line NESTER "$nester"
  set_line NESTER_API_KEY "$key"
  set_line HARVESTER_NODE "$node"
  set_line HARVESTER_LABELS "$labels"
  if [ -n "$ca" ]; then set_line NESTER_CA "$HOME_DIR/ca.pem"; fi
  put 600 "$new" "$SETTINGS"
  chown "$ACCOUNT:" "$SETTINGS"
}

# set_line NAME VALUE: the same text to systemd and to a shell.
set_line() {
  [ -n "$2" ] || return 0
  quoted=$(printf '%s' "$2" | sed 's/[\\"`$]/\\&/g')
  { grep -v "^$1=" "$new" || :; } >"$new.next"
  printf '%s="%s"\n' "$1" "$quoted" >>"$new.next"
  mv "$new.next" "$new"
}

stop_all() {
  if has_systemd; then
    for unit in nester-harvester.service nester-harvester-once.timer nester-harvester-once.service; do
      systemctl stop "$unit" >/dev/null 2>&1 || :
    done
  fi
}

# Takes away whatever starts it, other than the way that was chosen.
drop_other_ways() {
  if has_systemd; then
    if [ "$way" != service ]; then drop_units nester-harvester.service; fi
    if [ "$way" != timer ]; then drop_units nester-harvester-once.timer nester-harvester-once.service; fi
  fi
  if [ "$way" != cron ]; then drop_cron; fi
}

drop_units() {
  for unit in "$@"; do
    [ -f "$UNITS/$unit" ] || continue
    systemctl disable --now "$unit" >/dev/null 2>&1 || :
    rm -f "$UNITS/$unit"
  done
}

drop_cron() {
  rm -f "$CRON_FILE"
  if account_has_crontab; then crontab -u "$ACCOUNT" -r; fi
}

start() {
  case $way in
    service)
      put 644 "$got/nester-harvester.service" "$UNITS/nester-harvester.service"
      enable nester-harvester.service
      ;;
    timer)
      for unit in nester-harvester-once.service nester-harvester-once.timer; do put 644 "$got/$unit" "$UNITS/$unit"; done
      enable nester-harvester-once.timer
      ;;
    cron)
      line="$HOME_DIR/harvester once"
      if [ -d /etc/cron.d ]; then
        {
          say '# Reports this machine to its Nester each minute. What cannot be delivered is kept and sent later.'
          say 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
          say "* * * * * $ACCOUNT $line"
        } >"$got/cron"
        put 644 "$got/cron" "$CRON_FILE"
        started="each minute, by $CRON_FILE"
      else
        say "* * * * * $line" | crontab -u "$ACCOUNT" - || fail "crontab -u $ACCOUNT failed"
        started="each minute, by the crontab of $ACCOUNT"
      fi
      ;;
  esac
}

enable() {
  systemctl daemon-reload || fail 'systemctl daemon-reload failed'
  systemctl enable --now "$1" >/dev/null 2>&1 || fail "systemctl enable --now $1 failed; systemctl status $1 tells why"
  started="by $1"
}

# Runs the Harvester as what starts it later will: as its account, by systemd with the right to raw sockets.
run_once() {
  if [ "$way" != cron ] && has setpriv; then
    set -- setpriv --reuid "$ACCOUNT" --regid "$ACCOUNT" --clear-groups --inh-caps=-all,+net_raw --ambient-caps=+net_raw \
      env NMAP_PRIVILEGED=1 "$HOME_DIR/harvester" "$@"
  else
    set -- "$HOME_DIR/harvester" "$@"
  fi
  (cd / && "$@")
}

# The first report, before anything is left to itself.
first_report() {
  if [ "$program" = harvester.js ]; then
    run_once doctor || say 'What is missing above can be mended later: run this again, or mend it as it says.'
  elif has ping && ! su -s /bin/sh "$ACCOUNT" -c 'ping -c 1 -W 1 127.0.0.1' >/dev/null 2>&1; then
    # shellcheck disable=SC2016 -- for the reader's shell
    say 'The account may not use ping, so that the line is not measured. Mend it: setcap cap_net_raw+p "$(command -v ping)"'
  fi
  code=0
  run_once once || code=$?
  case $code in
    0) ;;
    1) say 'The first report could not be delivered. It is kept, and will be when the Nester can be reached.' ;;
    3)
      say 'install.sh: the Nester refuses the reports of this machine; the reason is above. Nothing was started.' >&2
      say 'Run this again with what was missing, such as --key.' >&2
      exit 3
      ;;
    *) fail "the Harvester ended with code $code; nothing was started" ;;
  esac
}

# The address of this machine's row.
row_address() {
  first=$(setting NESTER | sed 's/[, ].*//')
  name=$(setting HARVESTER_NODE)
  [ -n "$name" ] || name=$(hostname 2>/dev/null || uname -n)
  printf '%s/nodes/%s\n' "${first%/}" "$(printf '%s' "$name" | encode)"
}

# RFC 3986, 2.1, of bytes.
encode() {
  LC_ALL=C awk '
    BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i }
    {
      for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        if (c ~ /[A-Za-z0-9._~-]/) printf "%s", c
        else printf "%%%02X", code[c]
      }
    }'
}

install() {
  settle
  # Only while it is looked at; what is kept is put elsewhere.
  got=$(mktemp -d) || fail 'cannot make a temporary folder'
  trap 'rm -rf "$got"' EXIT
  manager=$(package_manager)
  get_all
  if [ "$program" = harvester.js ]; then need_node; fi
  want_tools
  need_account
  stop_all
  put_program
  write_settings
  drop_other_ways
  first_report
  start
  say "The Harvester runs $started. This machine is at"
  say "  $(row_address)"
}

# --- Removing ---

uninstall() {
  left=''
  if has_systemd; then
    # shellcheck disable=SC2086 -- a list of names
    drop_units $UNIT_NAMES
    systemctl daemon-reload || :
  else
    for unit in $UNIT_NAMES; do rm -f "$UNITS/$unit" "$UNITS/"*".wants/$unit"; done
  fi
  drop_cron
  if [ -f "$HOME_DIR/packages" ]; then
    left="$left
  packages that were installed for it: $(tr '\n' ' ' <"$HOME_DIR/packages")"
  fi
  rm -rf "$HOME_DIR"
  rm -f "$SETTINGS"
  if [ -d "$STATE/custom.d" ] && [ -n "$(ls -A "$STATE/custom.d")" ]; then
    left="$left
  this site's own measurements: $STATE/custom.d"
    find "$STATE" -mindepth 1 -maxdepth 1 ! -name custom.d -exec rm -rf {} +
    chown -R 0:0 "$STATE"
  else
    rm -rf "$STATE"
  fi
  if has_account; then
    { if has userdel; then userdel "$ACCOUNT"; else deluser "$ACCOUNT"; fi; } >/dev/null 2>&1 || left="$left
  the account $ACCOUNT, which could not be removed"
  fi
  say "The Harvester is removed. What is left:${left:-
  nothing on this machine}
  its row on the Nester's screen, until it is forgotten there"
}

main() {
  set -eu
  umask 022
  read_options "$@"
  if [ "$task" = help ]; then
    usage
    exit 0
  fi
  [ "$(id -u)" = 0 ] || fail 'run this as root: ... | sudo sh'
  "$task"
}

main "$@"
}
