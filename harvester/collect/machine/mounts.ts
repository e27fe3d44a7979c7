import type { SystemFiles } from './system-files.ts';

/** A mounted file system. */
export interface Mount {
  folder: string;
  /** The device, `254:0`: the same for every place where a file system is mounted. */
  device: string;
}

/** File systems on disks of this machine: what can fill up, and is not on the other end of a network. */
const ON_DISK = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'bcachefs', 'zfs', 'f2fs', 'jfs', 'reiserfs', 'nilfs2', 'ubifs', 'jffs2'],
  ...['vfat', 'exfat', 'ntfs', 'ntfs3', 'fuseblk', 'hfsplus'],
]);
/** How the root of a container or of a small virtual machine may be made. */
const AS_ROOT = new Set(['overlay', '9p', 'virtiofs']);

/**
 * From /proc/self/mountinfo: each real file system once, at the shortest of the folders where
 * it is mounted, in the order of these. Images that are full by nature (squashfs, iso9660), memory,
 * networks and the kernel's own file systems are left out.
 */
export function realMounts(mountinfo: string): Mount[] {
  const shortest = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    // A number of optional fields ends with a lone dash.
    const [place = '', system = ''] = line.split(' - ');
    const [, , device, , mounted] = place.split(' ');
    const [type = ''] = system.split(' ');
    if (device === undefined || mounted === undefined) continue;
    const folder = unescaped(mounted);
    if (!ON_DISK.has(type) && !(folder === '/' && AS_ROOT.has(type))) continue;
    const known = shortest.get(device);
    if (known === undefined || folder.length < known.length) shortest.set(device, folder);
  }
  return [...shortest].map(([device, folder]) => ({ device, folder })).sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Those of this Linux machine, now. */
export async function linuxMounts(files: Pick<SystemFiles, 'read'>): Promise<Mount[]> {
  return realMounts((await files.read('/proc/self/mountinfo')) ?? '');
}

/** The one the system is on, where nothing tells of the others: all volumes of macOS share its room. */
export function systemMount(platform: string, environment: Record<string, string | undefined>): { folder: string } {
  return { folder: platform === 'win32' ? `${environment['SystemDrive'] || 'C:'}/` : '/' };
}

/** The kernel writes space, tab, line end and backslash in octal. Bytes are UTF-8. */
function unescaped(path: string): string {
  const bytes = path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
