"""A slow line for packets: detour.py TUN_DEVICE DELAY_MS JITTER_MS LOSS_PERCENT

Every packet that is routed into the TUN device is dropped by chance, or handed back to the
kernel, unchanged, when its delay has passed: each has its own, as far from the middle as the
jitter at most, all equally likely. So packets may overtake each other, as with netem. Says `ready`; ends with its stdin.
"""

import fcntl
import heapq
import itertools
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


def main(device, delay_ms, jitter_ms, loss_percent):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    try:
        # A delay that other programs on the machine make longer is not the one that was set.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        pass
    print("ready", flush=True)
    held = []
    number = itertools.count()
    while True:
        patience = max(0, held[0][0] - time.monotonic()) if held else None
        readable, _, _ = select.select([tun, STDIN], [], [], patience)
        if tun in readable:
            packet = os.read(tun, 65536)
            if random.random() * 100 >= loss_percent:
                delay = random.uniform(delay_ms - jitter_ms, delay_ms + jitter_ms)
                heapq.heappush(held, (time.monotonic() + delay / 1000, next(number), packet))
        if STDIN in readable and os.read(STDIN, 1) == b"":
            return
        while held and held[0][0] <= time.monotonic():
            os.write(tun, heapq.heappop(held)[2])


main(sys.argv[1], *map(float, sys.argv[2:5]))
