"""A slow line for packets: detour.py TUN_DEVICE DELAY_MS LOSS_PERCENT

Every packet that is routed into the TUN device is dropped by chance, or handed back to the
kernel, unchanged and in order, when the delay has passed. Says `ready`; ends with its stdin.
"""

import collections
import fcntl
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
STDIN = 0


def main(device, delay_ms, loss_percent):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    try:
        # A delay that other programs on the machine make longer is not the one that was set.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        pass
    print("ready", flush=True)
    held = collections.deque()
    while True:
        patience = max(0, held[0][0] - time.monotonic()) if held else None
        readable, _, _ = select.select([tun, STDIN], [], [], patience)
        if tun in readable:
            packet = os.read(tun, 65536)
            if random.random() * 100 >= loss_percent:
                held.append((time.monotonic() + delay_ms / 1000, packet))
        if STDIN in readable and os.read(STDIN, 1) == b"":
            return
        while held and held[0][0] <= time.monotonic():
            os.write(tun, held.popleft()[1])


main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
