#!/bin/sh
# A Harvester for machines that cannot have Node: routers, network storage, old servers.
#
# Needs a POSIX shell (BusyBox will do), awk, and curl or wget; ping if the line is to be
# measured. Measures once, keeps the report in a file, delivers what is kept, oldest first, and
# ends. A report leaves the file only when a Nester has said that it is on disk there. Nothing
# that a Nester says is carried out.
#
#   NESTER=http://nester.example.org:5000 sh harvester.sh         measure and deliver, once
#   NESTER=... sh harvester.sh show                               print what would be sent
#   NESTER=... sh harvester.sh loop                               again every HARVESTER_INTERVAL
#
# Ends with 0: all is delivered; 1: kept for later; 2: bad settings; 3: refused by the Nester.
# All of it stands between two braces, which a shell reads to the end before it does anything: a
# copy that was cut off does nothing.
{

VERSION=0.1.0

usage() {
  cat <<'END'
harvester.sh: reports the health of this machine and its line to a Nester.

Usage: sh harvester.sh [once | loop | show | --help | --version]

NESTER                 required: http://HOST:PORT; of several, separated by commas, the first that answers
NESTER_API_KEY         the Nester's key
NESTER_CA              file of certificates (PEM) that alone vouch for the Nester's
HARVESTER_NODE         name of the site (default: the host name)
HARVESTER_INTERVAL     seconds until the next report is to be expected (default 60)
HARVESTER_TARGET       whom to ping (default: the Nester's host)
HARVESTER_PINGS        echo requests, 1 to 100 (default 10)
HARVESTER_SCAN         off: do not count the neighbours of this machine
HARVESTER_LABELS       name=value,... such as city=Lyon,group=shops
HARVESTER_STATE_DIR    folder of what is kept (default /var/lib/nester-harvester, else in the home folder)
HARVESTER_KEEP         reports that are kept at most (default 10000)

Exit codes: 0 delivered, 1 kept for later, 2 bad settings, 3 refused by the Nester.
END
}

complain() {
  printf 'harvester.sh: %s\n' "$*" >&2
}

# --- Settings ---

# Sets the variables of the settings; ends with 2 at the first that is wrong.
read_settings() {
  nesters=${NESTER:-}
  key=${NESTER_API_KEY:-}
  ca=${NESTER_CA:-}
  node=${HARVESTER_NODE:-$(hostname 2>/dev/null || uname -n)}
  interval=${HARVESTER_INTERVAL:-60}
  pings=${HARVESTER_PINGS:-10}
  keep=${HARVESTER_KEEP:-10000}
  [ -n "$nesters" ] || wrong 'NESTER: is not set; expected an address such as http://nester.example.org:5000'
  for address in $(printf '%s' "$nesters" | tr ',' ' '); do
    case $address in
      http://*[!/]* | https://*[!/]*) ;;
      *) wrong 'NESTER: expected http:// or https:// and a host' ;;
    esac
  done
  whole HARVESTER_INTERVAL "$interval" 1 604800
  whole HARVESTER_PINGS "$pings" 1 100
  whole HARVESTER_KEEP "$keep" 1 1000000
  case $key in *[[:cntrl:]]*) wrong 'NESTER_API_KEY: expected no control characters' ;; esac
  [ -z "$ca" ] || [ -r "$ca" ] || wrong "NESTER_CA: cannot read $ca"
  first=$(printf '%s' "$nesters" | tr ',' ' ' | awk '{ print $1 }')
  target=${HARVESTER_TARGET:-$(host_of "$first")}
  case $target in -* | '' | *[!A-Za-z0-9.:_-]*) wrong 'HARVESTER_TARGET: expected an address or a host name' ;; esac
  state=${HARVESTER_STATE_DIR:-}
  if [ -z "$state" ]; then
    state=/var/lib/nester-harvester
    [ "$(id -u)" = 0 ] || state=${HOME:-/tmp}/.local/state/nester-harvester
  fi
}

wrong() {
  complain "$1"
  exit 2
}

# whole NAME VALUE LEAST MOST
whole() {
  case $2 in '' | *[!0-9]* | ????????*) wrong "$1: expected a whole number from $3 to $4" ;; esac
  if [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then wrong "$1: expected a whole number from $3 to $4"; fi
}

# The host in an address: without scheme, user, port and path, and without the brackets of IPv6.
host_of() {
  host=${1#*://}
  host=${host%%/*}
  host=${host##*@}
  case $host in
    \[*\]*) host=${host#\[} && host=${host%%\]*} ;;
    *) host=${host%%:*} ;;
  esac
  printf '%s' "$host"
}

# --- Measuring ---

# Says "latency loss jitter", each a number or null: median, percent, mean absolute difference of
# successive round trips. All null where ping cannot be used: then nothing is known.
measure_line() {
  said=$(ping -c "$pings" -i 0.2 -W 1 -w $((pings + 5)) "$target" 2>/dev/null) ||
    case $said in
      *transmitted*) ;;
      *) said=$(ping -c "$pings" -W 1 -w $((pings + 5)) "$target" 2>/dev/null) || : ;;
    esac
  printf '%s\n' "$said" | awk -v sent="$pings" '
    /DUP!/ { next }
    match($0, /time[=<][0-9.]+ *ms/) {
      text = substr($0, RSTART + 5, RLENGTH - 5)
      if (n < sent) trip[++n] = text + 0
    }
    /transmitted/ { heard = 1 }
    END {
      if (!heard) { print "null null null"; exit }
      for (i = 2; i <= n; i++) { d = trip[i] - trip[i - 1]; jitter += d < 0 ? -d : d }
      for (i = 2; i <= n; i++) { v = trip[i]; for (j = i - 1; j > 0 && trip[j] > v; j--) trip[j + 1] = trip[j]; trip[j + 1] = v }
      median = n % 2 ? trip[(n + 1) / 2] : (trip[n / 2] + trip[n / 2 + 1]) / 2
      print (n ? sprintf("%.3f", median) : "null"), sprintf("%.1f", 100 * (sent - n) / sent), (n >= 2 ? sprintf("%.3f", jitter / (n - 1)) : "null")
    }'
}

# The address this machine has towards the target, or nothing.
own_address() {
  case $target in
    *[!0-9.]*) there=$(ping -c 1 -W 1 "$target" 2>/dev/null | sed -n '1s/[^(]*(\([0-9.]*\)).*/\1/p') ;;
    *) there=$target ;;
  esac
  [ -n "$there" ] && ip route get "$there" 2>/dev/null | sed -n 's/.* src \([0-9a-fA-F.:]*\).*/\1/p' | sed -n 1p
}

# Hosts that the neighbour table knows, and this one.
count_devices() {
  [ "${HARVESTER_SCAN:-auto}" != off ] || { echo null; return; }
  if [ -r /proc/net/arp ]; then
    awk 'NR > 1 && $3 != "0x0" && $4 != "00:00:00:00:00:00" { n++ } END { print n + 1 }' /proc/net/arp
  else
    echo null
  fi
}

# Two times "total idle" of the processor since the start, from /proc/stat.
processor_times() {
  [ -r /proc/stat ] && awk '/^cpu / { for (i = 2; i <= 9; i++) total += $i; print total, $5 + $6; exit }' /proc/stat
}

# Says the metrics as the inside of a JSON object. $1: processor_times from before.
metrics() {
  after=$(processor_times)
  [ -z "$1" ] || [ -z "$after" ] || printf '%s %s\n' "$1" "$after" | awk '$3 > $1 { printf "\"cpu\":%.1f\n", 100 * (1 - ($4 - $2) / ($3 - $1)) }'
  [ -r /proc/loadavg ] && awk '{ printf "\"load1\":%s\n\"load5\":%s\n\"load15\":%s\n", $1, $2, $3 }' /proc/loadavg
  [ -r /proc/meminfo ] && awk '
    /^MemTotal:/ { total = $2 } /^MemAvailable:/ { free = $2; known = 1 } /^(MemFree|Buffers|Cached):/ { guess += $2 }
    END { if (total > 0) printf "\"memory\":%.1f\n", 100 * (total - (known ? free : guess)) / total }' /proc/meminfo
  [ -r /proc/uptime ] && awk '{ printf "\"uptime\":%.0f\n", $1 }' /proc/uptime
  df -P / 2>/dev/null | awk 'NR == 2 && $2 > 0 { printf "\"disk\":%.1f\n", 100 * $3 / ($3 + $4) }'
}

# --- The report ---

# Text as a JSON string. Control characters go.
json() {
  printf '%s' "$1" | tr -d '\000-\037\177' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/"/'
}

labels() {
  rest=${HARVESTER_LABELS:-}
  separator=
  while [ -n "$rest" ]; do
    pair=${rest%%,*}
    case $rest in *,*) rest=${rest#*,} ;; *) rest= ;; esac
    case $pair in *?=?*) ;; *) continue ;; esac
    printf '%s%s:%s' "$separator" "$(json "${pair%%=*}")" "$(json "${pair#*=}")"
    separator=,
  done
}

# One line of JSON.
make_report() {
  before=$(processor_times)
  seconds=$(date +%s)
  address=$(own_address)
  devices=$(count_devices)
  set -- $(measure_line)
  method=
  [ "$2" = null ] || method=',"method":"icmp"'
  printf '{"node":%s,"timestamp":%s000,"ip":%s,"devices":%s,"latency":%s,"loss":%s,"jitter":%s%s,"interval":%s,"metrics":{%s},"labels":{%s},"agent":{"version":%s,"mode":"once","os":%s,"hostname":%s,"kept":%s,"dropped":%s}}\n' \
    "$(json "$node")" "$seconds" "$([ -n "$address" ] && json "$address" || echo null)" "$devices" "$1" "$2" "$3" "$method" "$interval" \
    "$(metrics "$before" | paste_lines)" "$(labels)" "$(json "$VERSION-sh")" "$(json "$(uname -sr)")" "$(json "$(uname -n)")" "$(count_kept)" "$(dropped)"
}

paste_lines() {
  awk 'NR >= 2 { printf "," } { printf "%s", $0 }'
}

# --- What is kept: one report a line, the oldest first ---

count_kept() {
  if [ -f "$spool" ]; then awk 'END { print NR }' "$spool"; else echo 0; fi
}

dropped() {
  if [ -f "$state/shell-dropped" ]; then awk '{ n = $1 + 0; exit } END { print n + 0 }' "$state/shell-dropped"; else echo 0; fi
}

# Replaces the file at once: a run that is killed leaves the one from before.
replace() {
  cat >"$1.new" && mv -f "$1.new" "$1"
}

keep_report() {
  # A line that was cut off by a full disk or a power cut is no report.
  if [ -s "$spool" ] && [ -n "$(tail -c 1 "$spool")" ]; then sed '$d' "$spool" | replace "$spool"; fi
  printf '%s\n' "$1" >>"$spool" || return 1
  over=$(($(count_kept) - keep))
  [ "$over" -le 0 ] && return
  tail -n "$keep" "$spool" | replace "$spool" && echo $(($(dropped) + over)) | replace "$state/shell-dropped"
}

# --- Delivery ---

choose_client() {
  if command -v curl >/dev/null 2>&1; then
    client=curl
  elif command -v wget >/dev/null 2>&1; then
    client=wget
    wget --version 2>/dev/null | grep -q 'GNU Wget' || client=busybox
  else
    wrong 'there is neither curl nor wget here'
  fi
  case $client:$nesters in
    busybox:*https://*) wrong 'NESTER: this wget does not verify certificates; install curl, or GNU wget' ;;
  esac
}

# post URL FILE: sends FILE, writes the answer to $work/answer, says the status; 000: no answer.
# The key stands in a file that only this user reads, so that no list of processes shows it; but
# for BusyBox's wget, which takes it in no other way.
post() {
  : >"$work/answer"
  case $client in
    curl)
      { [ -z "$key" ] || printf 'header = "X-API-Key: %s"\n' "$(printf '%s' "$key" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g')"; } >"$work/config"
      curl --silent --proto '=http,https' --connect-timeout 5 --max-time 60 ${ca:+--cacert "$ca"} --config "$work/config" \
        --header 'Content-Type: application/x-ndjson' --data-binary "@$2" --output "$work/answer" --write-out '%{http_code}' "$1" 2>/dev/null || :
      ;;
    wget)
      { [ -z "$key" ] || printf 'header = X-API-Key: %s\n' "$key"; } >"$work/config"
      wget --config="$work/config" --no-verbose --server-response --content-on-error --tries=1 --timeout=30 --max-redirect=0 \
        ${ca:+--ca-certificate="$ca"} --header='Content-Type: application/x-ndjson' --post-file="$2" --output-document="$work/answer" "$1" 2>&1 | status_in
      ;;
    busybox)
      # Some of its versions crash with a time limit (-T): so that one comes from outside, where it can.
      limit=
      timeout 5 true 2>/dev/null && limit='timeout 60'
      $limit wget -S --header 'Content-Type: application/x-ndjson' ${key:+--header "X-API-Key: $key"} --post-file "$2" -O "$work/answer" "$1" 2>&1 | status_in
      ;;
  esac
}

status_in() {
  awk 'match($0, /HTTP\/1\.[01] [0-9][0-9][0-9]/) { status = substr($0, RSTART + 9, 3) } END { print status == "" ? "000" : status }'
}

# Delivers what is kept. 0: all of it; 1: some is left; 3: refused.
deliver() {
  batch=100
  while [ -s "$spool" ]; do
    head -n "$batch" "$spool" >"$work/batch"
    status=000
    for address in $(printf '%s' "$nesters" | tr ',' ' '); do
      status=$(post "${address%/}/api/reports" "$work/batch")
      [ "${status:-000}" = 000 ] || break
    done
    case $status in
      200)
        # What answers 200 and is no Nester (the page of a hotel's network) has stored nothing.
        grep -q '^{"accepted":[0-9]*,"duplicates":[0-9]*,"rejected":\[' "$work/answer" || { complain "the answer of $address is not a Nester's"; return 1; }
        if grep -q '"status":403' "$work/answer"; then refused "$status"; return 3; fi
        grep -q '"rejected":\[\]' "$work/answer" || complain "the Nester does not take some of it, and never will: $(reason)"
        sed "1,$(awk 'END { print NR }' "$work/batch")d" "$spool" | replace "$spool" || return 1
        ;;
      401 | 403) refused "$status"; return 3 ;;
      400 | 413)
        # Smaller ones may pass; a single one that does not never will.
        if [ "$batch" -gt 1 ]; then batch=$((batch / 10)); [ "$batch" -gt 0 ] || batch=1; continue; fi
        complain "the Nester does not take a report, and never will: status $status: $(reason)"
        sed 1d "$spool" | replace "$spool" || return 1
        ;;
      000 | '') complain "no answer from $nesters; $(count_kept) reports are kept for later"; return 1 ;;
      *) complain "status $status: $(reason); $(count_kept) reports are kept for later"; return 1 ;;
    esac
  done
}

refused() {
  complain "the Nester refuses (status $1): $(reason); $(count_kept) reports are kept"
}

# What the Nester says, in one line that is safe to show.
reason() {
  tr -d '\000-\037\177-\237' <"$work/answer" | cut -c 1-300
}

# --- Running ---

prepare() {
  umask 077
  mkdir -p "$state" 2>/dev/null && [ -w "$state" ] || wrong "HARVESTER_STATE_DIR: cannot write to $state"
  spool=$state/shell-outbox.ndjson
  for file in "$spool" "$spool.new" "$state/shell-dropped" "$state/shell-dropped.new"; do
    [ ! -L "$file" ] || wrong "HARVESTER_STATE_DIR: $file is a symlink, and is not followed"
  done
}

# One run at a time. A lock whose owner is gone is taken over.
run_once() {
  lock=$state/shell-lock
  if ! mkdir "$lock" 2>/dev/null; then
    owner=$(cat "$lock/pid" 2>/dev/null || :)
    if [ -n "$owner" ] && kill -0 "$owner" 2>/dev/null; then
      complain "the run before is still at work (process $owner)"
      return 1
    fi
    rm -rf "$lock" && mkdir "$lock" || return 1
  fi
  echo $$ >"$lock/pid"
  work=$lock
  report=$(make_report)
  if keep_report "$report"; then
    deliver && result=0 || result=$?
  else
    complain "the report could not be kept in $spool"
    result=1
  fi
  rm -rf "$lock"
  return "$result"
}

main() {
  # Numbers have points, and bytes are bytes.
  LC_ALL=C
  export LC_ALL
  case ${1:-once} in
    --help | -h) usage; exit 0 ;;
    --version) echo "harvester.sh $VERSION"; exit 0 ;;
    once | loop | show) ;;
    *) usage >&2; exit 2 ;;
  esac
  [ $# -le 1 ] || { usage >&2; exit 2; }
  read_settings
  if [ "${1:-once}" = show ]; then
    spool=$state/shell-outbox.ndjson
    make_report
    exit 0
  fi
  choose_client
  prepare
  trap 'rm -rf "$state/shell-lock"; exit 1' INT TERM HUP
  if [ "${1:-once}" = once ]; then
    run_once
    exit
  fi
  while :; do
    begun=$(date +%s)
    run_once || :
    rest=$((interval - ($(date +%s) - begun)))
    [ "$rest" -le 0 ] || sleep "$rest"
  done
}

main "$@"
}
