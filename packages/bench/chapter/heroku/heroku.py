#!/usr/bin/env python3
"""What `heroku container:push web` and `heroku container:release web` do, for a Heroku at another address.

The command line of Heroku finds its registry by a name that only DNS knows, so it cannot be pointed at a Heroku of this
machine without more. These are its steps: https://github.com/heroku/cli/tree/main/packages/cli/src/commands/container
It needs no Node.js to start, which is in the chapter's favour.

HEROKU_API_URL, HEROKU_REGISTRY, HEROKU_API_KEY   where Heroku is, and who asks
BUILD_OPTIONS                                     further options of `docker build`: --no-cache is what an engine of the
                                                  job's own, as the chapter has it, comes to
"""

import json
import os
import subprocess
import sys
import urllib.request

command, kind, _, app = sys.argv[1:]
image = f"{os.environ['HEROKU_REGISTRY']}/{app}/{kind}"

if command == "container:push":
    print(f"=== Building {kind} (Dockerfile)", flush=True)
    options = os.environ.get("BUILD_OPTIONS", "").split()
    subprocess.run(["docker", "build", *options, "--tag", image, "."], check=True)
    print(f"=== Pushing {kind} (Dockerfile)", flush=True)
    subprocess.run(["docker", "push", image], check=True)
    print("Your image has been successfully pushed.", flush=True)
elif command == "container:release":
    print(f"Releasing images {kind} to {app}...", flush=True)
    inspect = ["docker", "inspect", "--format", "{{.Id}}", image]
    docker_image = subprocess.run(inspect, check=True, capture_output=True, text=True).stdout.strip()
    request = urllib.request.Request(
        f"{os.environ['HEROKU_API_URL']}/apps/{app}/formation",
        json.dumps({"updates": [{"type": kind, "docker_image": docker_image}]}).encode(),
        {
            "Accept": "application/vnd.heroku+json; version=3.docker-releases",
            "Authorization": f"Bearer {os.environ['HEROKU_API_KEY']}",
            "Content-Type": "application/json",
        },
        method="PATCH",
    )
    with urllib.request.urlopen(request, timeout=60):
        print("done", flush=True)
else:
    sys.exit(f"heroku: {command} is not among what the chapter's pipeline runs")
