"""A site's script from the time of the Flask program, as it stands in many cron tables. It is not to be changed."""

import os
import socket
import sys

import requests

NESTER = os.environ.get("NESTER", "http://localhost:5000")

report = {
    "node": sys.argv[1] if len(sys.argv) > 1 else socket.gethostname(),
    "ip": "192.168.1.10",
    "devices": 14,
    "latency": 23.7,
}
headers = {}
if os.environ.get("NESTER_API_KEY"):
    headers["X-API-Key"] = os.environ["NESTER_API_KEY"]

response = requests.post(NESTER + "/api/report", json=report, headers=headers, timeout=10)
response.raise_for_status()
print(response.json())
