# Run by debian-machine.ts as the first process of a machine that is to be: sets up its root out of
# one that is only read ($1) and a folder for what it changes ($2), gives it a name ($3), and
# becomes systemd, or something that only stays ($4).
set -e
lower=$1 folder=$2 name=$3 init=$4
root=$folder/root

mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/changes,workdir=$folder/work" "$root"
hostname "$name"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
chmod 1777 "$root/tmp"
mount -t proc proc "$root/proc"
# What a machine sets there would be set on the one that the test runs on.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --rbind /sys "$root/sys"
umount -R "$root/sys/fs/cgroup" 2>/dev/null || :
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$root/dev/${device%:*}" c 1 "${device#*:}"; done
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/shm" "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
printf '127.0.0.1 localhost %s\n' "$name" >"$root/etc/hosts"
printf '%s\n' "$name" >"$root/etc/hostname"
# The kernel is not this machine's.
ln -sf /dev/null "$root/etc/systemd/system/systemd-modules-load.service"
: >"$root/run/nester-test-up"

cd "$root"
mkdir -p oldroot
pivot_root . oldroot
umount -l oldroot
rmdir oldroot
# As the first process of a real machine has it: what a service mounts for itself gets back to it.
mount --make-rshared /
if [ "$init" = systemd ]; then
  exec env -i container=nester-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target --show-status=no --log-target=journal
fi
rm -rf run/systemd
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin tail -f /dev/null
